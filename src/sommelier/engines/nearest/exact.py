"""The largest inner products by looking at every vector, block by block.

Vectors may be a map of a file, in half or full precision: a block of them is in memory at a time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sommelier.engines.nearest.asked import Allowed, Vectors, checked, places, pool
from sommelier.engines.ranking import Ranking, best, each
from sommelier.types import Bools, Floats, Ints, Nums

__all__ = ["Exact"]

_CELLS = 2_000_000  # numbers of a block: 8 MB, which caches still hold
_BATCH = 64  # queries that share a pass over the vectors
_MANY = 4  # from this part of all on, allowed rows are not picked out: a pass over all is quicker


@dataclass(frozen=True, eq=False)
class Exact:
    """Every product of `vectors` [n_items, size]; `threads` share the batches, 0 is all."""

    vectors: Vectors
    threads: int = 0

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: Allowed | None = None,
        exclude: Sequence[Nums] | None = None,
    ) -> Ranking:
        """Return the k items of the largest products for `queries` [n_queries, size].

        Of the `allowed` items (numbers, or a mask [n_items]) less those `exclude` names for each
        query there are always min(k, how many exist), ties by item_num. DataError for numbers that
        are not finite and for strange items, UsageError for a negative k.
        """
        asked = checked(queries, k, self.vectors)
        among, shut = pool(allowed, len(self.vectors)), None  # rows to pick out, rows to pass over
        if among is not None and _MANY * len(among) > len(self.vectors):
            shut = np.ones(len(self.vectors), bool)
            shut[among] = False
            among = None
        gone = places(exclude, among, asked, len(self.vectors))
        items = np.full((len(asked), k), -1, np.int32)
        scores = np.full((len(asked), k), -np.inf, np.float32)

        def rank(start: int) -> None:
            batch = slice(start, start + _BATCH)
            self._rank(asked[batch], among, shut, gone[batch], items[batch], scores[batch])

        each(rank, range(0, len(asked) if k else 0, _BATCH), self.threads)
        return Ranking(items, scores)

    def _rank(
        self,
        asked: Floats,
        among: Nums | None,
        shut: Bools | None,
        gone: list[Ints],
        items: Nums,
        scores: Floats,
    ) -> None:
        """Fill `items` and `scores`, block by block: only what beats the last place is sorted."""
        n = len(self.vectors) if among is None else len(among)
        step = max(1, _CELLS // max(1, self.vectors.shape[1]))
        for first in range(0, n, step):
            end = min(first + step, n)
            block = self.vectors[first:end] if among is None else self.vectors[among[first:end]]
            products = np.asarray(asked @ block.astype(np.float32, copy=False).T, np.float32)
            if shut is not None:
                products[:, shut[first:end]] = -np.inf
            for row, found in enumerate(products):
                inside = slice(*np.searchsorted(gone[row], (first, end)))
                found[gone[row][inside] - first] = -np.inf
                better = np.flatnonzero(found > scores[row, -1])  # of equals the first ones stay
                if len(better):
                    numbers = first + better if among is None else among[first + better]
                    _merge(items[row], scores[row], numbers, found[better])


def _merge(items: Nums, scores: Floats, more: Ints | Nums, products: Floats) -> None:
    """Keep the best of a list and `more`, whose numbers are higher than all of the list."""
    numbers, values = np.concatenate([items, more]), np.concatenate([scores, products])
    chosen = best(values[None], len(items))[0]
    items[:] = np.where(chosen < 0, -1, numbers[chosen])
    scores[:] = np.where(chosen < 0, -np.inf, values[chosen])
