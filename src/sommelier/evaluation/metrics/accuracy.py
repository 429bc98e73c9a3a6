"""How well ranked lists find relevant items: one value a user, for all users at once.

Arrays only: `ranked` holds item_nums [n_users, k], best first, -1 where a list is short; `relevant`
is a CSR matrix [n_users, n_items] whose stored cells are the relevant items. Definitions are those
of trec_eval with binary relevance, so short lists simply earn less. A user with nothing relevant
has 0 everywhere: leave such users out before.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.types import Bools, Ints, Nums

__all__ = [
    "ACCURACY",
    "Values",
    "average_precision",
    "hit_rate",
    "hits",
    "ndcg",
    "precision",
    "recall",
    "reciprocal_rank",
]

Values = NDArray[np.float64]  # one number a user


def hits(ranked: Nums, relevant: sparse.csr_matrix) -> Bools:
    """Return which places hold a relevant item, bool [n_users, k]."""
    n_users, n_items = relevant.shape
    row = np.repeat(np.arange(n_users, dtype=np.int64), np.diff(relevant.indptr))
    wanted = row * n_items + relevant.indices
    shown = np.arange(n_users, dtype=np.int64)[:, None] * n_items + ranked
    return np.isin(shown, wanted) & (ranked >= 0)


def hit_rate(hit: Bools, _n_relevant: Ints) -> Values:
    """HR@k, also called Success: 1 where the list holds any relevant item."""
    return np.asarray(hit.any(axis=1), np.float64)


def recall(hit: Bools, n_relevant: Ints) -> Values:
    """R@k: the share of the relevant items that the list holds."""
    return np.asarray(hit.sum(axis=1) / np.maximum(n_relevant, 1), np.float64)


def precision(hit: Bools, _n_relevant: Ints) -> Values:
    """P@k: the share of the k places that hold a relevant item."""
    return np.asarray(hit.mean(axis=1), np.float64)


def reciprocal_rank(hit: Bools, _n_relevant: Ints) -> Values:
    """RR@k (its mean is MRR): one over the rank of the first relevant item, 0 without one."""
    return np.asarray(hit.any(axis=1) / (1.0 + hit.argmax(axis=1)), np.float64)


def average_precision(hit: Bools, n_relevant: Ints) -> Values:
    """AP@k (its mean is MAP): precision at every hit, summed, over all relevant items."""
    ranks = np.arange(1, hit.shape[1] + 1)
    at_hits = (np.cumsum(hit, axis=1) / ranks * hit).sum(axis=1)
    return np.asarray(at_hits / np.maximum(n_relevant, 1), np.float64)


def ndcg(hit: Bools, n_relevant: Ints) -> Values:
    """N@k: gains 1 / log2(rank + 1) over those of the best possible list of length k."""
    k = hit.shape[1]
    gains = 1.0 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(gains)])[np.minimum(n_relevant, k)]
    return np.asarray((hit @ gains) / np.maximum(ideal, gains[0]), np.float64)


# What reports call them, and what computes them from (hits, number of relevant items).
ACCURACY: Final[dict[str, Callable[[Bools, Ints], Values]]] = {
    "R": recall,
    "N": ndcg,
    "HR": hit_rate,
    "MRR": reciprocal_rank,
    "MAP": average_precision,
    "P": precision,
}
