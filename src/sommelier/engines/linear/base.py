"""What the item-to-item engines share: scores are the query's weights times one item-item matrix.

Score of item j: the sum over the query's items i of weight(i) times weights[i, j]. The matrix may
be a dense array or a sparse one; how it is learned is the engine's own business.
"""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, likes_nothing, weight_matrix
from sommelier.errors import DataError
from sommelier.types import Floats, Nums

__all__ = ["LinearConfig", "LinearEngine", "Weights", "product"]

# Floats or sparse.csr_matrix [n_items, n_items], from the query's item to the scored one
Weights: TypeAlias = Any

_DENSE_SHARE = 0.02  # above it a full matrix product beats one walk per stored weight


class LinearConfig(EngineConfig):
    """How a query becomes weights."""

    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 1.0
    disliked: Annotated[
        float, Setting(description="weight of a disliked item; a liked one weighs 1", le=0)
    ] = -0.5


class LinearEngine(Engine):
    """An engine whose knowledge is one matrix and, for those who said nothing, one row."""

    config: LinearConfig
    weights: Weights  # zero diagonal: an item says nothing about itself
    everyone: Floats  # [n_items] scores of the average user, for queries that like nothing yet

    def fit(self, dataset: Dataset) -> Self:
        """Learn the matrix from who met what; DataError if there are no events at all."""
        if not len(dataset.interactions):
            raise DataError(
                f"The engine {self.name!r} learns from events, and there are none.",
                hint="Without events use the engine 'content' or 'popularity'.",
            )
        matrix = dataset.interactions.matrix()
        self.weights = self.learn(matrix)
        self.set_everyone(matrix)
        self.n_items = dataset.n_items
        return self

    def set_everyone(self, matrix: sparse.csr_matrix) -> None:
        """Take the mean of all rows float32 [n_users, n_items] for the average user."""
        average = np.asarray(matrix.mean(axis=0), np.float32).ravel()
        self.everyone = np.asarray(average @ self.weights, np.float32).ravel()

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items, which say nothing yet and score 0, as a refit without their events."""
        more = newcomers(self, dataset)
        if sparse.issparse(self.weights):
            self.weights = self.weights.copy()
            self.weights.resize(dataset.n_items, dataset.n_items)
        else:
            self.weights = np.pad(self.weights, (0, more))
        self.everyone = np.pad(self.everyone, (0, more))
        self.n_items = dataset.n_items
        return self

    @abstractmethod
    def learn(self, matrix: sparse.csr_matrix) -> Weights:
        """Return the item-item matrix for ones float32 [n_users, n_items]."""

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or only the columns `items`."""
        given = self._given(queries)
        scores = product(given, self.weights)
        scores[likes_nothing(given)] += self.everyone
        return scores if items is None else scores[:, items]

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return weight times matrix entry for every item of the query that speaks to `item`."""
        given = self._given([query])
        column = self.weights[given.indices, item]
        if sparse.issparse(column):
            column = column.toarray().ravel()
        spoken = given.data * column
        return {int(i): float(s) for i, s in zip(given.indices, spoken, strict=True) if s}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the matrix and the average row."""
        kept = {"everyone": self.everyone}
        if not sparse.issparse(self.weights):
            return {**kept, "weights": self.weights}
        parts = {"data": self.weights.data, "indices": self.weights.indices}
        return {**kept, **parts, "starts": self.weights.indptr}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self.everyone = arrays["everyone"]
        if "weights" in arrays:
            self.weights = arrays["weights"]
        else:
            parts = (arrays["data"], arrays["indices"], arrays["starts"])
            self.weights = sparse.csr_matrix(parts, shape=(dataset.n_items, dataset.n_items))

    def _given(self, queries: Sequence[Query]) -> sparse.csr_matrix:
        return weight_matrix(
            queries, self.ready(), decay=self.config.decay, disliked=self.config.disliked
        )


def product(given: sparse.csr_matrix, weights: Weights) -> Floats:
    """Return given @ weights as dense float32, the quickest way for how full `given` is."""
    n_rows, n_items = given.shape
    if not sparse.issparse(weights):
        crowded = given.nnz > _DENSE_SHARE * n_rows * n_items
        return np.asarray((given.toarray() if crowded else given) @ weights, np.float32)
    if n_rows == 1:  # a product of sparse matrices would first count, then sort
        return np.asarray((weights[given.indices].T @ given.data)[None], np.float32)
    return np.asarray((given @ weights).toarray(), np.float32)
