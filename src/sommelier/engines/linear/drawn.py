"""Ridge regression of items on items, drawn towards a product of thin matrices, not towards zero.

With the Gram matrix A, the targets' products H, a prior V V' of rank a few hundred and P the
inverse of A + reg * I, the weights are P (H + reg * V V') less P's columns times what makes the
diagonal zero. The dense part and the thin part are returned apart, so that items which no event
taught can be served by the thin part alone: there it is the prior itself.
"""

import numpy as np
from scipy import sparse

from sommelier.engines.linear.inverse import inverse
from sommelier.types import Floats

__all__ = ["drawn_regression"]

_ROWS = 512  # rows worked out at once
_DENSE_SHARE = 0.05  # above it a product of dense matrices is quicker than of sparse ones


def drawn_regression(
    gram: sparse.csr_matrix, onto: sparse.csr_matrix, prior: Floats, *, reg: float
) -> tuple[Floats, Floats]:
    """Return (dense [n, n], thin [n, size]): the weights are dense + thin @ prior.T.

    `gram` [n, n] are the products of what is regressed on, `onto` [n, n] those of the targets
    (rows) with it (columns), `prior` [n, size] one side of the symmetric prior. ConfigError if
    `reg` is too small for single precision.
    """
    inverted = inverse(gram.toarray(order="F"), reg)
    own = np.diagonal(inverted).copy()
    thin = np.float32(reg) * (inverted @ prior)
    self_spoken = _diagonal(inverted, onto) + (thin * prior).sum(axis=1)
    crowded = onto.nnz > _DENSE_SHARE * len(own) ** 2
    targets = onto.toarray().T if crowded else onto
    for start in range(0, len(own), _ROWS):
        rows = inverted[start : start + _ROWS].copy()
        spoken = rows @ targets if crowded else (targets @ rows.T).T
        inverted[start : start + _ROWS] = spoken - rows * (self_spoken / own)
    return inverted, thin


def _diagonal(inverted: Floats, onto: sparse.csr_matrix) -> Floats:
    """Return the diagonal of inverted @ onto.T without the rest of the product."""
    found = np.empty(len(inverted), np.float32)
    for row in range(len(inverted)):
        known = slice(onto.indptr[row], onto.indptr[row + 1])
        found[row] = inverted[row, onto.indices[known]] @ onto.data[known]
    return found
