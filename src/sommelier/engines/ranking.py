"""From scores to lists: the k best items, written once for every engine."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from sommelier.engines.query import Query, cells
from sommelier.errors import DataError, UsageError
from sommelier.types import Floats, Ints, Nums

__all__ = ["Ranking", "best", "each", "pool_of", "top_k"]

_CELLS = 2_000_000  # scores held at once by a thread: 8 MB; more would leave the caches


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
    return _best(scores, k)[0]


def _best(scores: Floats, k: int) -> tuple[Nums, Floats]:
    """Return the columns as `best` does, and their scores."""
    n_rows, n = scores.shape
    k = min(k, n)
    if k == 0:
        return np.empty((n_rows, 0), np.int32), np.empty((n_rows, 0), np.float32)
    columns = _largest(scores, k) if k < n else np.broadcast_to(np.arange(n), (n_rows, n))
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    values = np.take_along_axis(values, order, axis=1)
    found = np.take_along_axis(columns, order, axis=1).astype(np.int32)
    found[np.isneginf(values)] = -1
    return found, values


def _largest(scores: Floats, k: int) -> Ints:
    """Return the columns of the k largest scores of each row, rising; of equals the first ones.

    The k-th largest value is a threshold: what is not below it is in, and where that is more than k
    because of ties, the last of those that equal it are dropped. So the choice never depends on the
    partition's order, and the partition moves values only, which is far quicker than moving places.
    """
    n_rows, n = scores.shape
    if 2 * np.count_nonzero(scores[:1]) < n:  # most are exactly 0
        edge = np.array([_edge(row, k) for row in scores], np.float32)[:, None]
    else:
        edge = np.partition(scores, n - k, axis=1)[:, n - k, None]
    chosen = scores >= edge
    surplus = np.count_nonzero(chosen, axis=1) - k
    for row in np.flatnonzero(surplus):
        chosen[row, np.flatnonzero(scores[row] == edge[row])[-surplus[row] :]] = False
    return np.asarray(np.flatnonzero(chosen).reshape(n_rows, k) % n)


def _edge(row: Floats, k: int) -> np.float32:
    """Return the k-th largest value of a row, seeking it among the positive ones if they are few.

    Engines that give most items exactly 0 would otherwise make the partition some 15 times slower.
    """
    high = row[row > 0]
    if len(high) < k:
        high = row
    return np.float32(np.partition(high, len(high) - k)[len(high) - k])


def top_k(
    score: Callable[[Sequence[Query], Nums | None], Floats],
    queries: Sequence[Query],
    k: int,
    n_items: int,
    *,
    candidates: Nums | None = None,
    seen: bool = False,
    threads: int = 1,
) -> Ranking:
    """Rank `candidates` (all items by default) for each query in batches of bounded memory.

    Several batches are ranked by `threads` threads (0: as many as there are), each on its own.
    Items of the query's own history, likes and dislikes are left out unless `seen` is true.
    NaN scores count as -inf. UsageError for a negative k, DataError for strange candidates.
    """
    if k < 0:
        raise UsageError(f"A list cannot have {k} places.")
    pool = None if candidates is None else pool_of(candidates, n_items)
    items = np.full((len(queries), k), -1, np.int32)
    values = np.full((len(queries), k), -np.inf, np.float32)
    reachable = k and (n_items if pool is None else len(pool))
    step = max(1, _CELLS // max(1, n_items))  # engines may need a whole row to fill a part of it

    def rank(start: int) -> None:
        batch = queries[start : start + step]
        scores = np.array(score(batch, pool), np.float32, order="C")  # ours to change
        np.copyto(scores, -np.inf, where=np.isnan(scores))
        if not seen:
            _hide(scores, batch, pool, n_items)
        columns, found = _best(scores, k)
        place = slice(start, start + len(batch)), slice(0, columns.shape[1])
        items[place] = columns if pool is None else np.where(columns < 0, -1, pool[columns])
        values[place] = found

    each(rank, range(0, len(queries) if reachable else 0, step), threads)
    return Ranking(items, values)


def each(work: Callable[[int], None], starts: range, threads: int) -> None:
    """Call `work` with every start, in `threads` threads (0: as many as there are)."""
    threads = threads or os.cpu_count() or 1
    if len(starts) <= 1 or threads == 1:
        for start in starts:
            work(start)
        return
    from threadpoolctl import threadpool_limits

    # Threads of the products inside would only wait for those outside.
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(min(threads, len(starts))) as workers:
        for _ in workers.map(work, starts):
            pass


def pool_of(candidates: Nums, n_items: int) -> Nums:
    """Return item_nums rising, each once; DataError for one that is not of the catalogue."""
    pool = np.asarray(candidates, np.int32)
    if not np.all(pool[1:] > pool[:-1]):  # a filter's are; sorting would take longer than ranking
        pool = np.unique(pool)
    if len(pool) and (pool[0] < 0 or pool[-1] >= n_items):
        raise DataError(
            f"Candidates must be items 0 to {n_items - 1}, not {pool[0]} to {pool[-1]}."
        )
    return pool


def _hide(scores: Floats, queries: Sequence[Query], pool: Nums | None, n_items: int) -> None:
    for told in ("history", "liked", "disliked"):
        known = cells([getattr(query, told) for query in queries], n_items)
        if pool is None:
            scores.reshape(-1)[known] = -np.inf
        elif len(known):
            rows, items = np.divmod(known, n_items)
            place = np.minimum(np.searchsorted(pool, items), len(pool) - 1)
            inside = pool[place] == items
            scores[rows[inside], place[inside]] = -np.inf
