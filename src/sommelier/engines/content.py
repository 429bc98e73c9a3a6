"""Scores items by what they are: the meaning of their text, and the attributes they share.

Needs no events, so new items and strangers are served from the first day. Meaning: each item's text
is a unit vector less the catalogue's mean, which takes away what all items say ("a film about"), at
length one again (Mu & Viswanath 2018, "All-but-the-top"). Attributes: categories and tags as TF-IDF
vectors of length one. A query is the weighted sum of its items, once in each space, and each score
is a cosine. Text that was said is added to the meaning as it stands, its own mean left in: measured
on film overviews, that finds as well as comparing the vectors before centring.
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
from sommelier.engines.nearest import Graph, VectorConfig, VectorEngine, open_index
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, weight_matrix
from sommelier.engines.ranking import Ranking
from sommelier.errors import WorkspaceError
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import Encoder, open_encoder
from sommelier.types import Floats, Nums

__all__ = ["Content", "ContentConfig"]

_SAME = 1e-3  # an item nearer than this to the mean says nothing of its own
_FEW = 0.1  # share of the items below which only their rows are read and widened
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
    _vectors: NDArray[np.float16]  # [n_items, size] centred meanings; size 0 without any text
    _wide: Floats | None = None  # the same in float32, made by the first query that scans all
    _attributes: sparse.csr_matrix  # [n_items, n_words]
    _made_by: str = ""  # the encoder's name

    def __init__(self, config: EngineConfig | None = None, encoder: Encoder | None = None) -> None:
        """Without an `encoder` the installed one is opened when it is first needed."""
        super().__init__(config)
        self.encoder = encoder

    def fit(self, dataset: Dataset) -> Self:
        """Encode the catalogue; NotInstalled if it has text and no encoder is there."""
        texts = dataset.catalog.texts() if self.config.meaning else []
        vectors = np.zeros((dataset.n_items, 0), np.float32)
        self._made_by = ""
        if any(texts):
            encoder = self.encoder or CachedEncoder(open_encoder(threads=self.config.threads))
            self._made_by = encoder.name
            vectors = _centred(encoder.encode(texts), np.array([bool(text) for text in texts]))
        self._vectors, self._wide = vectors.astype(np.float16), None
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
            scores += meaning @ self._all().T
            return scores if items is None else scores[:, items]
        scores = overlap(shared, rows[items])
        scores += meaning @ self._some(items).T
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
        parts = [self._vectors * scale[0], sketch(self._attributes) * scale[1]]
        return np.hstack(parts, dtype=np.float32)

    def open_index(self, folder: Path) -> None:
        """Take up the graph of a folder, if there is one."""
        shape = self.n_items, self._vectors.shape[1] + SKETCH
        stand_in = np.broadcast_to(np.float32(0), shape)  # what lies near is scored by `score`
        self._index = open_index(folder, stand_in, threads=self.config.threads)

    def similar(self, items: Nums) -> Floats:
        """Return similarity float32 [len(items), n_items]; 1 to the item itself."""
        self.ready()
        meaning, attributes = self.config.meaning, self.config.attributes
        found = meaning * (self._some(items) @ self._all().T)
        found += attributes * overlap(self._attributes[items], self._attributes)
        found /= max(meaning + attributes, 1e-9)
        np.minimum(found, 1.0, out=found)  # half precision may overshoot
        found[np.arange(len(items)), items] = 1.0
        return found

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return what each item of the query added to the score; words said add the rest."""
        weights = self._weights([query])
        spoken = self._some(weights.indices) @ self._some(np.array([item], np.int32))[0]
        spoken *= self.config.meaning / lengths(self._meaning(weights))
        shared = self._attributes[weights.indices] @ self._attributes[[item]].toarray()[0]
        shared *= self.config.attributes / lengths(weights @ self._attributes)
        parts = weights.data * (spoken + shared)
        return {int(i): float(part) for i, part in zip(weights.indices, parts, strict=True) if part}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the vectors, the attributes and the encoder's name."""
        return {
            "vectors": self._vectors,
            "encoder": np.frombuffer(self._made_by.encode(), np.uint8),
            "data": self._attributes.data,
            "indices": self._attributes.indices,
            "starts": self._attributes.indptr,
            "n_words": np.array([self._attributes.shape[1]]),
        }

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self._vectors, self._wide = arrays["vectors"], None
        self._made_by = arrays["encoder"].tobytes().decode()
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
        meaning = unit(self._meaning(weights)) + self._said(queries)
        meaning *= self.config.meaning
        shared = weights @ self._attributes
        return meaning, sparse.diags(self.config.attributes / lengths(shared)) @ shared

    def _all(self) -> Floats:
        if self._wide is None:
            self._wide = self._vectors.astype(np.float32)
        return self._wide

    def _some(self, items: Nums) -> Floats:
        return self._vectors[items].astype(np.float32) if self._wide is None else self._wide[items]

    def _meaning(self, weights: sparse.csr_matrix) -> Floats:
        """Return the weighted sum of the vectors of each query's items [n_queries, size]."""
        used, columns = np.unique(weights.indices, return_inverse=True)
        shape = (weights.shape[0], len(used))
        narrow = sparse.csr_matrix((weights.data, columns, weights.indptr), shape=shape)
        return np.asarray(narrow @ self._some(used), np.float32)

    def _said(self, queries: Sequence[Query]) -> Floats:
        """Return the weighted vectors of the words of each query [n_queries, size]."""
        said = np.zeros((len(queries), self._vectors.shape[1]), np.float32)
        rows = [row for row, query in enumerate(queries) if query.text.strip()]
        if not rows or not said.shape[1] or not self.config.text:
            return said
        # A sentence gains little from a second thread, and waits for it when the machine is busy.
        encoder = self.encoder or open_encoder(threads=1)
        if encoder.name != self._made_by:
            raise WorkspaceError(
                f"The items were encoded by {self._made_by!r}, but {encoder.name!r} is here now.",
                hint=f"Fit it again: sommelier fit WORKSPACE --engines {self.name}",
            )
        said[rows] = self.config.text * encoder.encode([queries[row].text for row in rows])
        return said


def _centred(vectors: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return unit vectors less the mean of the `known` rows, of length one; others are zero."""
    vectors = vectors - vectors[known].mean(axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.maximum(lengths, _SAME)
    vectors[~known | (lengths[:, 0] < _SAME)] = 0.0
    return vectors
