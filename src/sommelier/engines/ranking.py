"""From scores to lists: the k best items, written once for every engine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sommelier.engines.query import Query
from sommelier.types import Floats, Nums

__all__ = ["Ranking", "best", "top_k"]

_CELLS = 32_000_000  # scores held at once: 128 MB of float32


@dataclass(frozen=True, eq=False)
class Ranking:
    """Lists of items, best first; short lists are filled with item -1 and score -inf."""

    items: Nums  # [n_queries, k]
    scores: Floats  # [n_queries, k]

    def __len__(self) -> int:
        return len(self.items)

    def row(self, query: int) -> Iterator[tuple[int, float]]:
        """Yield (item_num, score) of one query, best first, without the filling."""
        for item, score in zip(
            self.items[query].tolist(), self.scores[query].tolist(), strict=True
        ):
            if item >= 0:
                yield item, score


def best(scores: Floats, k: int) -> Nums:
    """Return the columns of the k largest scores of each row, best first, ties by column.

    Cells of -inf are never chosen: their place holds -1. `scores` is [n_rows, n_columns].
    """
    n_rows, n = scores.shape
    k = min(k, n)
    if k == 0:
        return np.empty((n_rows, 0), np.int32)
    if k < n:
        # The k-th largest value is a threshold; columns above it are in, and of those equal to it
        # the first ones fill the rest, so that ties never depend on the partition's order.
        edge = np.partition(scores, n - k, axis=1)[:, n - k, None]
        above = scores > edge
        room = k - above.sum(axis=1, keepdims=True)
        level = scores == edge
        several = level.sum(axis=1) > room[:, 0]
        if several.any():
            level[several] &= np.cumsum(level[several], axis=1) <= room[several]
        columns = np.nonzero(above | level)[1].reshape(n_rows, k)
    else:
        columns = np.broadcast_to(np.arange(n), (n_rows, n))
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    found = np.take_along_axis(columns, order, axis=1).astype(np.int32)
    found[np.isneginf(np.take_along_axis(values, order, axis=1))] = -1
    return found


def top_k(
    score: Callable[[Sequence[Query], Nums | None], Floats],
    queries: Sequence[Query],
    k: int,
    n_items: int,
    *,
    candidates: Nums | None = None,
    seen: bool = False,
) -> Ranking:
    """Rank `candidates` (all items by default) for each query in batches of bounded memory.

    Items of the query's own history, likes and dislikes are left out unless `seen` is true.
    NaN scores count as -inf.
    """
    pool = None if candidates is None else np.unique(candidates).astype(np.int32)
    width = n_items if pool is None else len(pool)
    parts, values = (
        [np.empty((0, min(k, width)), np.int32)],
        [np.empty((0, min(k, width)), np.float32)],
    )
    step = max(1, _CELLS // max(1, width))
    for start in range(0, len(queries), step):
        batch = queries[start : start + step]
        scores = np.array(score(batch, pool), np.float32)  # ours to change
        scores[np.isnan(scores)] = -np.inf
        if not seen:
            _hide(scores, batch, pool)
        columns = best(scores, k)
        chosen = np.take_along_axis(scores, np.maximum(columns, 0), axis=1)
        chosen[columns < 0] = -np.inf
        items = columns if pool is None else np.where(columns < 0, -1, pool[np.maximum(columns, 0)])
        parts.append(items.astype(np.int32))
        values.append(chosen)
    return Ranking(np.concatenate(parts), np.concatenate(values))


def _hide(scores: Floats, queries: Sequence[Query], pool: Nums | None) -> None:
    for row, query in enumerate(queries):
        if pool is None:
            scores[row, query.seen] = -np.inf
        else:
            scores[row, np.isin(pool, query.seen)] = -np.inf
