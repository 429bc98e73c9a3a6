"""The engine `content` with a graph: meaning and a sketch of attributes find, the scores order."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.engines.base import Engine
from sommelier.engines.content import Content, ContentConfig
from sommelier.engines.nearest import Graph, graph
from sommelier.engines.query import Query
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

pytest.importorskip("faiss", reason="needs the extra `index`")


def reopened(engine, dataset):
    with TemporaryDirectory() as folder:
        engine.save(Path(folder))
        opened = type(engine).load(Path(folder), dataset)
    opened.encoder = engine.encoder
    return opened


class TestContractWithAGraph(EngineContract):
    reads = True

    def make(self):
        return Content(ContentConfig(graph_from=0, threads=1), BagOfWords())

    @classmethod
    @cache
    def fitted(cls):
        return reopened(cls().make().fit(toy.world().dataset), toy.world().dataset)


@pytest.fixture(scope="module")
def shelf():
    """2,000 books of a few words each, with three tags of 400."""
    rng = np.random.default_rng(0)
    words = rng.integers(0, 300, (2_000, 6))
    tags = (400 * rng.random((2_000, 3)) ** 2).astype(int)
    columns = {
        "item_id": [str(number) for number in range(2_000)],
        "title": [" ".join(f"w{word}" for word in row) for row in words],
        "tags": [[f"t{tag}" for tag in row] for row in tags],
    }
    kinds = {"item_id": Kind.ID, "title": Kind.TITLE, "tags": Kind.TAGS}
    schema = Schema(fields=tuple(Field(name=name, kind=kind) for name, kind in kinds.items()))
    none = np.empty(0, np.int32)
    log = Interactions([], none, none, 2_000)
    return Dataset(Catalog(pl.DataFrame(columns), schema), log)


def test_a_graph_finds_nearly_what_scoring_all_finds(shelf, monkeypatch):
    monkeypatch.setattr(graph, "_STEP", 0)
    engine = Content(ContentConfig(graph_from=0, threads=1), BagOfWords(64)).fit(shelf)
    opened = reopened(engine, shelf)
    assert isinstance(opened._index, Graph)
    rng = np.random.default_rng(1)
    asked = [Query.of(rng.integers(0, 2_000, 5), text="w17 w3") for _ in range(20)]
    for allowed in (None, np.arange(0, 2_000, 2, dtype=np.int32)):
        found = opened.recommend(asked, 20, candidates=allowed)
        right = Engine.recommend(engine, asked, 20, candidates=allowed)
        hits = sum(map(len, map(np.intersect1d, found.items, right.items)))
        assert (found.items >= 0).all()
        assert hits >= 0.95 * right.items.size
        for items, query in zip(found.items, asked, strict=True):
            assert not np.isin(items, query.seen).any()
    nothing = opened.recommend([Query()], 3)
    assert nothing.items.tolist() == [[0, 1, 2]]  # all score 0: in the order of their numbers


def test_learning_again_drops_the_graph(shelf):
    engine = Content(ContentConfig(graph_from=0, threads=1), BagOfWords(64)).fit(shelf)
    opened = reopened(engine, shelf)
    assert opened.fit(toy.world().dataset).recommend([Query.of([0])], 20).items.max() < 16
