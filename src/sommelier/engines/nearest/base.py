"""Base of the engines whose score is a product of a query's vector and an item's."""

from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

import numpy as np
from pydantic import Field as Setting

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.nearest.exact import Exact
from sommelier.engines.nearest.graph import FILE, Graph
from sommelier.engines.nearest.index import GRAPH_FROM, Index, build_index, open_index
from sommelier.engines.query import Query
from sommelier.engines.ranking import Ranking
from sommelier.types import Floats, Nums

__all__ = ["VectorConfig", "VectorEngine"]

_SAMPLES, _LENGTH = 100, 5  # made-up histories by which a graph is judged


class VectorConfig(EngineConfig):
    """From which size on lists come of a search among vectors."""

    graph_from: Annotated[
        int,
        Setting(description="items x length of vector from which a graph is searched", ge=0),
    ] = GRAPH_FROM


class VectorEngine(Engine):
    """An engine with `score(queries)` = `query_vectors(queries)` @ `item_vectors`.T.

    Large catalogues are saved with a graph of neighbours where the extra `index` is installed.
    Without a graph, and before the engine was saved and loaded, every item is looked at.
    """

    config: VectorConfig
    _index: Index | None = None

    @property
    @abstractmethod
    def item_vectors(self) -> Floats:
        """The vectors float32 [n_items, size]."""

    @abstractmethod
    def query_vectors(self, queries: Sequence[Query]) -> Floats:
        """Return vectors float32 [n_queries, size]."""

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query as every engine does; a graph may miss a few."""
        self.ready()
        if self.item_vectors.size < self.config.graph_from:
            return super().recommend(queries, k, candidates=candidates, seen=seen)
        exclude = None if seen else [query.seen for query in queries]
        asked = self.query_vectors(queries)
        return self._searched().search(asked, k, allowed=candidates, exclude=exclude)

    def save(self, folder: Path) -> None:
        """Write everything learned, and a graph if the catalogue is large."""
        super().save(folder)
        vectors = self.item_vectors
        if vectors.size >= self.config.graph_from:
            rng = np.random.default_rng(0)
            made_up = rng.integers(0, self.n_items, (_SAMPLES, _LENGTH), np.int32)
            samples = self.query_vectors([Query(history) for history in made_up])
            limit, threads = self.config.graph_from, self.config.threads
            index = build_index(vectors, samples, graph_from=limit, threads=threads)
            if isinstance(index, Graph):
                index.write(folder / FILE)

    @classmethod
    def load(cls, folder: Path, dataset: Dataset) -> Self:
        """Read what `save` wrote; WorkspaceError if it is of another version or catalogue."""
        engine = super().load(folder, dataset)
        engine.open_index(folder)
        return engine

    def open_index(self, folder: Path) -> None:
        """Take up the graph of a folder, if there is one."""
        self._index = open_index(folder, self.item_vectors, threads=self.config.threads)

    def _searched(self) -> Index:
        """Return the index, unless it is of vectors from before the engine learned again."""
        vectors = self.item_vectors
        if self._index is None or not np.may_share_memory(self._index.vectors, vectors):
            self._index = Exact(vectors, self.config.threads)
        return self._index
