"""One language's reply texts, read from its file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Texts", "texts"]


@dataclass(frozen=True)
class Texts:
    """Looks a text up by section and name and fills its braces."""

    data: Mapping[str, Mapping[str, Any]]

    def __contains__(self, path: tuple[str, str]) -> bool:
        return path[1] in self.data.get(path[0], {})

    def fill(self, section: str, name: str, /, *, turn: int = 0, **values: object) -> str:
        """Return a text; of several wordings the one whose turn it is."""
        text = self.data[section][name]
        if isinstance(text, list):
            text = text[turn % len(text)]
        return str(text).format(**values)


@cache
def texts(language: str = "en") -> Texts:
    """Return the texts of a language of this folder."""
    return Texts(tomllib.loads(files(__package__).joinpath(f"{language}.toml").read_text("utf-8")))
