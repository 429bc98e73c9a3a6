"""Who speaks for an item that no event taught: the taught items of the nearest texts.

What was learned of them, weighed by the square of how alike the texts are, counts as learned of the
item. Knows vectors only.
"""

import numpy as np
from scipy import sparse

from sommelier.engines.nearest import Exact
from sommelier.types import Bools, Floats

__all__ = ["heard_through"]

_TINY = 1e-9


def heard_through(
    vectors: Floats, untaught: Bools, taught: Floats, count: int, *, threads: int
) -> sparse.csr_matrix:
    """Return weights float32 [n, n_taught] of sum one, `count` for each of the `untaught` items.

    `vectors` [n, size] and `taught` [n_taught, size] give products that say how alike they are.
    Other rows are zero, and so are those where none of the taught is alike in any way.
    """
    shape = len(vectors), len(taught)
    count = min(count, len(taught)) if vectors.shape[1] else 0
    if not count or not untaught.any():
        return sparse.csr_matrix(shape, dtype=np.float32)
    found = Exact(taught, threads).search(vectors[untaught], count)
    weights = np.maximum(found.scores, 0.0) ** 2
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), _TINY)
    starts = np.concatenate([[0], np.cumsum(count * untaught)])
    return sparse.csr_matrix((weights.ravel(), found.items.ravel(), starts), shape=shape)
