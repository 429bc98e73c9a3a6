"""Ordering the candidates: taste, words, likeness, wishes and fame in one score.

Each part is standardised over the candidates, so that no engine's scale rules the others, and is
kept beside the sum: reasons are read from it. Soft wishes come first of all: an item that meets
more of them stands above one that meets fewer, so the fewest are relaxed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from sommelier.data.predicates import Predicate, to_json
from sommelier.engines.query import Query
from sommelier.engines.ranking import best
from sommelier.tools.base import Toolbox, standard
from sommelier.tools.candidates import Candidates
from sommelier.tools.lexicon import unread
from sommelier.tools.similar import likeness
from sommelier.types import Floats, Json, Nums

__all__ = ["AVERAGE", "Wishes", "rank"]

AVERAGE = "average_rating"  # the field derived from the log: over few ratings it says little

_STANDS_OUT = 1.5  # deviations above the mean likeness from which an item is about the words
_FAR = 4.0  # deviations at which every part is cut
_WISH = 100.0  # one soft wish outweighs every score beneath it
_WEIGHTS = {
    **{"taste": 1.0, "text": 1.6, "named": 1.0, "like": 1.6},
    **{"lean": 0.8, "longing": 0.5, "fame": 0.3},
}


def _none() -> Nums:
    return np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Wishes:
    """What the order should follow. All of it may be empty: then the best known come first."""

    query: Query = field(default_factory=Query)  # the person: history, likes, dislikes
    text: str = ""  # free words
    seeds: Nums = field(default_factory=_none)  # items it should be like
    soft: tuple[Predicate, ...] = ()  # conditions to meet if possible
    leanings: tuple[tuple[Predicate, float], ...] = ()  # lasting tastes: a nudge, never a rule
    longings: tuple[tuple[str, float], ...] = ()  # the same in free words
    sort: tuple[str, bool] | None = None  # (number or date field, descending)

    def to_json(self) -> Json:
        """Return what was asked, for the funnel; histories as counts."""
        shown: Json = {"history": len(self.query.history), "liked": len(self.query.liked)}
        if self.text:
            shown["text"] = self.text
        if len(self.seeds):
            shown["like"] = len(self.seeds)
        if self.soft:
            shown["prefer"] = [to_json(wish) for wish in self.soft]
        if self.sort:
            shown["sort"] = {"field": self.sort[0], "descending": self.sort[1]}
        return shown


def rank(
    box: Toolbox, candidates: Candidates, wishes: Wishes, n: int, *, leave_out: Nums | None = None
) -> Candidates:
    """Return the `n` best candidates in order, with their scores and the parts of these.

    Items of `leave_out` (met or shown before) and the seeds are never returned.
    """
    start = perf_counter()
    gone = wishes.seeds if leave_out is None else np.concatenate([leave_out, wishes.seeds])
    pool = candidates.nums
    if len(gone):
        out = np.zeros(len(box.catalog), bool)
        out[gone] = True
        pool = pool[~out[pool]]
    if wishes.sort and wishes.text:
        pool = _about(box, wishes, pool)
    parts = _parts(box, wishes, pool) if len(pool) else {}
    total = np.zeros(len(pool), np.float32)
    for name, scores in parts.items():
        total += _WEIGHTS.get(name, _WISH) * scores
    order = best(_sorted_first(box, wishes, pool, total)[None, :], n)[0]
    order = order[order >= 0]
    return candidates.ordered(
        pool[order],
        total[order],
        {name: scores[order] for name, scores in parts.items()},
        arguments={**wishes.to_json(), "n": n},
        ms=(perf_counter() - start) * 1e3,
    )


def _parts(box: Toolbox, wishes: Wishes, pool: Nums) -> dict[str, Floats]:
    whole = len(pool) == len(box.catalog)
    items = None if whole else pool
    parts = {"fame": box.fame[pool]}
    query = wishes.query
    if box.ranker is not None and len(query.seen):
        parts["taste"] = standard(box.ranker.score([query], items)[0])
    near = _read(box, wishes.text, items)
    if near is not None:
        parts["text"] = near
    if wishes.text:
        named = box.lexicon.titles.overlap(wishes.text, len(box.catalog))[pool]
        if named.any():
            parts["named"] = named
    if len(wishes.seeds):
        parts["like"] = likeness(box, wishes.seeds, items)
    if wishes.leanings:
        parts["lean"] = _met(box, wishes.leanings, pool)
    longed = [(_read(box, text, items), weight) for text, weight in wishes.longings]
    if any(scores is not None for scores, _ in longed):
        total = np.zeros(len(pool), np.float32)
        for scores, weight in longed:
            total += 0 if scores is None else np.float32(weight) * scores
        parts["longing"] = standard(total)
    for number, wish in enumerate(wishes.soft):
        parts[f"soft{number}"] = _met(box, [(wish, 1.0)], pool)
    return parts


def _read(box: Toolbox, text: str, items: Nums | None) -> Floats | None:
    """Return how near items are to words, as deviations; None where nothing reads them.

    The encoder reads Latin letters. Other scripts are looked for letter by letter, and only what
    holds the words is near at all: the best is as near as a deviation can be.
    """
    if text and unread(text):
        found = box.lexicon.grams.score(text)
        found = found if items is None else found[items]
        return found * np.float32(_FAR / max(float(found.max(initial=0.0)), 1e-9))
    if not text or box.reader is None:
        return None
    return standard(box.reader.score([Query(text=text)], items)[0])


def _about(box: Toolbox, wishes: Wishes, pool: Nums) -> Nums:
    """Return the items that free words are about: "the cheapest kettle" must be a kettle.

    Titles with every word and items with the keywords decide; where there are none, the words'
    meaning does, as far as it stands out.
    """
    about = box.lexicon.titles.overlap(wishes.text, len(box.catalog))[pool] > 0.99
    if wishes.soft:
        about |= _met(box, [(wish, 1 / len(wishes.soft)) for wish in wishes.soft], pool) > 0.99
    near = _read(box, wishes.text, pool) if len(pool) else None
    if about.any() or near is None:
        return pool[about] if about.any() else pool
    return pool[near > _STANDS_OUT] if (near > _STANDS_OUT).any() else pool


def _met(box: Toolbox, wishes: Sequence[tuple[Predicate, float]], pool: Nums) -> Floats:
    total = np.zeros(len(pool), np.float32)
    for wish, weight in wishes:
        total += np.float32(weight) * box.catalog.packed.mask(box.check(wish))[pool]
    return np.clip(total, -2, 2)


def _sorted_first(box: Toolbox, wishes: Wishes, pool: Nums, total: Floats) -> Floats:
    """Return what to order by: the sort field where one is asked for, else the score itself."""
    if wishes.sort is None:
        return total
    field_name, descending = wishes.sort
    values = box.catalog.packed.numbers(field_name)[pool].astype(np.float64)
    keys = values if descending else -values
    if field_name == AVERAGE:
        keys = keys - 1e6 * (box.counts[pool] < box.support)  # behind those with enough ratings
    # Equal values (films of one year) are put in order by the score: ranks keep this exact.
    order = np.lexsort((total, np.where(np.isnan(keys), -np.inf, keys)))
    places = np.empty(len(pool), np.float32)
    places[order] = np.arange(len(pool), dtype=np.float32)
    places[np.isnan(keys)] = -np.inf
    return places
