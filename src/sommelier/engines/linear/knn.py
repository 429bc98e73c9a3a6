"""Item-item nearest neighbours: items met by the same people are alike.

The similarities come from the library implicit: cosine, TF-IDF or BM25 weighted (Deshpande &
Karypis 2004). Each item of the query lends its similarity to its nearest neighbours.
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from scipy import sparse

from sommelier.engines.base import EngineConfig
from sommelier.engines.linear.base import LinearConfig, LinearEngine
from sommelier.types import Floats, Nums

__all__ = ["KNN", "KNNConfig"]


class KNNConfig(LinearConfig):
    """What counts as near."""

    decay: Annotated[
        float, Setting(description="weight of a history item over the next newer one", gt=0, le=1)
    ] = 0.7

    neighbours: Annotated[int, Setting(description="how many others an item speaks for", ge=1)] = (
        100
    )
    weighting: Annotated[
        Literal["cosine", "tfidf", "bm25"], Setting(description="how co-occurrence is weighted")
    ] = "bm25"
    bm25_k1: Annotated[float, Setting(description="BM25: how soon repeats saturate", gt=0)] = 1.2
    bm25_b: Annotated[
        float, Setting(description="BM25: how much popular items are held back", ge=0, le=1)
    ] = 0.75


class KNN(LinearEngine):
    """Sums, over the query's items, their similarity to each of their nearest neighbours."""

    name: ClassVar[str] = "knn"
    Config: ClassVar[type[EngineConfig]] = KNNConfig
    config: KNNConfig

    def learn(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return each item's similarity to its nearest neighbours, itself left out."""
        from implicit.nearest_neighbours import ItemItemRecommender

        # implicit counts the item itself as its first neighbour
        model = ItemItemRecommender(self.config.neighbours + 1, self.config.threads)
        model.fit(self._weighted(matrix), show_progress=False)
        found = model.similarity.tocoo()
        other = (found.row != found.col) & (found.data != 0)
        kept = (found.data[other].astype(np.float32), (found.row[other], found.col[other]))
        return sparse.csr_matrix(kept, shape=found.shape)

    def _weighted(self, matrix: sparse.csr_matrix) -> sparse.csr_matrix:
        """Return users by items, weighted so that columns' products are similarities."""
        from implicit.nearest_neighbours import bm25_weight, normalize, tfidf_weight

        match self.config.weighting:
            case "cosine":
                weighted = normalize(matrix.T)
            case "tfidf":
                weighted = normalize(tfidf_weight(matrix.T))
            case "bm25":
                weighted = bm25_weight(matrix.T, self.config.bm25_k1, self.config.bm25_b)
        # a user who has met all items but one tells nothing: log(1) = 0, and 0 / 0 in the norm
        weighted.data = np.nan_to_num(weighted.data, nan=0.0, posinf=0.0, neginf=0.0)
        return weighted.T.tocsr()

    def similar(self, items: Nums) -> Floats:
        """Return the similarity float32 [len(items), n_items]; 0 beyond the nearest neighbours."""
        self.ready()
        found = self.weights[items].toarray()
        nearest = found.max(axis=1, initial=0.0)  # BM25 has no upper bound
        found[np.arange(len(items)), items] = np.maximum(1.0, nearest)
        return np.asarray(found, np.float32)
