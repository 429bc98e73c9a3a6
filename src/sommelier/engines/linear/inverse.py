"""The inverse of a Gram matrix plus a ridge, in one array of single precision."""

import numpy as np

from sommelier.errors import ConfigError
from sommelier.types import Floats

__all__ = ["inverse"]

_BLOCK = 256


def inverse(gram: Floats, reg: float) -> Floats:
    """Return the inverse of gram + reg * I, float32 [n, n], made in the place of `gram`.

    Only the lower triangle of `gram` (Fortran order) is read. ConfigError if single precision does
    not suffice.
    """
    from scipy.linalg.lapack import spotrf, spotri

    gram[np.diag_indices_from(gram)] += np.float32(reg)
    factor, failed = spotrf(gram, lower=True, overwrite_a=True, clean=False)
    if not failed:
        factor, failed = spotri(factor, lower=True, overwrite_c=True)
    if failed:
        raise ConfigError(
            f"The regression cannot be solved in single precision with reg = {reg:g} on these "
            "events.",
            hint="Raise reg, for instance tenfold.",
        )
    found: Floats = factor.T  # rows lie together now; only the upper triangle is filled
    for start in range(0, len(found), _BLOCK):
        stop = min(start + _BLOCK, len(found))
        square = found[start:stop, start:stop]
        square[:] = np.triu(square) + np.triu(square, 1).T
        found[stop:, start:stop] = found[start:stop, stop:].T
    return found
