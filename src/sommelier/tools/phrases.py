"""Finding a name among many, as people write it: typos, missing words, missing articles.

Exact normal forms are one dictionary look-up. Otherwise each word of the request is matched to the
words that the names are made of (by spelling where it is unknown), names that share rare words are
gathered, and only those few dozen are compared letter by letter. So a million names cost
milliseconds. Knows nothing of what the names stand for.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from sommelier.data.packed import Postings
from sommelier.tools.text import dense, normal, stem
from sommelier.types import Floats, Nums

__all__ = ["Phrases"]

_SLIP = 90.0  # likeness of names in a dense script that differ by one letter
_SHORTLIST = 64  # names compared letter by letter
_COMMON = 20_000  # a word on more names than this says little; it is used only if no other is known


class Phrases:
    """An index over names; a name's number is its place in the list."""

    def __init__(
        self,
        names: Sequence[str],
        weights: Sequence[float] | Floats | None = None,
        others: Mapping[int, Sequence[str]] | None = None,
    ) -> None:
        """`weights` (popularity, counts) break ties; `others` are further names by number."""
        self._others = [(number, name) for number, more in (others or {}).items() for name in more]
        self._names = names
        self._weights = np.zeros(len(names)) if weights is None else np.asarray(weights, float)

    @cached_property
    def normals(self) -> list[str]:
        """The normal form of every name, then of the further ones."""
        listed = [*self._names, *(name for _, name in self._others)]
        return [normal(name or "") for name in listed]

    def _owner(self, place: int) -> int:
        n = len(self._names)
        return place if place < n else self._others[place - n][0]

    @cached_property
    def _exact(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number, text in enumerate(self.normals):
            owners = found.setdefault(text, []) if text else []
            if self._owner(number) not in owners:
                owners.append(self._owner(number))
        return found

    @cached_property
    def _words(self) -> Postings:
        return Postings.of(pl.Series(self.normals, dtype=pl.String).str.split(" "))

    @cached_property
    def _spellings(self) -> list[str]:
        return [word for word in self._words.words if len(word) > 2]

    def exact(self, text: str) -> list[int]:
        """Return the numbers of names with this normal form, heaviest first."""
        found = self._exact.get(normal(text), [])
        return sorted(found, key=lambda number: -self._weights[number])

    @cached_property
    def dense(self) -> dict[str, list[int]]:
        """Names in scripts without spaces, to be found inside a sentence: 花样年华 -> numbers."""
        found = {dense(text): numbers for text, numbers in self._exact.items()}
        found.pop("", None)
        return found

    def with_word(self, word: str) -> Nums:
        """Return the numbers of names that hold this word, rising."""
        return self._words[word]

    def overlap(self, text: str, n: int) -> Floats:
        """Return, for each of the first `n` names, the share of the text's words that it holds."""
        words = [word for word in dict.fromkeys(normal(text).split()) if len(word) > 2]
        shares = np.zeros(n, np.float32)
        for word in words:
            held = np.unique(np.concatenate([self._words[form] for form in {word, stem(word)}]))
            shares[held[held < n]] += np.float32(1 / len(words))
        return shares

    def find(self, text: str, *, limit: int = 5, cutoff: float = 60.0) -> list[tuple[int, float]]:
        """Return (number, likeness 0 to 100) of the nearest names, best first."""
        wanted = normal(text)
        if not wanted:
            return []
        shortlist = self._shortlist(wanted.split())
        best: dict[int, float] = {}
        for place in shortlist:
            score = self._likeness(wanted, self.normals[place])
            if score >= max(cutoff, best.get(self._owner(place), 0.0)):
                best[self._owner(place)] = score
        return sorted(best.items(), key=lambda pair: (-pair[1], -self._weights[pair[0]]))[:limit]

    def _shortlist(self, words: Sequence[str]) -> list[int]:
        votes: dict[str, float] = {}
        for word in dict.fromkeys(words):
            for spelling, closeness in self._nearest_words(word):
                votes[spelling] = max(votes.get(spelling, 0.0), closeness)
        postings = {spelling: self._words[spelling] for spelling in votes}
        rare = {s: p for s, p in postings.items() if len(p) <= _COMMON} or postings
        if not rare:
            return []
        # A rare word counts for more: the weight is its inverse document frequency.
        n = len(self._names)
        ids = np.concatenate(list(rare.values()))
        weight = np.concatenate(
            [np.full(len(p), votes[s] * np.log(1 + n / len(p))) for s, p in rare.items()]
        )
        numbers, inverse = np.unique(ids, return_inverse=True)
        owners = [self._owner(int(number)) for number in numbers]
        score = np.bincount(inverse, weight) + 1e-6 * self._weights[owners]
        return [int(n) for n in numbers[np.argsort(-score, kind="stable")[:_SHORTLIST]]]

    def _nearest_words(self, word: str) -> list[tuple[str, float]]:
        known = [(word, 1.0)] if word in self._words.index else []
        if len(word) < 4 or word.isdigit():
            return known
        if known and len(self._words[word]) >= 3:
            return known
        close = process.extract(word, self._spellings, scorer=fuzz.ratio, score_cutoff=72, limit=6)
        return known + [(text, score / 100) for text, score, _ in close if text != word]

    @staticmethod
    def _likeness(wanted: str, name: str) -> float:
        close = dense(wanted)
        if close and (other := dense(name)):
            return _dense_likeness(close, other)
        whole = fuzz.ratio(wanted, name)
        swapped = 0.97 * fuzz.token_sort_ratio(wanted, name)
        # A part of a long name ("fellowship of the ring") is a fair guess, never a certainty.
        # The other way round it is none: "It" is a part of nearly everything that people say.
        if " " in wanted and len(name) > len(wanted):
            part = min(fuzz.token_set_ratio(wanted, name), 86.0)
        else:
            part = 76.0 if len(wanted) >= 5 and wanted in name.split() else 0.0
        return max(whole, swapped, part)


def _dense_likeness(wanted: str, name: str) -> float:
    """Return the likeness of two names in a script where one letter is most of a word."""
    longest, shortest = max(len(wanted), len(name)), min(len(wanted), len(name))
    slips = OSA.distance(wanted, name)
    if slips == 0:
        return 100.0
    numbered = [c for c in wanted if c.isdigit()] != [c for c in name if c.isdigit()]
    if slips == 1 and longest >= 4 and not numbered:
        return _SLIP
    whole = min(100.0 * (1 - slips / longest), 86.0)
    part = 80.0 if shortest >= 2 and (wanted in name or name.startswith(wanted)) else 0.0
    return max(whole, part)
