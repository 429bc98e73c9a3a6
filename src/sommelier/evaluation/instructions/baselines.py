"""What a tuned ranker must beat: words alone, and an encoder that nobody tuned."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.instruct.words import Words
from sommelier.engines.query import Query
from sommelier.llm.encoder import Encoder
from sommelier.types import Floats, Nums

__all__ = ["BM25", "Untuned"]


class BM25(Engine):
    """Ranks by the words of the instruction alone."""

    name: ClassVar[str] = "BM25"
    _words: Words

    def fit(self, dataset: Dataset) -> Self:
        """Index the catalogue's texts."""
        self._words, self.n_items = Words.of(dataset.catalog.texts()), dataset.n_items
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items] or [n_queries, len(items)]."""
        scores = self._words.score([query.text for query in queries])
        return scores if items is None else scores[:, items]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index."""
        return self._words.arrays()

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take the index back."""
        self._words = Words.restored(arrays, dataset.n_items)


class Untuned(Engine):
    """Ranks by the cosine between instruction and item, both as an untuned encoder reads them.

    With `history`, the mean of what was met is added, both parts at length one.
    """

    name: ClassVar[str] = "untuned encoder"
    _vectors: Floats

    def __init__(self, encoder: Encoder, *, history: bool = False) -> None:
        super().__init__()
        self.encoder, self.history = encoder, history

    def fit(self, dataset: Dataset) -> Self:
        """Encode the catalogue's texts."""
        self._vectors = self.encoder.encode(dataset.catalog.texts())
        self.n_items = dataset.n_items
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items] or [n_queries, len(items)]."""
        asked = self.encoder.encode([query.text for query in queries])
        if self.history:
            for row, query in enumerate(queries):
                if len(query.history):
                    met = self._vectors[query.history].mean(axis=0)
                    asked[row] = asked[row] * bool(query.text) + met / np.linalg.norm(met)
        rows = self._vectors if items is None else self._vectors[items]
        return np.asarray(asked @ rows.T, np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the vectors."""
        return {"vectors": self._vectors}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take the vectors back."""
        self._vectors = arrays["vectors"]
