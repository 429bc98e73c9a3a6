"""Histories laid into rows, packed so that hardly a cell is wasted. NumPy only.

Several short histories lie in one row and do not see each other. The first cell of a history is the
start token, and the cell before an event predicts it, so every event is learned from.
"""

from dataclasses import dataclass

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.types import Ints

__all__ = ["Rows", "newest", "pack"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Packed sequences. Cells that hold nothing have segment -1 and place 0."""

    places: Ints  # [n_rows, width] 0 for the start token, 1 + item's place otherwise
    segments: Ints  # [n_rows, width] cells of one sequence share a number
    positions: Ints  # [n_rows, width] from 0, the start token
    cells: Ints  # [n_cells] where the real cells lie in the flattened rows, sequence by sequence
    lasts: Ints  # [n_sequences] which of `cells` is the newest of each


def newest(log: Interactions, count: int, *, skip: int = 0) -> tuple[Ints, Ints]:
    """Return (starts, sizes) of each user's newest `count` events before the last `skip`."""
    ends = np.maximum(log.starts[1:] - skip, log.starts[:-1])
    sizes = np.minimum(ends - log.starts[:-1], count)
    return ends - sizes, sizes


def pack(places: Ints, sizes: Ints) -> Rows:
    """Lay sequences of `sizes` items (their `places` joined) behind start tokens into rows.

    First fit, longest first; a row is as wide as the longest sequence.
    """
    lengths = sizes + 1
    width = int(lengths.max(initial=1))
    row, offset = np.zeros(len(sizes), np.int64), np.zeros(len(sizes), np.int64)
    free = np.full(len(sizes), width)
    for sequence in np.argsort(-lengths, kind="stable").tolist():
        length = lengths[sequence]
        found = int(np.argmax(free >= length))
        row[sequence], offset[sequence] = found, width - free[found]
        free[found] -= length
    height = int(row.max(initial=-1)) + 1
    begins = np.cumsum(lengths) - lengths
    steps = np.arange(lengths.sum()) - np.repeat(begins, lengths)
    cells = np.repeat(row * width + offset, lengths) + steps
    whole = np.zeros((3, height * width), np.int64)
    whole[1] = -1
    marked = np.zeros(len(cells), np.int64)
    marked[steps > 0] = places + 1
    whole[:, cells] = marked, np.repeat(np.arange(len(sizes)), lengths), steps
    held, segments, positions = whole.reshape(3, height, width)
    return Rows(held, segments, positions, cells, begins + lengths - 1)
