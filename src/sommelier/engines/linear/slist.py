"""SLIST: the next item regressed on a fading past, drawn towards what the texts say.

The matrix B from past items to next ones minimises, in closed form (after Choi et al. 2021),

    sum over events |next - s B|^2  +  together * sum over users |x - x B|^2  +  reg * |B - T|^2

without an item speaking for itself, where s is the past in which the newest item weighs 1 and each
older one `fade` times the next newer, x is the whole history, and T is `text` times the likeness of
two items' texts. With `slow` there is a second, longer past beside the first, with a matrix of its
own, which pays where histories are long. So where events are few the texts decide, and items that
nobody has met have a place from the first day. B is kept as a dense matrix among the items with
events (the most popular `dense_items` of them) plus a product of two thin ones; words that were
said count as an item of that text that nobody has met. What was learned of the `near` items of the
nearest texts, weighed by the square of how alike they are, also speaks for an item that no event
taught; its scores, still small beside the others', are raised by the factor `cold`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.linear.base import LinearConfig, product
from sommelier.engines.linear.drawn import drawn_regression
from sommelier.engines.linear.transitions import transitions
from sommelier.engines.linear.unmet import heard_through
from sommelier.engines.meaning import Meaning
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, likes_nothing, weight_matrix
from sommelier.errors import DataError
from sommelier.llm.encoder import Encoder
from sommelier.types import Floats, Ints, Nums

__all__ = ["SLIST", "SLISTConfig"]

_PARTS = ("data", "indices", "indptr")  # of a sparse matrix


class SLISTConfig(LinearConfig):
    """What the regression sees, and how strongly it is held."""

    reg: Annotated[float, Setting(description="pull towards what the texts say", gt=0)] = 50.0
    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 0.7
    fade: Annotated[
        float, Setting(description="the same decay in the pasts it learns from", gt=0, le=0.95)
    ] = 0.7
    slow: Annotated[
        float,
        Setting(
            description="fade of a second, slower past beside the first; 0 for none", ge=0, le=0.98
        ),
    ] = 0.0
    together: Annotated[
        float, Setting(description="weight of what is met together in whatever order", ge=0)
    ] = 0.3
    text: Annotated[
        float, Setting(description="weight of alike texts; 0 works without an encoder", ge=0)
    ] = 0.05
    cold: Annotated[
        float, Setting(description="factor of the scores of items that no event taught", gt=0)
    ] = 1.3
    near: Annotated[
        int,
        Setting(description="items of the nearest texts that speak for one no event taught", ge=0),
    ] = 10
    said: Annotated[
        float, Setting(description="weight of the words of the query, in units of an item", ge=0)
    ] = 2.0
    dense_items: Annotated[
        int,
        Setting(description="most items that events teach; others have text", ge=1, le=46_000),
    ] = 20_000


class SLIST(Engine):
    """Next items by closed form: order, company and text in one matrix."""

    name: ClassVar[str] = "slist"
    Config: ClassVar[type[EngineConfig]] = SLISTConfig
    config: SLISTConfig
    _taught: Nums  # [n_taught] items that events teach, rising
    _place: Nums  # [n_items] place among them, -1 for the others
    _near: sparse.csr_matrix  # [n_items, n_taught] who speaks for an item that no event taught
    _dense: Floats  # [n_pasts, n_taught, n_taught]
    _thin: Floats  # [n_pasts, n_items, size]; times the vectors of `_meaning` it is the rest
    _meaning: Meaning
    _everyone: Floats  # [n_items] scores of the average user, for queries that like nothing yet

    def __init__(self, config: EngineConfig | None = None, encoder: Encoder | None = None) -> None:
        """Without an `encoder` the installed one is opened when text is first met."""
        super().__init__(config)
        self.encoder = encoder

    def fit(self, dataset: Dataset) -> Self:
        """Learn from order, company and text; DataError if there are no events at all.

        Where no encoder is installed, it learns from the events alone.
        """
        from threadpoolctl import threadpool_limits

        log, config = dataset.interactions, self.config
        if not len(log):
            raise DataError(
                f"The engine {self.name!r} learns from events, and there are none.",
                hint="Without events use the engine 'content' or 'popularity'.",
            )
        texts = dataset.catalog.texts() if config.text else [""] * dataset.n_items
        self._meaning = Meaning.of(texts, self.encoder, threads=config.threads)
        self._choose_taught(np.bincount(log.items, minlength=log.n_items))
        with threadpool_limits(config.threads or None):
            self._learn(log)
        self.n_items = dataset.n_items
        self._set_everyone(log)
        return self

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items, which stand by their text alone, as those that nobody has met."""
        texts = dataset.catalog.texts()[self.n_items :] if newcomers(self, dataset) else []
        hint = f"Fit it again: sommelier fit WORKSPACE --engines {self.name}"
        vectors = self._meaning.of_more(texts, self.encoder, hint, threads=self.config.threads)
        self._meaning = replace(self._meaning, vectors=np.vstack([self._meaning.vectors, vectors]))
        self._thin = np.concatenate([self._thin, self._by_text(vectors)], axis=1)
        self._set_taught(self._taught, dataset.n_items)
        self._near = sparse.vstack([self._near, self._heard_through(self.n_items)], format="csr")
        self.n_items = dataset.n_items
        self._set_everyone(dataset.interactions)
        return self

    def _set_everyone(self, log: Interactions) -> None:
        average = [sparse.csr_matrix(log.matrix().mean(axis=0), dtype=np.float32)] * len(
            self._fades
        )
        self._everyone = self._spoken(average, self._thin_side(average), None)[0]

    def _choose_taught(self, counts: Ints) -> None:
        """Choose the items that events teach: those with events, `dense_items` of all pasts."""
        most = np.argsort(-counts, kind="stable")[: self.config.dense_items // len(self._fades)]
        self._set_taught(np.sort(most[counts[most] > 0]).astype(np.int32), len(counts))

    def _set_taught(self, taught: Nums, n_items: int) -> None:
        self._taught = taught
        self._place = np.full(n_items, -1, np.int32)
        self._place[taught] = np.arange(len(taught))

    @property
    def _fades(self) -> tuple[float, ...]:
        return (self.config.fade, self.config.slow) if self.config.slow else (self.config.fade,)

    def _learn(self, log: Interactions) -> None:
        part = log.keep(self._place[log.items] >= 0)
        n_taught, n_pasts = len(self._taught), len(self._fades)
        ordered = transitions(self._place[part.items], part.starts, n_taught, self._fades)
        met = part.matrix()[:, self._taught]
        company = (met.T @ met) * np.float32(self.config.together)
        vectors = self._meaning.vectors
        dense, thin = drawn_regression(
            (ordered.past + sparse.block_diag([company] * n_pasts)).tocsr(),
            (ordered.onto + sparse.hstack([company] * n_pasts)).tocsr(),
            vectors[self._taught] * np.float32(np.sqrt(self.config.text)),
            reg=self.config.reg,
        )
        self._dense = dense.reshape(n_pasts, n_taught, n_taught)
        self._thin = self._by_text(vectors)
        thin *= np.float32(np.sqrt(self.config.text))
        self._thin[:, self._taught] = thin.reshape(n_pasts, n_taught, vectors.shape[1])
        self._near = self._heard_through(0)

    def _heard_through(self, first: int) -> sparse.csr_matrix:
        """Return who speaks for each item from `first` on, [n, n_taught]."""
        vectors, untaught = self._meaning.vectors, self._place[first:] < 0
        taught, config = vectors[self._taught], self.config
        return heard_through(vectors[first:], untaught, taught, config.near, threads=config.threads)

    def _by_text(self, vectors: Floats) -> Floats:
        """Return the thin rows [n_pasts, n, size] of items that no event taught."""
        rows = np.zeros((len(self._fades), *vectors.shape), np.float32)
        rows[0] = vectors * np.float32(self.config.text)
        return rows

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or only the columns `items`."""
        given = self._given(queries)
        scores = self._spoken(given, self._thin_side(given) + self._said(queries), items)
        nothing = likes_nothing(given[0])
        if nothing.any():
            scores[nothing] += self._everyone if items is None else self._everyone[items]
        return scores

    def similar(self, items: Nums) -> Floats:
        """Return how strongly each item leads to the others, float32 [len(items), n_items]."""
        found = self.score([Query(np.array([item], np.int32)) for item in items])
        rows = np.arange(len(items))
        found[rows, items] = np.maximum(1.0, found.max(axis=1, initial=0.0))
        return found

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return what each item of the query added to the score; words said add the rest."""
        parts: dict[int, float] = {}
        for given, dense, thin in zip(self._given([query]), self._dense, self._thin, strict=True):
            spoken = thin[given.indices] @ self._meaning.vectors[item]
            rows, column = self._place[given.indices], self._place[item]
            learned = dense[rows[rows >= 0]]
            if column >= 0:
                spoken[rows >= 0] += learned[:, column]
            else:
                spoken[rows >= 0] += learned @ self._near[item].toarray()[0]
                spoken *= np.float32(self.config.cold)
            for one, part in zip(
                given.indices.tolist(), (given.data * spoken).tolist(), strict=True
            ):
                parts[one] = parts.get(one, 0.0) + part
        return {one: part for one, part in parts.items() if part}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the matrices, the vectors of the texts and the average row."""
        own = {"taught": self._taught, "dense": self._dense, "thin": self._thin}
        near = {f"near_{part}": getattr(self._near, part) for part in _PARTS}
        return {**own, **near, "everyone": self._everyone, **self._meaning.arrays()}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self._set_taught(arrays["taught"], dataset.n_items)
        self._everyone, self._meaning = arrays["everyone"], Meaning.restored(arrays)
        n_pasts = len(self._fades)
        self._dense = arrays["dense"].reshape(n_pasts, *[len(self._taught)] * 2)
        self._thin = arrays["thin"].reshape(n_pasts, *self._meaning.vectors.shape)
        near = tuple(arrays[f"near_{part}"] for part in _PARTS)
        self._near = sparse.csr_matrix(near, shape=(dataset.n_items, len(self._taught)))

    def _given(self, queries: Sequence[Query]) -> list[sparse.csr_matrix]:
        """Return the item weights of each query for every past."""
        config, n_items = self.config, self.ready()
        return [
            weight_matrix(queries, n_items, decay=decay, disliked=config.disliked)
            for decay in (config.decay, *self._fades[1:])
        ]

    def _thin_side(self, given: Sequence[sparse.csr_matrix]) -> Floats:
        """Return the thin side [n_queries, size] of what the items of each query say."""
        sides = [one @ thin for one, thin in zip(given, self._thin, strict=True)]
        return np.asarray(sum(sides), np.float32)

    def _said(self, queries: Sequence[Query]) -> Floats:
        """Return the thin side of the words of each query: an item of that text, never met."""
        hint = f"Fit it again: sommelier fit WORKSPACE --engines {self.name}"
        said = self._meaning.said([query.text for query in queries], self.encoder, hint)
        said *= self.config.said * self.config.text
        return said

    def _taught_of(self, given: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return the columns of the taught items: quicker than slicing where rows are few."""
        columns = self._place[given.indices]
        kept = columns >= 0
        starts = np.concatenate([[0], np.cumsum(kept)])[given.indptr]
        shape = given.shape[0], len(self._taught)
        return sparse.csr_matrix((given.data[kept], columns[kept], starts), shape=shape)

    def _spoken(
        self, given: Sequence[sparse.csr_matrix], side: Floats, items: Nums | None
    ) -> Floats:
        """Return the scores of item weights and a thin side, all of them or the columns `items`."""
        vectors = self._meaning.vectors
        scores = side @ (vectors if items is None else vectors[items]).T
        learned = np.zeros((len(side), len(self._taught)), np.float32)
        for one, dense in zip(given, self._dense, strict=True):
            learned += product(self._taught_of(one), dense)
        if items is None and len(self._taught) == len(self._place):
            scores += learned  # in their own order, each of them
            return scores
        place, near, taught, found = self._place, self._near, self._taught, learned
        if items is not None:
            place, near = place[items], near[items]
            taught = np.flatnonzero(place >= 0).astype(np.int32)
            found = learned[:, place[taught]]
        scores += (near @ learned.T).T
        scores *= np.where(place < 0, np.float32(self.config.cold), np.float32(1.0))
        scores[:, taught] += found
        return scores
