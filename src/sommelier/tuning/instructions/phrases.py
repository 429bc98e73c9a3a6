"""Key phrases of items: what an item's text says more than the catalogue does on average.

Phrases are runs of up to three words between stop words and punctuation. A phrase counts by how
often the item says it and by how few items do, but one that a single item says is a name and no
wish. Knows texts only, no user and no model.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log
from typing import Final

from sommelier.tools.text import plain, stem, stems

__all__ = ["Phrases", "content_words"]

_LONGEST: Final = 3  # words of a phrase
_KEPT: Final = 12  # phrases of an item
_COMMON: Final = 0.2  # share of the items from which on a word says nothing
_SMALL: Final = 5  # items that may always share a phrase
_SEGMENT: Final = re.compile(r"[^\w\s'’&-]+|\s-\s|<[^>]*>")
_WORD: Final = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*")


@cache
def _stop() -> frozenset[str]:
    text = files("sommelier.tuning.instructions").joinpath("stopwords.txt").read_text("utf-8")
    return frozenset(text.split())


def content_words(text: str) -> list[str]:
    """Return the words of a text that mean something alone, in plain small letters, in order."""
    stop = _stop()
    return [word for word in _WORD.findall(plain(text)) if word not in stop and len(word) > 1]


@dataclass
class Phrases:
    """The key phrases of each text of a collection, best first."""

    texts: Sequence[str]
    least: int = 2  # items that must say a phrase
    without: frozenset[str] = frozenset()  # stems of what is no phrase: categories, makers
    of: list[tuple[str, ...]] = field(init=False)  # by item_num
    items: Counter[str] = field(init=False)  # phrase -> how many items say it

    def __post_init__(self) -> None:
        said = [Counter(_runs(text)) for text in self.texts]
        self.items = Counter(phrase for one in said for phrase in one)
        self.of = [self._best(one) for one in said]

    def _best(self, said: Counter[str]) -> tuple[str, ...]:
        n = max(len(self.texts), 1)
        scored = {
            phrase: (1 + log(times)) * log(n / self.items[phrase]) * phrase.count(" ") ** 0.5
            if " " in phrase
            else (1 + log(times)) * log(n / self.items[phrase]) * 0.6
            for phrase, times in said.items()
            if self.least <= self.items[phrase] <= max(_COMMON * n, _SMALL)
        }
        kept: list[str] = []
        for phrase in sorted(scored, key=lambda one: (-scored[one], one)):
            if stems(phrase) in self.without:
                continue
            words = {stem(word) for word in phrase.split()}
            if not any(words <= {stem(w) for w in other.split()} for other in kept):
                kept.append(phrase)
            if len(kept) == _KEPT:
                break
        return tuple(kept)


def _runs(text: str) -> list[str]:
    """Return every run of one to three words that crosses no stop word and no punctuation."""
    found, stop = [], _stop()
    for segment in _SEGMENT.split(plain(text)):
        run: list[str] = []
        for word in [*_WORD.findall(segment), ""]:
            if word and word not in stop and not word.isdigit():
                run.append(word)
                continue
            for size in range(1, _LONGEST + 1):
                found += [" ".join(run[i : i + size]) for i in range(len(run) - size + 1)]
            run = []
    return [phrase for phrase in found if len(phrase) > 2]
