"""EASE for large catalogues: each item regressed on a few others, stored sparse.

Feature-selected SLIM (Ning & Karypis 2011) without its L1 term, so each item has a closed form:
with N its neighbours and G the Gram matrix, (G[N, N] + reg * I) w = G[N, j]. When N is all others,
w is EASE's column j. Items never met together with j are not asked. The n x n Gram matrix is never
made: the one of the most popular items is held dense, all else is computed per block of items.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
from scipy import sparse

from sommelier.types import Floats, Ints, Nums

__all__ = ["sparse_ease"]

_BLOCK = 16  # items solved together
_HOT = 4096  # items whose mutual Gram matrix is held dense: 64 MB


def sparse_ease(
    matrix: sparse.csr_matrix, *, reg: float, neighbours: int, threads: int
) -> tuple[sparse.csr_matrix, Floats]:
    """Return (weights float32 [n_items, n_items], unexplained variance float32 [n_items])."""
    from threadpoolctl import threadpool_limits

    near = _nearest(matrix, reg, neighbours, threads)
    gram = _Gram.of(matrix)
    # Items with the same nearest other need much the same part of the Gram matrix.
    order = np.argsort(near[:, 0], kind="stable")
    blocks = [order[start : start + _BLOCK] for start in range(0, len(order), _BLOCK)]
    values = np.zeros(near.shape, np.float32)
    spread = np.empty(len(near), np.float32)

    def solve(block: Ints) -> None:
        values[block], spread[block] = _solve(gram, block, near[block], reg)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(threads or cpu_count()) as pool:
        list(pool.map(solve, blocks))
    known = values != 0
    targets = np.broadcast_to(np.arange(len(near))[:, None], near.shape)
    found = (values[known], (near[known], targets[known]))
    return sparse.csr_matrix(found, shape=(len(near), len(near))), spread


def _nearest(matrix: sparse.csr_matrix, reg: float, neighbours: int, threads: int) -> Nums:
    """Return int32 [n_items, neighbours + 1] of the most telling others, -1 where there are fewer.

    Alone, item i explains G[i, j]^2 / (G[i, i] + reg) of item j: that is how they are chosen.
    """
    from implicit.nearest_neighbours import ItemItemRecommender

    counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    scaled = matrix @ sparse.diags_array(1.0 / np.sqrt(counts + reg))
    model = ItemItemRecommender(neighbours + 1, threads)  # the item itself may be among them
    model.fit(scaled.tocsr(), show_progress=False)
    rows = np.repeat(np.arange(len(counts)), np.diff(model.similarity.indptr))
    other = (model.similarity.indices != rows) & (model.similarity.data > 0)
    rows, items = rows[other], model.similarity.indices[other]
    place = np.arange(len(rows)) - np.searchsorted(rows, rows)
    near = np.full((len(counts), neighbours + 1), -1, np.int32)
    near[rows, place] = items
    return near


@dataclass(frozen=True)
class _Gram:
    """Answers for the Gram matrix of any few items."""

    by_user: sparse.csr_matrix
    by_item: sparse.csr_matrix
    hot: Floats  # [n_hot, n_hot]
    place: Nums  # [n_items] row in `hot`, -1 for the others

    @classmethod
    def of(cls, matrix: sparse.csr_matrix) -> "_Gram":
        counts = np.bincount(matrix.indices, minlength=matrix.shape[1])
        popular = np.argsort(-counts, kind="stable")[:_HOT]
        place = np.full(len(counts), -1, np.int32)
        place[popular] = np.arange(len(popular))
        part = matrix[:, popular]
        return cls(matrix, matrix.T.tocsr(), (part.T @ part).toarray(), place)

    def among(self, items: Ints) -> Floats:
        """Return float32 [len(items), len(items)] of rising, different items."""
        gram = np.zeros((len(items), len(items)), np.float32)
        place = self.place[items]
        hot, cold = np.flatnonzero(place >= 0), np.flatnonzero(place < 0)
        gram[np.ix_(hot, hot)] = self.hot[np.ix_(place[hot], place[hot])]
        if len(cold):
            met = (self.by_item[items[cold]] @ self.by_user).tocoo()
            column = np.full(self.by_user.shape[1], -1, np.int32)
            column[items] = np.arange(len(items))
            found = column[met.col]
            asked = found >= 0
            gram[cold[met.row[asked]], found[asked]] = met.data[asked]
            gram[np.ix_(hot, cold)] = gram[np.ix_(cold, hot)].T
        return gram


def _solve(gram: _Gram, block: Ints, near: Nums, reg: float) -> tuple[Floats, Floats]:
    """Return (weights [n_block, n_near] of the neighbours on each item, unexplained variance)."""
    union = np.unique(np.concatenate([block, near[near >= 0]]))
    among = gram.among(union)
    place = np.searchsorted(union, np.maximum(near, union[0]))
    target = np.searchsorted(union, block)
    known = near >= 0
    left = among[place[:, :, None], place[:, None, :]]
    left *= known[:, :, None] & known[:, None, :]
    diagonal = np.arange(near.shape[1])
    left[:, diagonal, diagonal] += np.float32(reg)
    right = among[place, target[:, None]] * known
    weights = np.linalg.solve(left, right[:, :, None])[:, :, 0]
    spread = among[target, target] + np.float32(reg) - (right * weights).sum(axis=1)
    return weights, np.maximum(spread, np.finfo(np.float32).tiny)
