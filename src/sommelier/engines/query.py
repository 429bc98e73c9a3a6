"""What an engine scores: a history and what was said, not a user.

Users are only a way to look a history up, so a stranger in a chat, a session and a known user take
the same call, and new feedback changes the next ranking without retraining.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from scipy import sparse

from sommelier.types import Floats, Ints, Nums

__all__ = ["Query", "weight_matrix"]


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
        """Everything the person already knows: history, likes and dislikes."""
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
    An item that stands several times keeps its largest history weight. Disliked beats liked.
    """
    sizes: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    for query in queries:
        n = len(query.history)
        weights = np.power(np.float32(decay), np.arange(n - 1, -1, -1, dtype=np.float32))
        if query.weights is not None:
            weights = weights * query.weights
        merged: dict[int, float] = {}
        for item, weight in zip(query.history.tolist(), weights.tolist(), strict=True):
            merged[item] = max(weight, merged.get(item, weight))
        merged.update(dict.fromkeys(query.liked.tolist(), liked))
        merged.update(dict.fromkeys(query.disliked.tolist(), disliked))
        sizes.append(len(merged))
        columns.extend(merged)
        values.extend(merged.values())
    starts = np.concatenate([[0], np.cumsum(sizes)])
    matrix = sparse.csr_matrix(
        (np.asarray(values, np.float32), np.asarray(columns, np.int32), starts.astype(np.int32)),
        shape=(len(queries), n_items),
    )
    matrix.sort_indices()
    return matrix
