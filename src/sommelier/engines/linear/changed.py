"""The inverse of a Gram matrix after some people's rows changed, without inverting anew.

The Gram matrix of X is the sum of x x' over its rows, so taking old rows out and new ones in
changes it by U' diag(s) U, where U holds these rows and s is +1 or -1. Woodbury's identity gives
the new inverse [n, n] from the old one in the time of k n^2 for k rows.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.data.interactions import Interactions
from sommelier.types import Floats

__all__ = ["changed_rows", "updated"]

_BLOCK = 256  # rows of the inverse changed at once


def changed_rows(now: Interactions, former: Interactions) -> tuple[sparse.csr_matrix, Floats]:
    """Return (rows [n, now.n_items], signs [n]): +1 the new rows of who changed, -1 their old ones.

    Users are matched by id; the items of `former` are the first of `now`. Empty rows are left out.
    """
    gone = [user for user in former.user_ids if user not in now.user_index]
    place = now.user_index | {user: now.n_users + n for n, user in enumerate(gone)}
    shape = len(place), now.n_items
    new, old = now.matrix(), former.matrix().tocoo()
    new.resize(shape)
    users = np.fromiter((place[user] for user in former.user_ids), np.int64, former.n_users)
    old = sparse.csr_matrix((old.data, (users[old.row], old.col)), shape=shape)
    differing = np.flatnonzero((new != old).getnnz(axis=1))
    rows = sparse.vstack([new[differing], old[differing]], format="csr")
    signs = np.repeat(np.array([1, -1], np.float32), len(differing))
    told = rows.getnnz(axis=1) > 0
    return rows[told], signs[told]


def updated(inverse: Floats, rows: sparse.csr_matrix, signs: Floats) -> Floats:
    """Return the inverse float32 [n, n], changed in place, of G + rows' diag(signs) rows."""
    seen: Floats = np.asarray(rows @ inverse, np.float32)
    small: NDArray[np.float64] = (
        np.diag(signs).astype(np.float64) + rows.astype(np.float64) @ seen.T
    )
    right = np.asarray(np.linalg.solve(small, seen), np.float32)
    for start in range(0, len(inverse), _BLOCK):
        inverse[start : start + _BLOCK] -= seen[:, start : start + _BLOCK].T @ right
    return inverse
