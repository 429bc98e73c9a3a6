"""What every tool works with: one open catalogue, its vocabulary and its fitted engines."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.data.predicates import Predicate
from sommelier.data.schema import Schema
from sommelier.engines.base import Engine
from sommelier.engines.query import Query
from sommelier.tools.candidates import Candidates
from sommelier.tools.lexicon import Lexicon
from sommelier.types import Floats, Nums

__all__ = ["Hidden", "Person", "Toolbox", "standard"]

_FIRM = 0.75  # a liking that weighs more counts in full


def _none() -> Nums:
    return np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Person:
    """Whom a list is for, as item_nums: the log, what was liked and refused, what else is known."""

    history: Nums = field(default_factory=_none)  # oldest first
    liked: Nums = field(default_factory=_none)
    disliked: Nums = field(default_factory=_none)
    seen: Nums = field(default_factory=_none)
    faded: Nums = field(default_factory=_none)  # liked long ago, or only in passing
    faded_weights: Floats = field(default_factory=lambda: np.empty(0, np.float32))  # 0 to 1

    @classmethod
    def of(
        cls,
        index: Mapping[str, int],
        history: Nums,
        liked: Mapping[str, float],
        disliked: Iterable[str],
        seen: Iterable[str],
    ) -> Self:
        """Return a person of item_ids; those that `index` lacks are passed over."""
        faded = [item for item, weight in liked.items() if weight < _FIRM and item in index]
        firm = (item for item, weight in liked.items() if weight >= _FIRM)
        fond, cold, met, past = (
            np.asarray([index[item] for item in items if item in index], np.int32)
            for items in (firm, disliked, seen, faded)
        )
        weights = np.asarray([liked[item] for item in faded], np.float32)
        return cls(history, fond, cold, met, past, weights)

    @property
    def query(self) -> Query:
        """What the engines score: what was liked long ago counts like a faint part of the log."""
        if not len(self.faded):
            return Query(self.history, liked=self.liked, disliked=self.disliked)
        weights = np.concatenate([self.faded_weights, np.ones(len(self.history), np.float32)])
        history = np.concatenate([self.faded, self.history])
        return Query(history, weights=weights, liked=self.liked, disliked=self.disliked)

    @property
    def refused(self) -> Nums:
        """Items never to come again: disliked or met in conversation."""
        return np.concatenate([self.disliked, self.liked, self.faded, self.seen])

    @property
    def known(self) -> Nums:
        """Everything the person already met."""
        return np.concatenate([self.history, self.refused])

    def joined(self, *parts: Nums) -> Nums:
        """Return the union of item sets, rising."""
        return np.unique(np.concatenate(parts)).astype(np.int32)


@dataclass(eq=False)
class Hidden:
    """Items that nobody is shown since the catalogue was read: deleted, or out of the policy.

    `nums` is replaced as a whole, so whoever reads it meanwhile sees the old or the new.
    """

    nums: Nums = field(default_factory=_none)  # rising

    def __contains__(self, num: object) -> bool:
        return isinstance(num, int) and bool(np.isin(num, self.nums))


@dataclass(frozen=True, eq=False)
class Toolbox:
    """The agent's only way to catalogue and engines; made once per workspace."""

    catalog: Catalog
    counts: Floats  # events per item [n_items]: what many people met
    ranker: Engine | None  # the default engine; None before anything is fitted
    reader: Engine | None  # the engine that understands text; None without one
    history: Callable[[str], Nums]  # user_id -> item_nums from the log, oldest first
    words: frozenset[str] = frozenset()  # words that the text engine's model knows by heart
    hidden: Hidden = field(default_factory=Hidden)
    folder: Path | None = None  # where indexes are kept that take long to build

    def __contains__(self, item_id: object) -> bool:
        num = self.catalog.index.get(item_id) if isinstance(item_id, str) else None
        return num is not None and num not in self.hidden

    def everything(self) -> Candidates:
        """Return all items that may be shown as candidates."""
        nums = np.arange(len(self.catalog), dtype=np.int32)
        return Candidates(np.delete(nums, self.hidden.nums))

    @property
    def schema(self) -> Schema:
        """What the catalogue's fields mean."""
        return self.catalog.schema

    @cached_property
    def lexicon(self) -> Lexicon:
        """The catalogue's vocabulary as people say it."""
        return Lexicon(self.catalog, self.counts, self.words, self.folder)

    @cached_property
    def fame(self) -> Floats:
        """How well known each item is: log of its events, standardised [n_items]."""
        return standard(np.log1p(self.counts))

    @cached_property
    def support(self) -> int:
        """How many ratings an average needs here before it is compared: 5 to 20."""
        known = self.counts[self.counts > 0]
        return int(np.clip(np.quantile(known, 0.8), 5, 20)) if len(known) else 5

    def warm(self) -> None:
        """Load and build now what the first turn would otherwise wait for."""
        self.lexicon.warm()
        if self.reader is not None and len(self.catalog):
            self.reader.score([Query(text="warm")], np.zeros(1, np.int32))

    def check(self, predicate: Predicate) -> Predicate:
        """Fit a condition to the schema and vocabulary, or raise a PredicateError."""
        return self.catalog.packed.check(predicate)

    def ids(self, nums: Sequence[int] | Nums) -> list[str]:
        """Return the shop's ids of items."""
        return [self.catalog.ids[int(num)] for num in nums]

    def person(
        self,
        user_id: str | None,
        liked: Mapping[str, float] | Iterable[str] = (),
        disliked: Iterable[str] = (),
        seen: Iterable[str] = (),
    ) -> Person:
        """Return a person by id and by what they said; ids the catalogue lost are passed over.

        `liked` may say how much each item is liked still, 1 for fully.
        """
        history = self.history(user_id) if user_id is not None else _none()
        weights = dict(liked) if isinstance(liked, Mapping) else dict.fromkeys(liked, 1.0)
        return Person.of(self.catalog.index, history, weights, disliked, seen)

    def rows(self, item_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return whole items as dicts, in the order asked; UnknownName for a foreign id."""
        return self.catalog.rows(self.catalog.nums(item_ids))


def standard(scores: Floats) -> Floats:
    """Return scores with mean 0 and deviation 1, cut at ±4; zeros where they do not differ."""
    spread = float(scores.std()) if len(scores) else 0.0
    if not np.isfinite(spread) or spread < 1e-9:
        return np.zeros(len(scores), np.float32)
    return cast(Floats, np.clip((scores - scores.mean()) / spread, -4, 4).astype(np.float32))
