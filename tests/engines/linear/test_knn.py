"""The engine `knn`: the contract, and what is its own."""

import numpy as np
import pytest

from sommelier.engines.linear.knn import KNN, KNNConfig
from sommelier.engines.query import Query
from sommelier.errors import DataError
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract


class TestCosine(EngineContract):
    def make(self):
        return KNN(KNNConfig(weighting="cosine"))


class TestTFIDF(EngineContract):
    def make(self):
        return KNN(KNNConfig(weighting="tfidf"))


class TestBM25(EngineContract):
    def make(self):
        return KNN(KNNConfig(weighting="bm25"))


def test_cosine_is_the_cosine_of_who_met_what():
    world = toy.world().dataset
    matrix = world.interactions.matrix().toarray()[:, :15]
    unit = matrix / np.linalg.norm(matrix, axis=0)
    engine = KNN(KNNConfig(weighting="cosine", neighbours=15)).fit(world)
    found = engine.similar(np.arange(15, dtype=np.int32))[:, :15]
    np.testing.assert_allclose(found, unit.T @ unit, atol=1e-6)


@pytest.mark.parametrize("weighting", ["cosine", "tfidf", "bm25"])
def test_lists_are_those_of_implicit(weighting):
    from implicit.nearest_neighbours import BM25Recommender, CosineRecommender, TFIDFRecommender

    rng = np.random.default_rng(5)
    world = toy.dataset([rng.choice(16, 5, replace=False).tolist() for _ in range(60)])
    kinds = {"cosine": CosineRecommender, "tfidf": TFIDFRecommender, "bm25": BM25Recommender}
    peer = kinds[weighting](K=7)
    matrix = world.interactions.matrix()
    peer.fit(matrix, show_progress=False)
    config = KNNConfig(weighting=weighting, neighbours=6, decay=1.0)
    ranking = (
        KNN(config).fit(world).recommend([Query.of(h) for h in world.interactions.histories()], 3)
    )
    _, scores = peer.recommend(np.arange(60), matrix, N=3)
    np.testing.assert_allclose(ranking.scores, scores, rtol=1e-5)


def test_no_more_neighbours_are_kept_than_asked_for():
    engine = KNN(KNNConfig(neighbours=2)).fit(toy.world().dataset)
    assert np.diff(engine.weights.indptr).max() == 2


def test_no_events_are_a_data_error():
    with pytest.raises(DataError, match="there are none"):
        KNN().fit(toy.dataset([]))
