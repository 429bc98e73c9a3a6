"""What lists are like, whether or not they are right: coverage, novelty, diversity, popularity.

Arrays only. `ranked` holds item_nums [n_users, k], -1 where a list is short; `counts` [n_items]
says how many training events each item has.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.types import Ints, Nums

__all__ = ["coverage", "diversity", "exposure", "gini", "novelty", "popularity_percentile"]


def exposure(ranked: Nums, n_items: int) -> Ints:
    """Return in how many lists each item stands, [n_items]."""
    return np.bincount(ranked[ranked >= 0], minlength=n_items).astype(np.int64)


def coverage(ranked: Nums, n_items: int) -> float:
    """Share of the catalogue that stands in at least one list."""
    return float(np.count_nonzero(exposure(ranked, n_items)) / max(n_items, 1))


def gini(ranked: Nums, n_items: int) -> float:
    """Inequality of exposure: 0 when all items are shown alike, near 1 when a few take it all."""
    shown = np.sort(exposure(ranked, n_items)).astype(np.float64)
    total = shown.sum()
    if total == 0:
        return 0.0
    place = np.arange(1, n_items + 1)
    return float((2 * place - n_items - 1) @ shown / (n_items * total))


def novelty(ranked: Nums, counts: Ints) -> float:
    """Mean self-information of the shown items in bits, -log2 of their share of the events.

    Every item counts one event more than it has, so that a new item is surprising, not infinite
    (Zhou et al. 2010, "Solving the apparent diversity-accuracy dilemma").
    """
    share = (counts + 1.0) / (counts.sum() + len(counts))
    return _mean_of(-np.log2(share), ranked)


def popularity_percentile(ranked: Nums, counts: Ints) -> float:
    """Mean popularity of the shown items as a percentile of the catalogue, 0 to 1.

    0.5 is a catalogue-wide average; items of equal counts share the middle of their places.
    """
    order = np.sort(counts)
    low, high = np.searchsorted(order, counts), np.searchsorted(order, counts, side="right")
    return _mean_of((low + high) / (2.0 * len(counts)), ranked)


def diversity(ranked: Nums, vectors: NDArray[np.float32] | sparse.csr_matrix) -> float:
    """Mean over lists of 1 - cosine between their items, for dense vectors or attribute sets.

    `vectors` is [n_items, d]; for sets it is CSR of ones. An item without any is unlike all others.
    Lists of fewer than two items do not count. With unit vectors the sum over all pairs is
    (|sum of vectors|² - sum of |vector|²) / 2, so no pair is ever formed.
    """
    shown = ranked >= 0
    sizes = shown.sum(axis=1)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    chosen = sparse.csr_matrix(
        (np.ones(starts[-1], np.float32), ranked[shown], starts),
        shape=(len(ranked), vectors.shape[0]),
    )
    unit = _unit(vectors)
    own = chosen @ _squares(unit)
    together = _squares(chosen @ unit)
    pairs = sizes * (sizes - 1.0)
    several = pairs > 0
    if not several.any():
        return 0.0
    return float(np.mean(1.0 - (together - own)[several] / pairs[several]))


def _mean_of(value: NDArray[np.float64], ranked: Nums) -> float:
    shown = ranked[ranked >= 0]
    return float(value[shown].mean()) if len(shown) else 0.0


def _squares(
    vectors: NDArray[np.float32] | sparse.csr_matrix,
) -> NDArray[np.float64]:
    """Return the squared length of each row."""
    if isinstance(vectors, sparse.csr_matrix):
        return np.asarray(vectors.multiply(vectors).sum(axis=1), np.float64).ravel()
    return np.asarray(np.einsum("nd,nd->n", vectors, vectors), np.float64)


def _unit(
    vectors: NDArray[np.float32] | sparse.csr_matrix,
) -> NDArray[np.float32] | sparse.csr_matrix:
    lengths = np.sqrt(_squares(vectors))
    scale = np.divide(1.0, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    if sparse.issparse(vectors):
        return sparse.diags(scale) @ vectors
    return np.asarray(vectors * scale[:, None], np.float32)
