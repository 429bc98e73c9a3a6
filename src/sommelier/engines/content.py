"""Scores items by what they are: the meaning of their text, and the attributes they share.

Needs no events, so new items and strangers are served from the first day. Meaning: each item's text
as a whitened unit vector, in which what all or many texts of the catalogue say counts less.
Attributes: categories and tags as TF-IDF vectors of length one. A query is the weighted sum of its
items, once in each space, and each score is a cosine. Text that was said is added to the meaning as
a vector of the same kind.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting
from scipy import sparse

from sommelier.data.dataset import Dataset
from sommelier.engines.attributes import SKETCH, attribute_rows, lengths, overlap, sketch, unit
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.meaning import Meaning
from sommelier.engines.nearest import Graph, VectorConfig, VectorEngine, open_index
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, weight_matrix
from sommelier.engines.ranking import Ranking
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import Encoder, open_encoder
from sommelier.types import Floats, Nums

__all__ = ["Content", "ContentConfig"]

_FEW = 0.1  # share of the items below which only their rows are read
_ROUND = 0.3  # the covariance of texts is drawn to a round one by so much at least, see `_round`
_ALL = 0.99  # the rest still tells which directions are the widest
_MORE = 8  # items that a graph is asked for, for each one of the list: it knows attributes roughly


class ContentConfig(VectorConfig):
    """What counts how much."""

    graph_from: Annotated[
        int,
        Setting(
            description="items x (length of meaning + 128) from which a graph is searched", ge=0
        ),
    ] = 200_000_000  # with 100,000 items the walk and scoring what it finds takes as long as all
    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 0.6
    disliked: Annotated[
        float, Setting(description="weight of a disliked item; a liked one weighs 1", le=0)
    ] = -0.5
    meaning: Annotated[
        float, Setting(description="weight of alike texts; 0 works without an encoder", ge=0)
    ] = 1.0
    attributes: Annotated[
        float, Setting(description="weight of shared categories and tags", ge=0)
    ] = 0.2
    text: Annotated[
        float, Setting(description="weight of the words of the query, in units of `meaning`", ge=0)
    ] = 2.0


class Content(VectorEngine):
    """Cosine of meaning plus cosine of attributes, between what a query likes and each item."""

    name: ClassVar[str] = "content"
    Config: ClassVar[type[EngineConfig]] = ContentConfig
    config: ContentConfig
    _meaning: Meaning
    _attributes: sparse.csr_matrix  # [n_items, n_words]

    def __init__(self, config: EngineConfig | None = None, encoder: Encoder | None = None) -> None:
        """Without an `encoder` the installed one is opened when it is first needed."""
        super().__init__(config)
        self.encoder = encoder

    def fit(self, dataset: Dataset) -> Self:
        """Encode the catalogue; NotInstalled if it has text and no encoder is there."""
        texts = dataset.catalog.texts() if self.config.meaning else [""] * dataset.n_items
        known, threads = sum(map(bool, texts)), self.config.threads
        if known:
            encoder = self.encoder or CachedEncoder(open_encoder(threads=threads))
            round_ = _round(known, encoder.size)
            self._meaning = Meaning.of(texts, encoder, threads=threads, round_=round_)
        else:
            self._meaning = Meaning.none(dataset.n_items)
        self._attributes, self._index = attribute_rows(dataset.catalog), None
        self.n_items = dataset.n_items
        return self

    def grow(self, dataset: Dataset) -> Self:
        """Learn anew: the catalogue is all it learns from, and known texts are not read again."""
        newcomers(self, dataset)
        return self.fit(dataset)

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items] or [n_queries, len(items)].

        A query that likes nothing and says nothing scores 0 everywhere.
        """
        meaning, shared = self._wanted(queries)
        rows = self._attributes
        if items is None or len(items) > _FEW * self.n_items:
            scores = overlap(shared, rows)
            scores += meaning @ self._meaning.vectors.T
            return scores if items is None else scores[:, items]
        scores = overlap(shared, rows[items])
        scores += meaning @ self._meaning.vectors[items].T
        return scores

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query; with a graph, the best of those that lie near."""
        if not isinstance(self._index, Graph):
            return Engine.recommend(self, queries, k, candidates=candidates, seen=seen)
        exclude = None if seen else [query.seen for query in queries]
        near = self._index.near(
            self.query_vectors(queries), k, allowed=candidates, exclude=exclude, spare=_MORE
        )
        shape = len(queries), k
        lists = Ranking(np.empty(shape, np.int32), np.empty(shape, np.float32))
        parts = [([row], found) for row, found in enumerate(near) if found is not None]
        for rows, among in [([r for r, f in enumerate(near) if f is None], candidates), *parts]:
            some = [queries[row] for row in rows]
            ranked = Engine.recommend(self, some, k, candidates=among, seen=seen)
            lists.items[rows], lists.scores[rows] = ranked.items, ranked.scores
        return lists

    def query_vectors(self, queries: Sequence[Query]) -> Floats:
        """Return what is wanted: meaning, and a sketch of attributes; see `item_vectors`."""
        meaning, shared = self._wanted(queries)
        scale = [value**-0.5 if value else 0.0 for value in self._shares]
        return np.hstack([meaning * scale[0], sketch(shared) * scale[1]], dtype=np.float32)

    @property
    def item_vectors(self) -> Floats:
        """Meaning and a sketch of attributes, made anew [n_items, size + 128].

        Their products with `query_vectors` are the scores, but for the errors of the sketch.
        """
        scale = [value**0.5 for value in self._shares]
        parts = [self._meaning.vectors * scale[0], sketch(self._attributes) * scale[1]]
        return np.hstack(parts, dtype=np.float32)

    def open_index(self, folder: Path) -> None:
        """Take up the graph of a folder, if there is one."""
        shape = self.n_items, self._meaning.vectors.shape[1] + SKETCH
        stand_in = np.broadcast_to(np.float32(0), shape)  # what lies near is scored by `score`
        self._index = open_index(folder, stand_in, threads=self.config.threads)

    def similar(self, items: Nums) -> Floats:
        """Return similarity float32 [len(items), n_items]; 1 to the item itself."""
        self.ready()
        meaning, attributes = self.config.meaning, self.config.attributes
        vectors = self._meaning.vectors
        found = meaning * (vectors[items] @ vectors.T)
        found += attributes * overlap(self._attributes[items], self._attributes)
        found /= max(meaning + attributes, 1e-9)
        np.minimum(found, 1.0, out=found)  # what is rounded may overshoot
        found[np.arange(len(items)), items] = 1.0
        return found

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return what each item of the query added to the score; words said add the rest."""
        weights = self._weights([query])
        vectors = self._meaning.vectors
        spoken = vectors[weights.indices] @ vectors[item]
        spoken *= self.config.meaning / lengths(self._liked(weights))
        shared = self._attributes[weights.indices] @ self._attributes[[item]].toarray()[0]
        shared *= self.config.attributes / lengths(weights @ self._attributes)
        parts = weights.data * (spoken + shared)
        return {int(i): float(part) for i, part in zip(weights.indices, parts, strict=True) if part}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the meaning and the attributes."""
        return {
            **self._meaning.arrays(),
            "data": self._attributes.data,
            "indices": self._attributes.indices,
            "starts": self._attributes.indptr,
            "n_words": np.array([self._attributes.shape[1]]),
        }

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self._meaning = Meaning.restored(arrays)
        parts = (arrays["data"], arrays["indices"], arrays["starts"])
        shape = (dataset.n_items, int(arrays["n_words"][0]))
        self._attributes = sparse.csr_matrix(parts, shape=shape)

    def _weights(self, queries: Sequence[Query]) -> sparse.csr_matrix:
        return weight_matrix(
            queries, self.ready(), decay=self.config.decay, disliked=self.config.disliked
        )

    @property
    def _shares(self) -> tuple[float, float]:
        return self.config.meaning, self.config.attributes

    def _wanted(self, queries: Sequence[Query]) -> tuple[Floats, sparse.csr_matrix]:
        """Return what is wanted of a meaning [n, size] and of attributes [n, n_words]."""
        weights = self._weights(queries)
        hint = f"Fit it again: sommelier fit WORKSPACE --engines {self.name}"
        said = self._meaning.said([query.text for query in queries], self.encoder, hint)
        meaning = unit(self._liked(weights)) + np.float32(self.config.text) * said
        meaning *= self.config.meaning
        shared = weights @ self._attributes
        return meaning, sparse.diags(self.config.attributes / lengths(shared)) @ shared

    def _liked(self, weights: sparse.csr_matrix) -> Floats:
        """Return the weighted sum of the vectors of each query's items [n_queries, size]."""
        return np.asarray(weights @ self._meaning.vectors, np.float32)


def _round(n_texts: int, size: int) -> float:
    """Return how far the covariance of texts is drawn to a round one: nearly wholly where few are.

    By .1, .3 and .6, N@10 on Beauty is .0489, .0485 and .0467, that of finding films by a keyword
    .148, .152 and .156, and MRR@10 of finding them by a long request .079, .083 and .083.
    """
    return max(_ROUND, min(_ALL, size / n_texts))
