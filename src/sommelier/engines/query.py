"""What an engine scores: a history and what was said, not a user.

Users are only a way to look a history up, so a stranger in a chat, a session and a known user take
the same call, and new feedback changes the next ranking without retraining.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy import sparse

from sommelier.errors import DataError
from sommelier.types import Bools, Floats, Ints, Nums

__all__ = ["Query", "cells", "likes_nothing", "weight_matrix"]

_FAINT = 1e-7  # a decay below this is lost in float32 anyway; dropping it keeps rows short


def _none() -> Nums:
    return np.empty(0, np.int32)


@dataclass(frozen=True, eq=False)
class Query:
    """One request. Arrays are parallel and ordered oldest first.

    `liked` and `disliked` were said or shown in the conversation; `text` is what words alone can
    carry ("cosy, mind-bending"). All of them may be empty; a query with nothing in it gets the
    engine's opinion of everybody.
    """

    history: Nums = field(default_factory=_none)  # item_nums
    weights: Floats | None = None  # one per history item; None is all ones
    times: Ints | None = None  # seconds since 1970; None is unknown
    liked: Nums = field(default_factory=_none)
    disliked: Nums = field(default_factory=_none)
    text: str = ""

    @classmethod
    def of(cls, history: Sequence[int] | Nums = (), **more: object) -> Self:
        """Build from plain sequences: `Query.of([3, 5], liked=[7])`."""
        arrays = {
            key: np.asarray(value, np.int32) if key in ("liked", "disliked") else value
            for key, value in more.items()
        }
        return cls(np.asarray(history, np.int32), **arrays)  # type: ignore[arg-type]

    @property
    def seen(self) -> Nums:
        """Everything the person already knows, rising: history, likes and dislikes."""
        return np.unique(np.concatenate([self.history, self.liked, self.disliked]))


def weight_matrix(
    queries: Sequence[Query],
    n_items: int,
    *,
    decay: float = 1.0,
    liked: float = 1.0,
    disliked: float = -0.5,
) -> sparse.csr_matrix:
    """Return item weights of each query as float32 CSR [n_queries, n_items].

    The newest history item weighs 1, the one before it `decay`, then `decay` squared and so on,
    times the query's own weights; liked items weigh `liked`, disliked ones `disliked` (negative).
    An item that stands several times keeps its largest history weight. Liked beats history,
    disliked beats liked. DataError if a weight is not finite or an item is not of the catalogue.
    """
    keys, values = _history(queries, n_items, decay)
    said = [cells([getattr(q, name) for q in queries], n_items) for name in ("liked", "disliked")]
    if any(map(len, said)):
        keys, values = _last(
            np.concatenate([keys, *said]),
            np.concatenate([values, _level(said[0], liked), _level(said[1], disliked)]),
        )
    begins = np.arange(len(queries) + 1) * n_items
    starts = np.searchsorted(keys, begins)
    columns = keys - np.repeat(begins[:-1], np.diff(starts))
    return sparse.csr_matrix(
        (values, columns.astype(np.int32), starts.astype(np.int32)), shape=(len(queries), n_items)
    )


def likes_nothing(weights: sparse.csr_matrix) -> Bools:
    """Return which rows [n_queries] of a weight matrix have no positive weight."""
    liked = np.concatenate([[0], np.cumsum(weights.data > 0)])
    return np.asarray(liked[weights.indptr[1:]] == liked[weights.indptr[:-1]])


def cells(items: Sequence[Nums], n_items: int) -> Ints:
    """Return row * n_items + item for every item of every row; DataError for a strange item."""
    sizes = np.fromiter(map(len, items), np.int64, len(items))
    if not sizes.any():
        return np.empty(0, np.int64)
    joined = np.concatenate(items)
    if joined.min() < 0 or joined.max() >= n_items:
        stray = joined[(joined < 0) | (joined >= n_items)][0]
        raise DataError(f"A query names item {stray}, but items are numbered 0 to {n_items - 1}.")
    return np.asarray(np.repeat(np.arange(len(items)) * n_items, sizes) + joined)


def _history(queries: Sequence[Query], n_items: int, decay: float) -> tuple[Ints, Floats]:
    """Return the rising cells of all histories, and their weights."""
    histories = [query.history for query in queries]
    sizes = np.fromiter(map(len, histories), np.int64, len(histories))
    keys = cells(histories, n_items)
    values = np.ones(len(keys), np.float32)
    if decay != 1.0:
        newer = np.repeat(np.cumsum(sizes), sizes) - 1 - np.arange(len(keys))
        values = np.power(np.float32(decay), newer.astype(np.float32))
    known = values >= _FAINT
    if any(query.weights is not None for query in queries):
        values *= _weights(queries, sizes)
    if not known.all():
        keys, values = keys[known], values[known]
    if np.all(keys[1:] > keys[:-1]):
        return keys, values
    order = np.argsort(keys)
    keys, values = keys[order], values[order]
    new = np.concatenate([[True], keys[1:] != keys[:-1]])
    if new.all():
        return keys, values
    first = np.flatnonzero(new)
    return keys[first], np.maximum.reduceat(values, first)


def _weights(queries: Sequence[Query], sizes: Ints) -> Floats:
    parts = [
        np.ones(size, np.float32) if query.weights is None else np.asarray(query.weights)
        for query, size in zip(queries, sizes.tolist(), strict=True)
    ]
    if [len(part) for part in parts] != sizes.tolist():
        raise DataError("A query needs one weight per item of its history.")
    weights = np.concatenate(parts).astype(np.float32)
    if not np.isfinite(weights).all():
        raise DataError("The weights of a query must be finite numbers, not NaN or infinity.")
    return weights


def _level(cells: Ints, weight: float) -> Floats:
    return np.full(len(cells), weight, np.float32)


def _last(keys: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Sort by key; of equal keys the last given one stands."""
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    last = np.concatenate([keys[1:] != keys[:-1], [True]])
    return keys[last], values[last]
