"""What an item is before it has codes: its text, and who met it, as one vector. NumPy only.

Text: whitened meanings of length one. Company: the leading singular vectors of who met what, each
event weighed down by how many its person and its item have, also of length one. Both stand side by
side, so an item without events is placed by its text alone, and one without text by its company.
"""

import numpy as np
from scipy import sparse

from sommelier.data.interactions import Interactions
from sommelier.engines.sequence.space import unit
from sommelier.types import Floats

__all__ = ["company", "item_vectors"]

_SPARE = 16  # directions more than are asked for, so that those converge sooner
_TURNS = 12  # of the subspace


def item_vectors(text: Floats, log: Interactions, *, directions: int, weight: float) -> Floats:
    """Return [n_items, text_size + directions]; `text` are unit vectors, or zero without text."""
    return np.hstack([text, np.float32(weight) * company(log, directions)], dtype=np.float32)


def company(log: Interactions, directions: int) -> Floats:
    """Return unit vectors [n_items, directions], zero for an item that nobody has met."""
    matrix = log.matrix()
    people = np.asarray(matrix.sum(axis=1)).ravel()
    items = np.asarray(matrix.sum(axis=0)).ravel()
    even = sparse.diags(_weighed(people)) @ matrix @ sparse.diags(_weighed(items))
    found = np.zeros((log.n_items, directions), np.float32)
    if even.nnz:
        led = _leading(sparse.csr_matrix(even, dtype=np.float64), directions)
        found[:, : led.shape[1]] = led
    return unit(found * (items > 0)[:, None])


def _leading(matrix: sparse.csr_matrix, count: int) -> Floats:
    """Return the right singular vectors [n_columns, <= count], each times its singular value.

    By subspace iteration (Halko et al. 2011): unlike ARPACK it gives the same for the same matrix
    even where singular values are equal.
    """
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((matrix.shape[1], min(count + _SPARE, matrix.shape[1])))
    for _ in range(_TURNS):
        basis, _ = np.linalg.qr(matrix.T @ (matrix @ basis))
    _, values, turned = np.linalg.svd(matrix @ basis, full_matrices=False)
    found = (basis @ turned.T) * values
    return np.asarray(found[:, :count], np.float32)


def _weighed(counts: Floats) -> Floats:
    return np.asarray(1.0 / np.sqrt(np.maximum(counts, 1.0)), np.float32)
