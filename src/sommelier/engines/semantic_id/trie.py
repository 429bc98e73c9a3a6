"""All items' codes as a tree: which code may follow which, and which items lie below. NumPy only.

A node is a beginning that some item has; on the last level it is that item. The nodes of a level
stand in the order of their codes, so those that go on from one node stand together, and so do the
items below it.
"""

from dataclasses import dataclass

import numpy as np

from sommelier.errors import DataError
from sommelier.types import Bools, Ints

__all__ = ["Level", "Trie"]


@dataclass(frozen=True, eq=False)
class Level:
    """The nodes of one level."""

    codes: Ints  # [n_nodes] the last code of each
    starts: Ints  # [n_nodes of the level before + 1] which nodes go on from which
    first: Ints  # [n_nodes + 1] where the items below each begin in `Trie.items`


class Trie:
    """The tree over codes [n_items, n_levels], which must be unique."""

    def __init__(self, codes: Ints) -> None:
        """DataError if two items have the same codes."""
        self.n_items = len(codes)
        self.items = np.lexsort(codes.T[::-1])  # item_nums in the order of their codes
        ordered = codes[self.items]
        before, new = np.array([0, len(codes)]), np.zeros(len(codes), bool)
        new[:1] = True
        self.levels: list[Level] = []
        self.nodes = np.empty(codes.shape, np.int64)  # each item's node on each level
        for level in range(codes.shape[1]):
            new[1:] |= ordered[1:, level] != ordered[:-1, level]
            first = np.append(np.flatnonzero(new), len(codes))
            starts = np.searchsorted(first[:-1], before)
            self.levels.append(Level(ordered[first[:-1], level], starts, first))
            self.nodes[self.items, level] = np.cumsum(new) - 1
            before = first
        if not new.all():
            raise DataError("Two items have the same codes, so one would be taken for the other.")

    def allowed(self, level: int, n_codes: int) -> Bools:
        """Return which codes may follow each node of the level before [n_nodes, n_codes]."""
        here = self.levels[level]
        may = np.zeros((len(here.starts) - 1, n_codes), bool)
        may[np.repeat(np.arange(len(may)), np.diff(here.starts)), here.codes] = True
        return may
