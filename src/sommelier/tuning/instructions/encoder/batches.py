"""Rows as batches: what was said, and the place of the right item in its own catalogue.

The rows of a batch are of one catalogue, so that its items can stand in the loss. Which batch comes
when follows from seed and step alone, so a run goes on anywhere. Knows no model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np

from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow, Split
from sommelier.types import Floats, Nums

__all__ = ["Batch", "Shelf", "batch", "shelves"]

_LONG: Final = 400  # letters from which a text counts as long, and half as many make a batch


@dataclass(frozen=True, eq=False)
class Shelf:
    """One catalogue: its items' vectors [n_items, size], and what was said for which item."""

    name: str
    vectors: Floats
    texts: tuple[str, ...]
    targets: Nums


@dataclass(frozen=True, eq=False)
class Batch:
    """Texts [n], their items' places [n] among `items`, and those [n_items] of the shelf."""

    shelf: Shelf
    texts: tuple[str, ...]
    targets: Nums
    items: Nums


def shelves(
    rows: Iterable[InstructionRow],
    catalogues: Mapping[str, tuple[Mapping[str, int], Floats]],
) -> dict[Split, list[Shelf]]:
    """Return what is said in each split, by catalogue: name -> (item_id -> place, vectors).

    Reads the rows once and keeps their words only. DataError where nothing is left to train on.
    Rows of other catalogues and of lost items are passed over.
    """
    said: dict[Split, dict[str, list[tuple[str, int]]]] = {"train": {}, "dev": {}, "test": {}}
    for row in rows:
        index = catalogues[row.set][0] if row.set in catalogues else {}
        if row.spoken and row.target in index:
            told = said[row.split].setdefault(row.set, [])
            told.append((row.spoken, index[row.target]))
    if not said["train"]:
        raise DataError("No row to train on says anything about an item of these catalogues.")
    return {
        split: [_shelf(name, catalogues, of[name]) for name in of] for split, of in said.items()
    }


def _shelf(
    name: str,
    catalogues: Mapping[str, tuple[Mapping[str, int], Floats]],
    said: list[tuple[str, int]],
) -> Shelf:
    texts, targets = zip(*said, strict=True)
    return Shelf(name, catalogues[name][1], texts, np.array(targets, np.int32))


def batch(given: list[Shelf], step: int, *, size: int, most: int, seed: int) -> Batch:
    """Return the batch of a step: a shelf by the root of its rows, up to `most` of its items."""
    rng = Random(f"{seed} {step}")
    shelf = rng.choices(given, [len(one.texts) ** 0.5 for one in given])[0]
    rows = rng.sample(range(len(shelf.texts)), min(size, len(shelf.texts)))
    if sum(len(shelf.texts[row]) for row in rows) > _LONG * len(rows):
        rows = rows[: max(len(rows) // 2, 1)]
    wanted, n_items = shelf.targets[rows], len(shelf.vectors)
    items = np.arange(n_items, dtype=np.int32)
    if n_items > most:
        others = np.random.default_rng([seed, step]).choice(n_items, most, replace=False)
        items = np.union1d(others, wanted).astype(np.int32)
    texts = tuple(shelf.texts[row] for row in rows)
    return Batch(shelf, texts, np.searchsorted(items, wanted).astype(np.int32), items)
