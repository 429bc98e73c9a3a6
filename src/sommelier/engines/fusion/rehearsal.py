"""The rehearsal before the play: some last events are hidden, and the members guess them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.base import Engine
from sommelier.engines.fusion.gates import Lesson
from sommelier.engines.query import Query, cells
from sommelier.engines.ranking import best
from sommelier.types import Floats, Nums

__all__ = ["Hidden", "hide", "rehearse", "scales"]

_TOP = 50  # what a member puts lower is not worth comparing
_CELLS = 4_000_000  # scores of a member held at once: 16 MB


@dataclass(frozen=True, eq=False)
class Hidden:
    """What is left to learn from, and what was taken away."""

    rest: Interactions
    queries: list[Query]
    items: Nums  # [n_queries] the right answers


def hide(log: Interactions, *, people: int, seed: int) -> Hidden:
    """Hide the last events of up to `people` random users who have two events or more.

    Whose last item was met before is passed over: it could not be recommended.
    """
    ends = log.starts[1:] - 1
    able = np.flatnonzero(np.diff(log.starts) >= 2)
    drawn = np.sort(np.random.default_rng(seed).permutation(able)[:people])
    new = [log.items[ends[user]] not in log.history(user)[:-1] for user in drawn.tolist()]
    chosen = drawn[np.array(new, bool)]
    kept = np.ones(len(log), bool)
    kept[ends[chosen]] = False
    rest = log.keep(kept)
    queries = [
        Query(
            rest.history(user),
            times=None
            if rest.times is None
            else rest.times[rest.starts[user] : rest.starts[user + 1]],
        )
        for user in chosen.tolist()
    ]
    return Hidden(rest, queries, log.items[ends[chosen]])


def scales(members: Sequence[Engine], queries: Sequence[Query]) -> Floats:
    """Return by how much each member's favourite usually stands above its mean [n_members].

    The median over the queries; 1 for a member that scores all items alike.
    """
    heights = [
        np.concatenate([rows.max(axis=1) - rows.mean(axis=1) for rows in _rows(member, queries)])
        for member in members
    ]
    usual = np.array([np.median(height) for height in heights], np.float32)
    return np.where(usual > np.finfo(np.float32).tiny, usual, np.float32(1.0))


def rehearse(members: Sequence[Engine], hidden: Hidden, scale: Floats) -> Lesson:
    """Return all members' scores of what any of them lists among its best for each person.

    People whose right item nobody lists are left out: they would only teach to trust no one.
    """
    log = hidden.rest
    known = np.bincount(log.items, minlength=log.n_items)
    scores, items, rights, bests, lengths = [], [], [], [], []
    for part, rows in _together(members, hidden.queries):
        for at, query in enumerate(hidden.queries[part]):
            right = hidden.items[part][at]
            mine = np.stack([member[at] for member in rows], axis=1)
            listed = [best(member[at : at + 1], _TOP)[0] for member in rows]
            union = np.unique(np.concatenate(listed))
            union = union[union >= 0]
            place = np.searchsorted(union, right)
            if place < len(union) and union[place] == right:
                scores.append(np.arcsinh(mine[union] / scale))
                items.append(union)
                rights.append(place)
                bests.append(1 + (mine > mine[right]).sum(axis=0).min())
                lengths.append(len(np.unique(query.history)))
    sizes = np.array([len(union) for union in items], np.int64)
    starts = np.cumsum(sizes) - sizes
    return Lesson(
        scores=np.concatenate(scores) if scores else np.empty((0, len(members)), np.float32),
        starts=starts,
        right=starts + np.array(rights, np.int64),
        best=np.array(bests, np.int64),
        lengths=np.array(lengths, np.int64),
        counts=known[np.concatenate(items)] if items else np.empty(0, np.int64),
    )


def _rows(member: Engine, queries: Sequence[Query]) -> Iterator[Floats]:
    """Yield the scores of queries [n, n_items], block by block."""
    step = max(1, _CELLS // member.n_items)
    for start in range(0, len(queries), step):
        yield member.score(queries[start : start + step])


def _together(
    members: Sequence[Engine], queries: Sequence[Query]
) -> Iterator[tuple[slice, list[Floats]]]:
    """Yield blocks of queries and each member's scores of them, -inf where the item was seen."""
    n_items = members[0].n_items
    step = max(1, _CELLS // n_items)
    for start in range(0, len(queries), step):
        part = slice(start, start + step)
        seen = cells([query.history for query in queries[part]], n_items)
        rows = [np.array(member.score(queries[part]), np.float32, order="C") for member in members]
        for scores in rows:
            scores.reshape(-1)[seen] = -np.inf
        yield part, rows
