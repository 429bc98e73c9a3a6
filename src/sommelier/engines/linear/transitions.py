"""What came after what: the two matrices of a regression of next items on fading pasts.

After each event the person's past is the vector s that gives their newest item 1, the one before
it `fade`, and so on. The regression of the next item on s needs the sum of all s s' (`past`) and of
all next s' (`onto`). Since s(p) = item(p) + fade * s(p-1), the first is a diagonal plus transitions
weighted by how much of them later pasts still hold, so no product of long rows is ever made.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sommelier.types import Floats, Ints, Nums

__all__ = ["Transitions", "transitions"]

_FAINT = 1e-3  # a past item that weighs less is left out
_CELLS = 4_000_000  # past items held at once


@dataclass(frozen=True, eq=False)
class Transitions:
    """Two matrices [n_items, n_items], sparse CSR float32."""

    past: sparse.csr_matrix  # sum of s s', symmetric
    onto: sparse.csr_matrix  # sum of next s': row = the next item, column = the past one


def transitions(items: Nums, starts: Ints, n_items: int, fade: float) -> Transitions:
    """Return both sums over a log whose user u has the events items[starts[u] : starts[u + 1]]."""
    sizes = np.diff(starts)
    place = np.arange(len(items)) - np.repeat(starts[:-1], sizes)
    later = np.repeat(starts[1:], sizes) - 1 - np.arange(len(items))  # pasts that hold the event
    held = ((1 - fade ** (2.0 * later)) / (1 - fade**2)).astype(np.float32)
    reach = 1 + int(np.log(_FAINT) / np.log(fade))
    onto = sparse.csr_matrix((n_items, n_items), dtype=np.float32)
    kept = onto.copy()
    rows = np.flatnonzero(place)
    step = max(1, _CELLS // reach)
    for start in range(0, len(rows), step):
        now = rows[start : start + step]
        pasts = _pasts(items, now, place[now], n_items, fade, reach)
        onto = onto + _chosen(items[now], np.ones(len(now), np.float32), n_items) @ pasts
        kept = kept + _chosen(items[now], held[now], n_items) @ pasts
    own = sparse.diags_array(np.bincount(items, held, n_items).astype(np.float32))
    return Transitions((own + fade * (kept + kept.T)).tocsr(), onto.tocsr())


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
