"""Lists outside a conversation: what to recommend, and what is like this one.

The same engines, conditions and reasons as in a talk, and the operator's policy over all of them.
Plain lists are the engine's own order; with an instruction, words and taste make it together.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeAlias

import numpy as np

from sommelier.agent.guard import Demands
from sommelier.agent.memory import avoided, fitting
from sommelier.agent.outcome import Card
from sommelier.agent.replies import Writer
from sommelier.agent.turn import Item
from sommelier.data.predicates import Predicate
from sommelier.engines.ranking import best
from sommelier.errors import UsageError
from sommelier.hostile import harmless
from sommelier.shop.shelf import condition
from sommelier.state.profiles import Profile
from sommelier.tools.base import Person, Toolbox, standard
from sommelier.tools.candidates import Candidates
from sommelier.tools.explain import explain
from sommelier.tools.rank import Wishes, rank
from sommelier.tools.similar import likeness
from sommelier.types import Bools, Floats, Nums

__all__ = ["Listed", "Lists", "Wanted"]

_Reasons: TypeAlias = tuple[str, ...]
_FILTERS = 256  # WHERE strings whose items are kept; a shop's pages use few


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is asked for, apart from whom it is for."""

    n: int = 10
    where: str | Predicate = ""  # a WHERE string, or a tree
    instruction: str = ""  # free words that the order should follow
    exclude: tuple[str, ...] = ()  # item_ids
    history: tuple[str, ...] = ()  # item_ids met besides the log, oldest first
    explain: bool = False


@dataclass(frozen=True)
class Listed:
    """A list, the engine that made it, and what stood in for that engine where it knew nothing."""

    engine: str
    items: tuple[Item, ...]
    fallback: str = ""


@dataclass(frozen=True, eq=False)
class Lists:
    """The lists of one workspace. Safe to call from several threads; touches no store."""

    box: Toolbox
    demands: Demands
    writer: Writer

    @property
    def engine(self) -> str:
        """The name of the engine that orders."""
        return self.box.ranker.name if self.box.ranker is not None else "fame"

    def recommend(self, who: str | None, profile: Profile, wanted: Wanted) -> Listed:
        """Return the best new items for a person; a stranger gets what most people met."""
        person = self.person(who, profile, wanted.history)
        gone = self._gone(person, wanted.exclude)
        pool = self._pool(wanted.where)
        if profile.conditions:
            pool = pool & self._welcome(profile)
        if wanted.instruction:
            return self._following(person, profile, wanted, pool, gone)
        query = person.query
        asked = self.box.ranker if len(query.seen) else None
        scores = self.box.fame if asked is None else asked.score([query])[0]
        nums, values = self._best(scores, pool, gone, wanted.n)
        fallback = "fame" if asked is None else ""
        return self._listed(nums, values, Wishes(query=query), wanted, profile, fallback)

    def similar(self, item_id: str, wanted: Wanted) -> Listed:
        """Return the items most like one; UnknownName for a foreign id."""
        seeds = self.box.catalog.nums([item_id])
        scores = likeness(self.box, seeds, None)
        gone = np.concatenate([seeds, self._nums(wanted.exclude), self.box.hidden.nums])
        nums, values = self._best(scores, self._pool(wanted.where), gone, wanted.n)
        return self._listed(nums, values, Wishes(seeds=seeds), wanted, Profile())

    def count(self, where: str | Predicate) -> int:
        """Return how many items satisfy a condition and may be shown."""
        fits = self._pool(where)
        return int(fits.sum() - fits[self.box.hidden.nums].sum())

    def why(self, who: str | None, profile: Profile, item_id: str, words: str = "") -> _Reasons:
        """Return why an item suits a person and a wish; UnknownName for a foreign id."""
        pool = self.box.everything().narrowed(self.box.catalog.nums([item_id]), "explain", {}, 0.0)
        wishes = Wishes(query=self.person(who, profile).query, text=words)
        return self._reasons(rank(self.box, pool, wishes, 1), wishes, profile)[0]

    def may_be_shown(self, nums: Nums) -> Bools:
        """Return which of these items the operator lets people see."""
        return self.demands.mask()[nums] & ~np.isin(nums, self.box.hidden.nums)

    @cached_property
    def _selected(self) -> Callable[[str], Bools]:
        def select(where: str) -> Bools:
            tree = condition(self.box.catalog, where)
            return self.box.catalog.packed.mask(tree) & self.demands.mask()

        return lru_cache(_FILTERS)(select)

    def _pool(self, where: str | Predicate) -> Bools:
        """Return which items may be listed [n_items]; PredicateError for an unfit condition."""
        if not isinstance(where, str):
            return self.box.catalog.packed.mask(self.box.check(where)) & self.demands.mask()
        return self._selected(where) if where.strip() else self.demands.mask()

    def _welcome(self, profile: Profile) -> Bools:
        """Return which items have nothing that the person refuses, as they told in a talk."""
        packed = self.box.catalog.packed
        kept = np.ones(len(self.box.catalog), bool)
        for refused in avoided(fitting(self.box, profile), ()):
            kept &= ~packed.mask(self.box.check(refused))
        return kept

    def person(self, who: str | None, profile: Profile, history: Sequence[str] = ()) -> Person:
        """Return whom a list is for; items met besides the log count as its newest part."""
        person = self.box.person(who, profile.liked, profile.disliked, profile.seen)
        if not history:
            return person
        met = self.box.catalog.nums(history)
        return replace(person, history=np.concatenate([person.history, met]))

    def _gone(self, person: Person, exclude: Sequence[str]) -> Nums:
        known = person.refused if self.demands.policy.show_consumed else person.known
        return np.concatenate([known, self._nums(exclude), self.box.hidden.nums])

    def _nums(self, item_ids: Sequence[str]) -> Nums:
        """Return the item_nums of those ids that there are: to leave out what is gone is done."""
        index = self.box.catalog.index
        return np.asarray([index[i] for i in item_ids if i in index], np.int32)

    @staticmethod
    def _best(scores: Floats, pool: Bools, gone: Nums, n: int) -> tuple[Nums, Floats]:
        if n < 1:
            raise UsageError(f"A list has at least one place, not {n}.")
        kept = np.where(pool & ~np.isnan(scores), scores, -np.inf).astype(np.float32)
        kept[gone] = -np.inf
        nums = best(kept[None, :], n)[0]
        nums = nums[nums >= 0]
        return nums, kept[nums]

    def _following(
        self, person: Person, profile: Profile, wanted: Wanted, pool: Bools, gone: Nums
    ) -> Listed:
        wishes = Wishes(query=person.query, text=wanted.instruction)
        everything = Candidates.everything(len(self.box.catalog))
        narrowed = everything.narrowed(np.flatnonzero(pool).astype(np.int32), "filter", {}, 0.0)
        ranked = rank(self.box, narrowed, wishes, wanted.n, leave_out=gone)
        return self._told(ranked, wishes, wanted, profile)

    def _listed(
        self,
        nums: Nums,
        scores: Floats,
        wishes: Wishes,
        wanted: Wanted,
        profile: Profile,
        fallback: str = "",
    ) -> Listed:
        part = "like" if len(wishes.seeds) else "fame" if fallback else "taste"
        parts = {part: standard(scores)} if wanted.explain else {}
        ranked = Candidates(nums, scores, parts)
        return self._told(ranked, wishes, wanted, profile, fallback)

    def _told(
        self,
        ranked: Candidates,
        wishes: Wishes,
        wanted: Wanted,
        profile: Profile,
        fallback: str = "",
    ) -> Listed:
        ids, titles = self.box.catalog.ids, self.box.catalog.titles
        nums = ranked.nums.tolist()
        scores = [0.0] * len(nums) if ranked.scores is None else ranked.scores.tolist()
        reasons: Sequence[tuple[str, ...]] = [()] * len(nums)
        if wanted.explain and nums:
            reasons = self._reasons(ranked, wishes, profile)
        paid = self.demands.sponsored
        items = tuple(
            Item(ids[num], harmless(titles[num]), rank, score, why, {}, bool(paid[num]))
            for rank, (num, score, why) in enumerate(zip(nums, scores, reasons, strict=True), 1)
        )
        return Listed(self.engine, items, fallback)

    def _reasons(
        self, ranked: Candidates, wishes: Wishes, profile: Profile
    ) -> list[tuple[str, ...]]:
        found = explain(self.box, ranked, wishes, (), alone=True)
        rows = self.box.catalog.rows(ranked.nums)
        cards = [
            Card(row[self.box.schema.id_field], row, place, 0.0, tuple(why))
            for place, (row, why) in enumerate(zip(rows, found, strict=True), 1)
        ]
        return self.writer.reasons(cards, profile)
