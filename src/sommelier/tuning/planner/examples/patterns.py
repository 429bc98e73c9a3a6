"""The hand-written patterns, parted among the splits, and a record of those an example used."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Final

from sommelier.tuning.planner.examples.catalogues import Split

__all__ = ["Patterns", "sections", "share"]

_COMMON: Final = 5  # lists shorter than this belong to all splits
_FILES: Final = ("finding", "following", "asking", "telling", "talking", "chatting", "phrases")


@cache
def _read(name: str) -> dict[str, Any]:
    path = files(__package__).joinpath("patterns", f"{name}.toml")
    return tomllib.loads(path.read_text("utf-8"))


def sections() -> Iterator[tuple[str, list[str]]]:
    """Yield (name, patterns) of every list: `find.plural`, `money.<`."""
    for file in _FILES:
        for section, lists in _read(file).items():
            for name, listed in lists.items():
                yield f"{section}.{name}", listed


def share(listed: list[str], split: Split) -> list[int]:
    """Return the places of the patterns that a split may use."""
    if len(listed) < _COMMON:
        return list(range(len(listed)))
    places = {"test": (4, 9), "dev": (7, 2), "train": (0, 1, 3, 5, 6, 8)}[split]
    return [at for at in range(len(listed)) if at % 10 in places]


class Patterns:
    """Draws patterns of one split; `used` names those drawn since it was last emptied."""

    def __init__(self, split: Split, rng: Random) -> None:
        self._rng = rng
        self.used: list[str] = []
        self._own = {
            name: [(at, listed[at]) for at in share(listed, split)] for name, listed in sections()
        }

    def __contains__(self, name: str) -> bool:
        return bool(self._own.get(name))

    def draw(self, name: str) -> str:
        """Return one pattern of a list, and note it."""
        at, text = self._rng.choice(self._own[name])
        self.used.append(f"{name}.{at}")
        return text
