"""ALS: matrix factorisation of implicit feedback (Hu, Koren & Volinsky 2008), over implicit.

Only the item factors are kept. Whoever asks, the query's own weights are folded in: one small least
squares problem gives the person's factors, so that strangers and known users take the same path.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data.dataset import Dataset
from sommelier.engines.base import EngineConfig
from sommelier.engines.nearest import VectorConfig, VectorEngine
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, likes_nothing, weight_matrix
from sommelier.errors import DataError
from sommelier.types import Floats, Nums

__all__ = ["ALS", "ALSConfig"]

_MORE = 3  # rounds by which new events are learned; a fourth changes little
_FEW = 8  # up to so many people Cholesky; for more, conjugate gradients are four times quicker


class ALSConfig(VectorConfig):
    """The factorisation, and how a query becomes weights."""

    embedding_size: Annotated[int, Setting(description="length of the factors", ge=1)] = 64
    epochs: Annotated[int, Setting(description="rounds of alternation", ge=1)] = 15
    reg: Annotated[float, Setting(description="ridge penalty on the factors", gt=0)] = 0.01
    alpha: Annotated[
        float, Setting(description="confidence 1 + alpha x weight of what was met", gt=0)
    ] = 20.0
    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 0.8
    disliked: Annotated[
        float, Setting(description="weight of a disliked item; a liked one weighs 1", le=0)
    ] = -0.5
    seed: Annotated[int, Setting(description="of the first factors", ge=0)] = 0


class ALS(VectorEngine):
    """Preference 1 with confidence 1 + alpha x weight for what was met, -1 for what was disliked.

    What was not met has preference 0 with confidence 1. A query that likes nothing yet starts from
    the average user.
    """

    name: ClassVar[str] = "als"
    Config: ClassVar[type[EngineConfig]] = ALSConfig
    config: ALSConfig
    exact: ClassVar[bool] = False
    # [n_items + embedding_size + 1, embedding_size]: the items; rows that stand for the penalty;
    # the average user. All in coordinates where items and penalty together have Gram matrix I, see
    # `_whitened`: a person's least squares then differ from I only by what the person told.
    factors: Floats

    def fit(self, dataset: Dataset) -> Self:
        """Factorise who met what; DataError if there are no events at all."""
        if not len(dataset.interactions):
            raise DataError(
                f"The engine {self.name!r} learns from events, and there are none.",
                hint="Without events use the engine 'content' or 'popularity'.",
            )
        self._train(dataset.interactions.matrix(), self.config.epochs)
        self.n_items = dataset.n_items
        return self

    def fit_partial(self, dataset: Dataset, former: Dataset) -> Self:
        """Go on from the factors for a few rounds; each lowers the loss that `fit` lowers."""
        if not len(dataset.interactions):
            return self.fit(dataset)
        self.grow(dataset)
        self._train(dataset.interactions.matrix(), _MORE, start=self.item_vectors / self._scale)
        return self

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items, whose factors are zero until somebody meets them, as in a refit."""
        fresh = np.zeros((newcomers(self, dataset), self.factors.shape[1]), np.float32)
        self.factors = np.vstack([self.item_vectors, fresh, self.factors[self.n_items :]])
        self.n_items = dataset.n_items
        return self

    def _train(
        self, matrix: sparse.csr_matrix, epochs: int, *, start: Floats | None = None
    ) -> None:
        """Alternate from random factors, or from those of the items."""
        from implicit.cpu.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        config = self.config
        with threadpool_limits(1, "blas"):  # implicit runs its own threads
            model = AlternatingLeastSquares(
                factors=config.embedding_size,
                regularization=config.reg,
                iterations=epochs,
                num_threads=config.threads,
                random_state=config.seed,
            )
            if start is not None:
                model.item_factors = np.ascontiguousarray(start)
                model.user_factors = np.zeros((matrix.shape[0], start.shape[1]), np.float32)
            matrix.data *= 1.0 + config.alpha
            model.fit(matrix, show_progress=False)
        self.factors = _whitened(model.item_factors, model.user_factors, config.reg)

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or only the columns `items`."""
        people = self.query_vectors(queries)
        known = self.item_vectors if items is None else self.item_vectors[items]
        return np.asarray(people @ known.T, np.float32)

    def query_vectors(self, queries: Sequence[Query]) -> Floats:
        """Return the factors of whoever asks [n_queries, embedding_size]."""
        return _fold(self._confidence(queries), self.factors)

    @property
    def item_vectors(self) -> Floats:
        """The factors of the items [n_items, embedding_size]."""
        return self.factors[: self.n_items]

    @property
    def _scale(self) -> Floats:
        """Divided by it, factors are in implicit's own coordinates, but for a rotation."""
        penalty: Floats = self.factors[self.n_items : -1].diagonal()
        return penalty / np.float32(np.sqrt(self.config.reg))

    def similar(self, items: Nums) -> Floats:
        """Return the cosine of factors, float32 [len(items), n_items]; 1 to itself."""
        self.ready()
        plain = self.item_vectors / self._scale
        length = np.maximum(np.linalg.norm(plain, axis=1), np.finfo(np.float32).tiny)
        cosine = (plain[items] @ plain.T) / length[items, None] / length
        found = np.clip(cosine, -1.0, 1.0).astype(np.float32)
        found[np.arange(len(items)), items] = 1.0
        return np.asarray(found)

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return each item's part of the score, which is a sum over the query (section 5 there)."""
        signed = self._confidence([query])
        factors = self.factors[signed.indices].astype(np.float64)
        told = np.eye(factors.shape[1]) + (factors.T * (np.abs(signed.data) - 1.0)) @ factors
        spoken = factors @ np.linalg.solve(told, self.item_vectors[item].astype(np.float64))
        parts = zip(signed.indices.tolist(), (spoken * signed.data).tolist(), strict=True)
        return {i: part for i, part in parts if i < self.n_items}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the factors."""
        return {"factors": self.factors}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take the factors back."""
        self.factors = arrays["factors"]

    def _confidence(self, queries: Sequence[Query]) -> sparse.csr_matrix:
        """Return confidence x preference float32 [n_queries, len(factors)]."""
        n_items, config = self.ready(), self.config
        given = weight_matrix(queries, n_items, decay=config.decay, disliked=config.disliked)
        given.eliminate_zeros()
        given.data = np.float32(config.alpha) * given.data + np.sign(given.data)
        lost = np.flatnonzero(likes_nothing(given))
        given.resize(len(queries), len(self.factors))
        if len(lost):  # with confidence 1 the average user's row, alone, solves to itself
            column = np.full(len(lost), len(self.factors) - 1)
            ones = (np.ones(len(lost), np.float32), (lost, column))
            given = given + sparse.csr_matrix(ones, shape=given.shape)
        return given


def _whitened(items: Floats, users: Floats, reg: float) -> Floats:
    """Return `ALS.factors` for implicit's factors; all products of user and item stay the same.

    With items' x items = V diag(v) V' the new coordinates are V / sqrt(v + reg).
    """
    values, rotation = np.linalg.eigh((items.T @ items).astype(np.float64))
    scale = 1.0 / np.sqrt(np.maximum(values, 0.0) + reg)
    average = (users.mean(axis=0) @ rotation) / scale
    rows = [items @ (rotation * scale), np.diag(np.sqrt(reg) * scale), average]
    return np.vstack(rows).astype(np.float32)


def _fold(signed: sparse.csr_matrix, factors: Floats) -> Floats:
    """Return the people's factors [n_queries, embedding_size]: the least squares of each row."""
    # The public `recalculate_user` would make the Gram matrix anew from the rows it is given.
    from implicit.cpu._als import _least_squares, _least_squares_cg

    n_people, size = signed.shape[0], factors.shape[1]
    people = np.zeros((n_people, size), np.float32)
    starts, indices, confidence = signed.indptr, signed.indices, signed.data
    mirrored = confidence < 0
    if n_people > _FEW and not mirrored.any() and indices.max() < len(factors) - 1:
        steps = _steps(signed, factors)
        rows = factors[:-1]
        _least_squares_cg(
            starts, indices, confidence, people, rows, 0.0, num_threads=1, cg_steps=steps
        )
        return people
    # implicit knows no preference -1; the same comes of preference 1 for the mirrored row.
    needed, places = np.unique(2 * indices.astype(np.int64) + mirrored, return_inverse=True)
    rows = factors[needed // 2] * np.where(needed % 2, -1, 1).astype(np.float32)[:, None]
    identity = np.eye(size, dtype=np.float32)
    _least_squares(
        identity,
        starts,
        places.astype(np.int32),
        np.abs(confidence),
        people,
        rows,
        0.0,
        num_threads=1,
    )
    return people


def _steps(signed: sparse.csr_matrix, factors: Floats) -> int:
    """Return the conjugate gradient steps that surely bring the error below 1e-3 of the start.

    Measured on MovieLens 1M it is then below 2e-4 of the largest score, and 2e-6 on average.

    The eigenvalues lie between 1 and 1 + what a person told: at most the largest extra confidence,
    as all items together have Gram matrix I, and at most its sum over items times their squares.
    """
    extra = sparse.csr_matrix((signed.data - 1.0, signed.indices, signed.indptr), signed.shape)
    told = float((extra @ np.einsum("ij,ij->i", factors, factors)).max())
    root = np.sqrt(1.0 + max(0.0, min(told, float(extra.data.max()))))
    rate = max((root - 1.0) / (root + 1.0), 1e-3)
    return int(min(np.ceil(np.log(0.5e-3) / np.log(rate)), 2 * factors.shape[1]))
