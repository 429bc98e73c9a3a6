"""What the page says, in the language of the person; and which language that is."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from sommelier.agent.replies.texts import Texts, texts

__all__ = ["LANGUAGES", "Wording", "chosen", "wording"]

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "zh": "中文"}


class Wording:
    """The texts of one language; call it with section and name."""

    def __init__(self, language: str, told: Mapping[str, Mapping[str, str]]) -> None:
        self.language = language
        self._told = told

    @property
    def replies(self) -> Texts:
        """How replies name fields, units and items in this language."""
        return texts(self.language)

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return "zh-CN" if self.language == "zh" else self.language

    def __call__(self, section: str, name: str, /, **values: object) -> str:
        """Return a text with its braces filled."""
        return self._told[section][name].format(**values)


@cache
def wording(language: str) -> Wording:
    """Return the texts of a language of `LANGUAGES`."""
    source = files(__package__).joinpath("texts", f"{language}.toml").read_text("utf-8")
    return Wording(language, tomllib.loads(source))


def chosen(cookie: str, accepted: str) -> str:
    """Return the language: as once chosen, else the best of an Accept-Language header."""
    if cookie in LANGUAGES:
        return cookie
    found: list[tuple[float, str]] = []
    for place, part in enumerate(accepted.split(",")[:20]):
        tag, _, weight = part.strip().partition(";q=")
        try:
            found.append((float(weight or 1) - place / 1000, tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((one for _, one in sorted(found, reverse=True) if one in LANGUAGES), "en")
