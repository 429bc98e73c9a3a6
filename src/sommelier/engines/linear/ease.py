"""EASE: every item's ridge regression on all others, in closed form (Steck 2019).

With the Gram matrix G of who met what and P the inverse of G + reg * I, the weight from item i to
item j is -P[i, j] / P[j, j], and 0 on the diagonal. Up to `dense_items` items it is computed so, in
one array. Above, each item is regressed on its most telling others only (see `sparse_ease`), which
comes to the same when these are all others.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data.dataset import Dataset
from sommelier.engines.base import EngineConfig
from sommelier.engines.linear.base import LinearConfig, LinearEngine, Weights
from sommelier.engines.linear.changed import changed_rows, updated
from sommelier.engines.linear.inverse import inverse
from sommelier.engines.online import newcomers
from sommelier.types import Floats, Nums

__all__ = ["EASE", "EASEConfig"]

_BLOCK = 256  # columns of the Gram matrix made at once
_FEW = 0.25  # changed rows for each item: with more, inverting anew takes no longer


class EASEConfig(LinearConfig):
    """How strongly weights are held back, and from which size on they are stored sparse."""

    reg: Annotated[float, Setting(description="ridge penalty added to the diagonal", gt=0)] = 100.0
    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 0.8
    dense_items: Annotated[
        int,
        Setting(description="largest catalogue held as one n x n float32 array", ge=0, le=46_000),
    ] = 30_000
    neighbours: Annotated[
        int, Setting(description="above dense_items: others an item is regressed on", ge=1)
    ] = 100


class EASE(LinearEngine):
    """The weights are those of EASE; the newest items of the history count most."""

    name: ClassVar[str] = "ease"
    Config: ClassVar[type[EngineConfig]] = EASEConfig
    config: EASEConfig
    exact: ClassVar[bool] = True
    spread: Floats  # [n_items] variance that the others leave unexplained: 1 / P[j, j]

    def learn(self, matrix: sparse.csr_matrix) -> Weights:
        """Return the weights, dense or sparse by the number of items."""
        from threadpoolctl import threadpool_limits

        from sommelier.engines.linear.sparse_ease import sparse_ease

        config = self.config
        if matrix.shape[1] > config.dense_items:
            weights, self.spread = sparse_ease(
                matrix, reg=config.reg, neighbours=config.neighbours, threads=config.threads
            )
            return weights
        with threadpool_limits(config.threads or None):
            weights, self.spread = _dense(matrix, config.reg, config.threads)
        return weights

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items, which say nothing yet and score 0, as a refit without their events."""
        more = newcomers(self, dataset)
        super().grow(dataset)
        self.spread = np.pad(self.spread, (0, more), constant_values=self.config.reg)
        return self

    def fit_partial(self, dataset: Dataset, former: Dataset) -> Self:
        """Change the inverse by who changed; `fit` where these are many or weights are sparse."""
        from threadpoolctl import threadpool_limits

        newcomers(self, dataset)
        n_items, log = dataset.n_items, dataset.interactions
        rows, signs = changed_rows(log, former.interactions)
        dense = n_items <= self.config.dense_items and not sparse.issparse(self.weights)
        if not dense or len(signs) > _FEW * n_items or not len(log):
            return self.fit(dataset)
        self.grow(dataset)
        inverted = self.weights / -self.spread
        np.fill_diagonal(inverted, 1.0 / self.spread)
        with threadpool_limits(self.config.threads or None):
            self.weights, self.spread = _of_inverse(updated(inverted, rows, signs))
        self.set_everyone(log.matrix())
        return self

    def similar(self, items: Nums) -> Floats:
        """Return the partial correlation float32 [len(items), n_items]; 1 to itself."""
        self.ready()
        rows = self.weights[items]
        if sparse.issparse(rows):
            rows = rows.toarray()
        scale = np.sqrt(self.spread[items, None] / self.spread)
        found = np.clip(rows * scale, -1.0, 1.0).astype(np.float32)
        found[np.arange(len(items)), items] = 1.0
        return np.asarray(found)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights and the unexplained variance."""
        return {**super().arrays(), "spread": self.spread}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        super().restore(arrays, dataset)
        self.spread = arrays["spread"]


def _dense(matrix: sparse.csr_matrix, reg: float, threads: int) -> tuple[Floats, Floats]:
    """Return (weights, spread), working in one Fortran-ordered n x n float32 array throughout."""
    return _of_inverse(inverse(_gram(matrix, threads), reg))


def _of_inverse(weights: Floats) -> tuple[Floats, Floats]:
    """Return (weights, spread), made in the place of the inverse."""
    spread = np.asarray(1.0 / np.diagonal(weights), np.float32)
    weights *= -spread
    np.fill_diagonal(weights, 0.0)
    return weights, spread


def _gram(matrix: sparse.csr_matrix, threads: int) -> Floats:
    """Return the lower triangle of matrix' x matrix, in blocks of columns, Fortran-ordered."""
    n_items = matrix.shape[1]
    by_item = matrix.T.tocsr()
    gram = np.zeros((n_items, n_items), np.float32, order="F")

    def fill(start: int) -> None:
        first, rest = by_item.indptr[start], by_item.indptr[start:]
        below = sparse.csr_matrix(  # a view: slicing would copy the log for every block
            (by_item.data[first:], by_item.indices[first:], rest - first),
            shape=(n_items - start, by_item.shape[1]),
        )
        part = (below @ by_item[start : start + _BLOCK].T.tocsr()).tocoo()
        gram[start + part.row, start + part.col] = part.data

    with ThreadPoolExecutor(threads or os.cpu_count()) as workers:
        for _ in workers.map(fill, range(0, n_items, _BLOCK)):
            pass
    return gram
