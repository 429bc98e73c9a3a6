"""Ridge regression of items on items, drawn towards a product of thin matrices, not towards zero.

What is regressed on are one or several blocks of the same n items, their pasts at several speeds.
With the Gram matrix A of all blocks, the targets' products H, a prior V V' of rank a few hundred
that the first block is drawn to, and P the inverse of A + reg * I, the weights are
P (H + reg * V V') less those of P's columns that make an item's weights onto itself zero. The dense
part and the thin part are returned apart, so that items which no event taught can be served by the
thin part alone: there it is the prior itself.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.engines.linear.inverse import inverse
from sommelier.types import Floats

__all__ = ["drawn_regression"]

_ROWS = 512  # rows worked out at once
_DENSE_SHARE = 0.05  # above it a product of dense matrices is quicker than of sparse ones


def drawn_regression(
    gram: sparse.csr_matrix, onto: sparse.csr_matrix, prior: Floats, *, reg: float
) -> tuple[Floats, Floats]:
    """Return (dense [blocks * n, n], thin [blocks * n, size]): the weights are their
    dense + thin @ prior.T.

    `gram` [blocks * n, blocks * n] are the products of what is regressed on, `onto`
    [n, blocks * n] those of the targets (rows) with it (columns), `prior` [n, size] one side of the
    symmetric prior. ConfigError if `reg` is too small for single precision.
    """
    n, n_rows = onto.shape
    blocks = n_rows // n
    inverted = inverse(gram.toarray(order="F"), reg)
    thin = np.float32(reg) * (inverted[:, :n] @ prior)
    own = np.stack([inverted[item::n, item::n] for item in range(n)])  # [n, blocks, blocks]
    towards = np.einsum("bns,ns->nb", thin.reshape(blocks, n, prior.shape[1]), prior)
    itself = _diagonals(inverted, onto) + towards
    less = np.linalg.solve(own, itself[:, :, None])[:, :, 0]  # [n, blocks]
    crowded = onto.nnz > _DENSE_SHARE * n * n_rows
    targets = onto.toarray().T if crowded else onto
    for start in range(0, n_rows, _ROWS):
        rows = inverted[start : start + _ROWS].copy()
        spoken = rows @ targets if crowded else (targets @ rows.T).T
        for block in range(blocks):
            spoken -= rows[:, block * n : (block + 1) * n] * less[:, block]
        inverted[start : start + _ROWS, :n] = spoken
    return np.ascontiguousarray(inverted[:, :n]), thin


def _diagonals(inverted: Floats, onto: sparse.csr_matrix) -> NDArray[np.float32]:
    """Return the diagonal of each block [n, blocks] of inverted @ onto.T without the rest of it."""
    n, n_rows = onto.shape
    found = np.empty((n, n_rows // n), np.float32)
    for item in range(n):
        known = slice(onto.indptr[item], onto.indptr[item + 1])
        found[item] = inverted[item::n, onto.indices[known]] @ onto.data[known]
    return found
