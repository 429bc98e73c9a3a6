"""Histories as training batches: rows of items, and the negatives to tell them from. NumPy only."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sequence.rows import Rows, newest, pack
from sommelier.types import Floats, Ints, Nums

__all__ = ["Batch", "epoch"]


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
