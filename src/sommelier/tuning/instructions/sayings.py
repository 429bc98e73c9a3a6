"""What a person might say: wishes read off a target, likings read off a history. No model.

A vague wish is made of key phrases, a specific one of categories, tags and amounts, and a liking of
what a history has more of than the catalogue. The words of the target's title stay out of a wish
wherever the item has other words. Knows items and their texts, no user and no template.
"""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from math import log
from random import Random
from typing import Any, Final

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.data.schema import Kind
from sommelier.tools.text import normal, stem, stems
from sommelier.tuning.instructions.phrases import Phrases, content_words
from sommelier.types import Floats, Nums

__all__ = ["Said", "Sayings", "context", "rationale"]

_RARE: Final = 2000  # one item in so many must say a phrase: rarer ones are names, not wishes
_NEAR: Final = 8  # neighbours whose phrases make a wish by association
_SHARE: Final = 0.5  # of a title's content words, the most that a wish may say
_MOST: Final = ("one", "two", "three")
_YEAR: Final = re.compile(r"\((19[0-9]{2}|20[0-4][0-9])\)\s*$")
_TITLE: Final = 80  # characters of a title in a rationale


@dataclass(frozen=True)
class Said:
    """A wish or a liking in words, and how it was come by."""

    text: str
    strategy: str
    evidence: tuple[str, ...] = ()


@cache
def _wordings() -> dict[str, dict[str, Any]]:
    text = files("sommelier.tuning.instructions").joinpath("sayings.toml").read_text("utf-8")
    return tomllib.loads(text)


@dataclass
class Sayings:
    """Everything sayable about the items of one catalogue.

    `told` [n_items] are the texts that vague wishes are read from: titles and prose by default, or
    what people wrote elsewhere (reviews, another description). `vectors` [n_items, size] find
    neighbours. Words of categories and tags are left to specific wishes.
    """

    catalog: Catalog
    told: Sequence[str] | None = None
    vectors: Floats | None = None
    phrases: Phrases = field(init=False)
    values: list[tuple[str, ...]] = field(init=False)  # categories and tags by item, rarest first
    carriers: Counter[str] = field(init=False)  # value -> how many items carry it
    _titles: list[frozenset[str]] = field(init=False)
    _near: dict[int, list[str]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.values, self.carriers = _values(self.catalog)
        self.phrases = Phrases(
            _prose(self.catalog) if self.told is None else self.told,
            least=max(2, len(self.catalog) // _RARE),
            without=frozenset(stems(value) for value in self.carriers),
        )
        self._titles = [
            frozenset(stem(word) for word in content_words(t)) for t in self.catalog.titles
        ]

    def vague(self, item: int, rng: Random) -> Said | None:
        """Return a vague wish that the item answers; None where its texts say nothing sayable."""
        strategy = rng.choices(("own", "near", "contrast", "turned"), (4, 3, 1, 2))[0]
        own = self._sayable(item, self.phrases.of[item])
        near = self._sayable(item, self._around(item)) if strategy == "near" else []
        pool = near or own
        if not pool:
            return None
        if strategy == "turned":
            words = list(dict.fromkeys(word for phrase in pool[:4] for word in phrase.split()))
            return self._kept(item, " ".join(words[: rng.randint(2, 5)]), "turned", pool[:4])
        chosen = _drawn(pool, rng)
        text = rng.choice(_wordings()["vague"][_MOST[len(chosen) - 1]])
        wish = _filled(text, **dict(zip("abc", chosen, strict=False)))
        if strategy == "contrast" and (no := self._foreign(item, rng)):
            without = rng.choice(_wordings()["vague"]["without"])
            wish = _filled(without, wish=wish, no=no)
        return self._kept(item, wish, strategy if near or strategy != "near" else "own", chosen)

    def specific(self, item: int, rng: Random) -> Said | None:
        """Return a specific wish: categories, tags, a decade, a price; None where there is none."""
        values = [value for value in self.values[item] if self._apart(item, value)]
        if not values:
            return None
        n = min(len(values), rng.choices((1, 2, 3), (1, 3, 4))[0])
        chosen = sorted(rng.sample(values[: max(n, 4)], n), key=lambda one: -self.carriers[one])
        text = rng.choice(_wordings()["specific"][_MOST[n - 1]])
        schema = self.catalog.schema
        words = dict(zip("abc", chosen, strict=False))
        wish = _filled(text, **words, noun=schema.noun, nouns=schema.plural)
        more = self._amounts(item, rng)
        return self._kept(item, f"{wish}, {more}" if more else wish, "values", chosen)

    def liking(self, history: Nums, rng: Random) -> Said | None:
        """Return what a history has more of than the catalogue on average; None if nothing."""
        met = Counter(
            word
            for item in history.tolist()
            for word in dict.fromkeys((*self.values[item], *self.phrases.of[item][:4]))
        )
        often = {word: times for word, times in met.items() if times > 1} or met
        lift = {word: times * self._rarity(word) for word, times in often.items()}
        best = _distinct(sorted(lift, key=lambda one: (-lift[one], one)))[:6]
        if not best:
            return None
        chosen = _drawn(best, rng)
        text = rng.choice(_wordings()["liking"][_MOST[len(chosen) - 1]])
        liking = _filled(text, **dict(zip("abc", chosen, strict=False)))
        missed = [value for value, _ in self.carriers.most_common(20) if value not in met]
        if missed and rng.random() < 0.2:
            without = rng.choice(_wordings()["liking"]["without"])
            liking = _filled(without, liking=liking, no=rng.choice(missed))
        return Said(liking, "lift", tuple(chosen))

    def names(self, item: int, text: str) -> bool:
        """Return whether a text gives the item away: its title, or most words of its title."""
        title = normal(self.catalog.titles[item])
        if len(title) > 3 and f" {title} " in f" {normal(text)} ":
            return True
        words = self._titles[item]
        said = {stem(word) for word in content_words(text)}
        return len(words) > 1 and len(words & said) > _SHARE * len(words)

    def shared(self, item: int, text: str) -> list[str]:
        """Return the values and phrases of an item that a text says."""
        said = f" {stems(text)} "
        return [
            word
            for word in dict.fromkeys((*self.values[item], *self.phrases.of[item]))
            if f" {stems(word)} " in said
        ]

    def _kept(self, item: int, text: str, strategy: str, evidence: Sequence[str]) -> Said | None:
        return None if self.names(item, text) else Said(text, strategy, tuple(evidence))

    def _sayable(self, item: int, phrases: Sequence[str]) -> list[str]:
        """Return phrases without words of the title, or all where the title is all there is."""
        apart = [phrase for phrase in phrases if self._apart(item, phrase)]
        return apart or list(phrases)

    def _apart(self, item: int, phrase: str) -> bool:
        return not self._titles[item] & {stem(word) for word in phrase.split()}

    def _around(self, item: int) -> list[str]:
        """Return what several neighbours in meaning say, the most telling first."""
        if self.vectors is None:
            return []
        if item in self._near:
            return self._near[item]
        scores = self.vectors @ self.vectors[item]
        near = np.argpartition(-scores, min(_NEAR, len(scores) - 1))[: _NEAR + 1].tolist()
        said = Counter(p for one in near if one != item for p in self.phrases.of[one])
        self._near[item] = [phrase for phrase, times in said.most_common(8) if times > 2]
        return self._near[item]

    def _rarity(self, word: str) -> float:
        carriers = self.carriers[word] + self.phrases.items[word]
        return log(max(len(self.catalog), 1) / (1 + carriers))

    def _foreign(self, item: int, rng: Random) -> str | None:
        """Return a frequent value that the item lacks."""
        common = [v for v, _ in self.carriers.most_common(30) if v not in self.values[item]]
        return rng.choice(common) if common else None

    def _amounts(self, item: int, rng: Random) -> str:
        """Return when it was made, in words, for one wish in three."""
        found = _YEAR.search(self.catalog.titles[item])
        if rng.random() > 1 / 3 or not found:
            return ""
        text = rng.choice(_wordings()["specific"]["years"])
        return _filled(text, decade=f"{found[1][:3]}0", year=found[1])


def context(rng: Random) -> str:
    """Return a situation that a wish is said in; the log does not know of it."""
    return str(rng.choice(_wordings()["context"]["said"]))


def rationale(sayings: Sayings, item: int, history: Nums, wish: str) -> str:
    """Return why the target suits, in a sentence: what a model may be taught to think first."""
    title = sayings.catalog.titles[item][:_TITLE]
    shared = sayings.shared(item, wish)[:3]
    met = Counter(value for one in history.tolist() for value in sayings.values[one])
    common = [value for value in sayings.values[item] if met[value] > 1][:3]
    kind = {(1, 1): "both", (1, 0): "wish", (0, 1): "taste"}.get((bool(shared), bool(common)))
    text = _wordings()["rationale"][kind or "none"]
    words = {"shared": ", ".join(shared), "common": ", ".join(common)}
    return _filled(text, title=title, wish=wish, **words)


def _prose(catalog: Catalog) -> list[str]:
    """Return titles and prose, in pieces that no phrase crosses."""
    names = [f.name for f in catalog.schema.of(Kind.TITLE, Kind.TEXT) if not f.hidden]
    columns = [catalog.table[name].to_list() for name in names]
    return [". ".join(one for one in row if one) for row in zip(*columns, strict=True)]


def _values(catalog: Catalog) -> tuple[list[tuple[str, ...]], Counter[str]]:
    fields = [f for f in catalog.schema.of(Kind.CATEGORY, Kind.TAGS) if not f.hidden]
    rows: list[list[str]] = [[] for _ in range(len(catalog))]
    for one in fields:
        for values, found in zip(rows, catalog.table[one.name].to_list(), strict=True):
            values.extend([found] if isinstance(found, str) else found or [])
    rows = [list(dict.fromkeys(value for value in row if value.strip())) for row in rows]
    carriers = Counter(value for row in rows for value in row)
    return [tuple(sorted(row, key=lambda v: (carriers[v], v))) for row in rows], carriers


def _drawn(pool: Sequence[str], rng: Random) -> list[str]:
    """Return one to three of the pool, the first ones more often."""
    n = min(len(pool), rng.choices((1, 2, 3), (3, 4, 2))[0])
    return rng.sample(list(pool[: max(n, rng.randint(2, 6))]), n)


def _distinct(words: Sequence[str]) -> list[str]:
    """Return words of which none holds another."""
    kept: list[str] = []
    for word in words:
        mine = set(stems(word).split())
        if not any(mine <= set(stems(o).split()) or set(stems(o).split()) <= mine for o in kept):
            kept.append(word)
    return kept


def _filled(text: str, **words: str) -> str:
    """Fill slots once; what is filled in is never read again, whatever braces it holds."""
    return re.sub(r"\{(\w+)\}", lambda slot: words[slot[1]], text)
