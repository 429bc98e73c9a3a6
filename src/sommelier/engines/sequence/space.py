"""Lengths and directions of vectors, and texts made comparable. NumPy only."""

import numpy as np

from sommelier.types import Bools, Floats

__all__ = ["centred", "lengths", "unit"]

_TINY = 1e-9  # keeps what has no length from being divided by it


def lengths(rows: Floats) -> Floats:
    """Return the length of each row, [n_rows, 1]."""
    return np.asarray(np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def unit(rows: Floats) -> Floats:
    """Return the rows at length one; those of no length stay as they are."""
    return np.asarray(rows / np.maximum(lengths(rows), _TINY), np.float32)


def centred(vectors: Floats, known: Bools, mean: Floats) -> Floats:
    """Return the vectors of texts less their mean, at length one; zero where none is `known`.

    The mean is what all items of a catalogue say, so it tells none of them from another.
    """
    return np.asarray(unit(vectors - mean) * known[:, None], np.float32)
