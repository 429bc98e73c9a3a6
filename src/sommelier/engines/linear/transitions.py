"""What came after what: the two matrices of a regression of next items on fading pasts.

After each event the person's past is a vector s that gives their newest item 1, the one before it
`fade`, and so on; with several fades there are as many vectors, laid side by side. The regression
of the next item on them needs the sums of all s s' (`past`) and of all next s' (`onto`). Since
s(p) = item(p) + fade * s(p-1), the first is a diagonal plus transitions weighted by how much of
them later pasts still hold, so no product of long rows is ever made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from sommelier.types import Floats, Ints, Nums

__all__ = ["Transitions", "transitions"]

_FAINT = 1e-3  # a past item that weighs less is left out
_CELLS = 4_000_000  # past items held at once


@dataclass(frozen=True, eq=False)
class Transitions:
    """Two matrices, sparse CSR float32; `n_pasts` is n_items for every fade."""

    past: sparse.csr_matrix  # [n_pasts, n_pasts]: sum of s s', symmetric
    onto: sparse.csr_matrix  # [n_items, n_pasts]: sum of next s', row = next item, column = past


def transitions(items: Nums, starts: Ints, n_items: int, fades: Sequence[float]) -> Transitions:
    """Return both sums over a log whose user u has the events items[starts[u] : starts[u + 1]]."""
    sizes = np.diff(starts)
    place = np.arange(len(items)) - np.repeat(starts[:-1], sizes)
    later = np.repeat(starts[1:], sizes) - 1 - np.arange(len(items))  # pasts that hold the event
    onto, kept = [], []
    for fade in fades:
        weights = [np.ones(len(items), np.float32), *(_held(later, fade * f) for f in fades)]
        first, *rest = _followed(items, place, n_items, fade, weights)
        onto.append(first)
        kept.append(rest)
    past: list[list[Any]] = [
        [
            sparse.diags_array(np.bincount(items, _held(later, one * other), n_items))
            + other * kept[column][row]
            + one * kept[row][column].T
            for column, other in enumerate(fades)
        ]
        for row, one in enumerate(fades)
    ]
    return Transitions(
        sparse.block_array(past).tocsr().astype(np.float32),
        sparse.hstack(onto).tocsr(),
    )


def _held(later: Ints, fade: float) -> Floats:
    """Return how much of an event and of all pasts after it one product of pasts holds."""
    return np.asarray((1 - fade**later) / (1 - fade), np.float32)


def _followed(
    items: Nums, place: Ints, n_items: int, fade: float, weights: Sequence[Floats]
) -> list[sparse.csr_matrix]:
    """Return for each weighting of the events the sum of weight * item(p) s(p-1)', CSR."""
    reach = 1 + int(np.log(_FAINT) / np.log(fade))
    found = [sparse.csr_matrix((n_items, n_items), dtype=np.float32) for _ in weights]
    rows = np.flatnonzero(place)
    step = max(1, _CELLS // reach)
    for start in range(0, len(rows), step):
        now = rows[start : start + step]
        pasts = _pasts(items, now, place[now], n_items, fade, reach)
        for number, weight in enumerate(weights):
            found[number] = found[number] + _chosen(items[now], weight[now], n_items) @ pasts
    return found


def _pasts(
    items: Nums, now: Ints, place: Ints, n_items: int, fade: float, reach: int
) -> sparse.csr_matrix:
    """Return the past before each of the events `now`, CSR [len(now), n_items]."""
    back = np.arange(1, min(reach, int(place.max(initial=0))) + 1)
    known = back <= place[:, None]
    weights = np.broadcast_to(np.float32(fade) ** (back - 1).astype(np.float32), known.shape)
    columns = items[(now[:, None] - back)[known]]
    ends = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
    return sparse.csr_matrix((weights[known], columns, ends), shape=(len(now), n_items))


def _chosen(items: Nums, weights: Floats, n_items: int) -> sparse.csr_matrix:
    """Return CSR [n_items, len(items)]: the weight of each event, in the row of its item."""
    cells = (weights, (items, np.arange(len(items))))
    return sparse.csr_matrix(cells, shape=(n_items, len(items)))
