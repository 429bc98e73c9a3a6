"""Engines that search among vectors: what they recommend, and what they keep."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.engines.als import ALS, ALSConfig
from sommelier.engines.nearest import Exact, Graph, graph
from sommelier.engines.query import Query
from sommelier.errors import DataError, NotFitted, UsageError
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract, queries

SIZE = 4


def searched(**more):
    return ALS(ALSConfig(embedding_size=SIZE, graph_from=0, threads=1, **more))


class TestContractOfASearchedEngine(EngineContract):
    def make(self):
        return searched()


@settings(deadline=None)
@given(
    asked=st.lists(queries(), max_size=4),
    k=st.integers(0, 18),
    among=st.none() | st.lists(st.integers(0, 15)),
    seen=st.booleans(),
)
def test_searched_lists_are_those_of_the_scores(asked, k, among, seen):
    engine = TestContractOfASearchedEngine.fitted()
    plain = ALS(ALSConfig(embedding_size=SIZE))
    plain.factors, plain.n_items = engine.factors, engine.n_items
    candidates = None if among is None else np.array(among, np.int32)
    found = engine.recommend(asked, k, candidates=candidates, seen=seen)
    right = plain.recommend(asked, k, candidates=candidates, seen=seen)
    np.testing.assert_array_equal(found.items >= 0, right.items >= 0)
    np.testing.assert_allclose(found.scores, right.scores, rtol=1e-4, atol=1e-5)


def world():
    """A log of people who each move among neighbouring items, of 1,000 items."""
    rng = np.random.default_rng(0)
    near = rng.integers(0, 1_000, (400, 1)) + rng.integers(0, 30, (400, 12))
    users, items = np.repeat(np.arange(400, dtype=np.int32), 12), (near % 1_000).astype(np.int32)
    log = Interactions([str(user) for user in range(400)], users, items.ravel(), 1_000)
    table = pl.DataFrame({"item_id": [str(item) for item in range(1_000)]})
    return Dataset(Catalog(table, Schema(fields=(Field(name="item_id", kind=Kind.ID),))), log)


def large():
    return searched(epochs=3).fit(world())


def test_a_large_catalogue_is_saved_with_a_graph_that_never_gives_what_was_seen(
    tmp_path, monkeypatch
):
    pytest.importorskip("faiss", reason="needs the extra `index`")
    monkeypatch.setattr(graph, "_STEP", 0)
    engine = large()
    engine.save(tmp_path)
    loaded = ALS.load(tmp_path, world())
    assert (tmp_path / graph.FILE).exists()
    assert isinstance(loaded._index, Graph)
    history = np.arange(300, 600, dtype=np.int32)
    for asked in (Query.of([3, 4, 5]), Query(history, liked=np.array([7]))):
        found, right = loaded.recommend([asked], 50), engine.recommend([asked], 50)
        assert (found.items >= 0).all()
        assert not np.isin(found.items, asked.seen).any()
        assert len(np.intersect1d(found.items, right.items)) >= 45
    everything = loaded.recommend([Query.of([3])], 1_000)
    assert sorted(everything.items[0].tolist()) == [-1, *range(3), *range(4, 1_000)]


def test_learning_again_leaves_the_old_graph_behind(tmp_path):
    engine = large()
    engine.save(tmp_path)
    loaded = ALS.load(tmp_path, world())
    loaded.fit(toy.dataset([[0, 1], [0, 1], [2, 3]], n_items=4))
    assert loaded.recommend([Query.of([0])], 1).items.tolist() == [[1]]
    assert isinstance(loaded._index, Exact)


def test_below_the_limit_nothing_is_kept_and_all_is_scored(tmp_path):
    engine = ALS(ALSConfig(embedding_size=SIZE)).fit(toy.world().dataset)
    engine.save(tmp_path)
    assert not (tmp_path / graph.FILE).exists()
    engine.recommend([Query()], 3)
    assert engine._index is None


def test_what_cannot_be_asked_is_refused_as_everywhere():
    engine = TestContractOfASearchedEngine.fitted()
    with pytest.raises(NotFitted):
        searched().recommend([Query()], 3)
    with pytest.raises(UsageError):
        engine.recommend([Query()], -1)
    with pytest.raises(DataError):
        engine.recommend([Query()], 3, candidates=np.array([16]))
    with pytest.raises(DataError):
        engine.recommend([Query.of([16])], 3)
