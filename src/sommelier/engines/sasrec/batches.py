"""Histories as training batches, packed so that hardly a cell is wasted. NumPy only.

Several short histories lie in one row and do not see each other. The first cell of a history is the
start token, and the cell before an event predicts it, so every event is learned from.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.types import Floats, Ints, Nums

__all__ = ["Batch", "Rows", "epoch", "newest", "pack"]


@dataclass(frozen=True, eq=False)
class Rows:
    """Packed sequences. Cells that hold nothing have segment -1 and place 0."""

    places: Ints  # [n_rows, width] 0 for the start token, 1 + item's place otherwise
    segments: Ints  # [n_rows, width] cells of one sequence share a number
    positions: Ints  # [n_rows, width] from 0, the start token
    cells: Ints  # [n_cells] where the real cells lie in the flattened rows, sequence by sequence
    lasts: Ints  # [n_sequences] which of `cells` is the newest of each


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's worth: rows of items, what each cell should predict, and what it should not."""

    items: Nums  # [n] the items that occur, rising; places below are places in here
    rows: Rows
    targets: Ints  # [n_cells]
    negatives: Ints  # [n_negatives]
    shift: Floats  # [n_negatives] what is added to their logits

    def __len__(self) -> int:
        return len(self.targets)


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


def epoch(log: Interactions, pool: Nums, config: SASRecConfig, number: int) -> Iterator[Batch]:
    """Yield all people once, in an order that follows from the seed and the epoch's `number`.

    Negatives are drawn from the items of `pool`.
    """
    rng = np.random.default_rng([config.seed, number])
    starts, sizes = newest(log, config.window + 1)
    people = rng.permutation(np.flatnonzero(sizes))
    draw = _Draw(log, pool, config, rng)
    for begin in range(0, len(people), config.batch_size):
        who = people[begin : begin + config.batch_size]
        yield _batch(log, starts[who], sizes[who], draw)


class _Draw:
    """Draws a batch's negatives, and knows how often each item is expected among them."""

    def __init__(
        self, log: Interactions, pool: Nums, config: SASRecConfig, rng: np.random.Generator
    ) -> None:
        self._pool, self._config, self._rng = pool, config, rng
        self._share = np.bincount(log.items, minlength=log.n_items) / max(1, len(log))

    def __call__(self, wanted: Nums) -> tuple[Nums, Floats]:
        """Return items and what is added to their logits: minus log of how often they come."""
        config = self._config
        if not config.negatives:
            return self._pool, np.zeros(len(self._pool), np.float32)
        even = self._rng.choice(self._pool, config.negatives)
        drawn = np.concatenate([even, self._rng.choice(wanted, config.in_batch)])
        if not config.log_q or config.loss == "gbce":
            return drawn, np.zeros(len(drawn), np.float32)
        often = config.negatives / len(self._pool) + config.in_batch * self._share[drawn]
        return drawn, -np.log(often).astype(np.float32)


def _batch(log: Interactions, starts: Ints, sizes: Ints, draw: _Draw) -> Batch:
    events = np.repeat(starts - np.cumsum(sizes) + sizes, sizes) + np.arange(sizes.sum())
    wanted = log.items[events]
    drawn, shift = draw(wanted)
    items = np.unique(np.concatenate([wanted, drawn]))
    targets = np.searchsorted(items, wanted)
    shown = np.ones(len(wanted), bool)
    shown[np.cumsum(sizes) - 1] = False  # the newest is only predicted
    rows = pack(targets[shown], sizes - 1)
    return Batch(items, rows, targets, np.searchsorted(items, drawn), shift)
