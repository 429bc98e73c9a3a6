"""What a search is asked, made fit for it: finite queries, allowed rows, places left out."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sommelier.engines.ranking import pool_of
from sommelier.errors import DataError, UsageError
from sommelier.types import Bools, Floats, Ints, Nums

__all__ = ["Allowed", "Vectors", "checked", "finite", "places", "pool"]

Vectors: TypeAlias = Floats | NDArray[np.float16]
Allowed: TypeAlias = Nums | Bools


def checked(queries: Floats, k: int, vectors: Vectors) -> Floats:
    """Return queries float32; UsageError for a negative k, DataError for others than finite ones
    of the vectors' length."""
    if k < 0:
        raise UsageError(f"A list cannot have {k} places.")
    asked = np.asarray(queries, np.float32)
    if asked.ndim != 2 or asked.shape[1] != vectors.shape[1]:
        raise DataError(f"Queries must be [n, {vectors.shape[1]}], not {list(asked.shape)}.")
    finite(asked, "query")
    return asked


def finite(vectors: Vectors, what: str) -> None:
    """Raise DataError where a vector holds NaN or infinity."""
    step = 65_536
    for first in range(0, len(vectors), step):
        wrong = ~np.isfinite(vectors[first : first + step]).all(axis=1)
        if wrong.any():
            row = first + int(np.argmax(wrong))
            raise DataError(f"The vector of {what} {row} holds numbers that are not finite.")


def pool(allowed: Allowed | None, n_items: int) -> Nums | None:
    """Return the allowed item_nums, rising; None is all. DataError for strange ones."""
    if allowed is None:
        return None
    if allowed.dtype != np.bool_:
        return pool_of(allowed.astype(np.int32), n_items)
    if allowed.shape != (n_items,):
        raise DataError(f"A mask must be [{n_items}], not {list(allowed.shape)}.")
    return np.flatnonzero(allowed).astype(np.int32)


def places(
    exclude: Sequence[Nums] | None, among: Nums | None, asked: Floats, n_items: int
) -> list[Ints]:
    """Return for each query the rising places in `among` (all items if None) it must not get."""
    if exclude is None:
        return [np.empty(0, np.int64)] * len(asked)
    if len(exclude) != len(asked):
        raise DataError(f"{len(asked)} queries, but items to exclude for {len(exclude)}.")
    found = []
    for items in exclude:
        gone = pool_of(items, n_items).astype(np.int64)
        if among is not None:
            gone = np.flatnonzero(np.isin(among, gone, assume_unique=True))
        found.append(gone)
    return found
