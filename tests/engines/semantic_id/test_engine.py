"""The engine by its contract, and what codes, texts, words and strange input do to it."""

import sys

import numpy as np
import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.engines.query import Query
from sommelier.engines.semantic_id import SemanticId, SemanticIdConfig
from sommelier.errors import DataError, NotInstalled, WorkspaceError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

SMALL = {
    "levels": 2,
    "codes": 3,
    "directions": 8,
    "embedding_size": 16,
    "blocks": 1,
    "heads": 2,
    "window": 8,
    "dropout": 0.2,
    "batch_size": 8,
    "learning_rate": 0.01,
    "epochs": 12,
    "patience": 0,
    "cooldown": 0,
    "threads": 1,
    "seed": 1,
}
SUBJECTS = ["crime detective murder", "space planet rocket", "cooking kitchen recipe"]


@pytest.fixture(autouse=True, scope="module")
def _trainable():
    for library in ("torch", "onnx"):
        pytest.importorskip(library, reason="needs sommelier[train]")


def made(encoder=None, **changes):
    return SemanticId(SemanticIdConfig(**SMALL | changes), encoder or BagOfWords(64))


class TestContract(EngineContract):
    reads = True

    def make(self):
        return made()


class TestContractOfSqueezedVectors(EngineContract):
    reads = True

    def make(self):
        return made(quantiser="vae", seed=0, directions=3)


def shelves(n=5, *, texts=True):
    """Three shelves of `n` items whose texts name their subject; one more of each has no events."""
    said = [f"{SUBJECTS[shelf]} {chr(97 + i)}" for shelf in range(3) for i in range(n)]
    said += [f"{SUBJECTS[shelf]} new" for shelf in range(3)]
    histories = [
        [shelf * n + (first + step) % n for step in range(n - 1)]
        for shelf in range(3)
        for first in range(2 * n)
    ]
    names = [f"i{item}" for item in range(len(said))]
    table = pl.DataFrame({"item_id": names, "blurb": said if texts else [None] * len(said)})
    table = table.cast({"blurb": pl.String})
    fields = (Field(name="item_id", kind=Kind.ID), Field(name="blurb", kind=Kind.TEXT))
    users = np.repeat(np.arange(len(histories)), n - 1).astype(np.int32)
    ids = [f"u{user}" for user in range(len(histories))]
    log = Interactions(ids, users, np.concatenate(histories).astype(np.int32), len(said))
    return Dataset(Catalog(table, Schema(fields=fields)), log)


def test_an_item_without_events_is_written_by_the_codes_of_its_text():
    engine = made().fit(shelves())
    for shelf in range(3):
        scores = engine.score([Query.of([5 * shelf, 5 * shelf + 1])])[0, 15:]
        assert np.argmax(scores) == shelf


def test_scores_are_how_likely_each_item_is_and_no_two_items_are_one():
    engine = made(beams=99).fit(shelves())
    scores = engine.score([Query.of([0, 1]), Query()])
    np.testing.assert_allclose(np.exp(scores).sum(axis=1), 1.0, rtol=1e-4)
    assert len(np.unique(engine.parts.codes, axis=0)) == 18


def test_a_narrow_beam_still_gives_a_list_of_everything():
    engine = made(beams=2).fit(shelves())
    asked = [Query.of([5, 6])]
    assert sorted(engine.recommend(asked, 18, seen=True).items[0]) == list(range(18))
    wide = made(beams=99).fit(shelves())
    best = wide.recommend(asked, 1, seen=True)
    np.testing.assert_array_equal(engine.recommend(asked, 1, seen=True).items, best.items)


def test_words_alone_find_what_they_name():
    engine = made(said=40.0).fit(shelves())
    best = engine.recommend([Query(text=SUBJECTS[1]), Query(text=SUBJECTS[2])], 6).items
    assert [set(row) for row in best.tolist()] == [{5, 6, 7, 8, 9, 16}, {10, 11, 12, 13, 14, 17}]


def test_a_catalogue_without_texts_is_learned_by_who_met_what():
    engine = made().fit(shelves(texts=False))
    scores = engine.score([Query.of([5, 6]), Query(text="planet"), Query()])
    assert set(np.argsort(-scores[0])[:5]) <= {5, 6, 7, 8, 9}
    np.testing.assert_array_equal(scores[1], scores[2])


def test_another_encoder_than_the_one_learned_with_is_refused():
    class Other(BagOfWords):
        name = "other"

    engine = made().fit(shelves())
    engine.encoder = Other(64)
    with pytest.raises(WorkspaceError, match="other"):
        engine.score([Query(text="planet")])


def test_only_the_newest_events_of_the_window_count_and_their_order_does():
    engine = made(window=3).fit(toy.world().dataset)
    long, short, turned = engine.score(
        [Query.of([9, 8, 0, 1, 2]), Query.of([0, 1, 2]), Query.of([2, 1, 0])]
    )
    np.testing.assert_allclose(long, short, rtol=1e-4)
    assert not np.allclose(short, turned, rtol=1e-3)


def test_what_weighs_nothing_or_is_disliked_is_not_read():
    engine = made(disliked=0.0).fit(toy.world().dataset)
    weighted = Query.of([5, 0, 1], weights=np.array([0, 1, 2], np.float32))
    asked = [weighted, Query.of([0], liked=[1]), Query.of([0, 7, 1], disliked=[7])]
    plain, *others = engine.score([Query.of([0, 1]), *asked])
    for other in others:
        np.testing.assert_allclose(other, plain, rtol=1e-4)


def test_an_item_the_catalogue_does_not_have_is_refused():
    engine = made().fit(toy.world().dataset)
    for strange in (Query.of([99]), Query.of([0], liked=[-1]), Query.of([0], disliked=[16])):
        with pytest.raises(DataError, match="items are numbered"):
            engine.score([strange])


@pytest.mark.parametrize("broken", ["reader", "writer"])
def test_a_transformer_that_is_none_is_refused(broken):
    engine = made(epochs=1).fit(toy.world().dataset)
    engine.restore({**engine.arrays(), broken: np.zeros(9, np.uint8)}, toy.world().dataset)
    with pytest.raises(WorkspaceError, match="cannot be read"):
        engine.score([Query.of([0])])


def test_without_torch_learning_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotInstalled, match="torch") as caught:
        made().fit(toy.world().dataset)
    assert "sommelier[train]" in caught.value.hint


def test_a_fitted_engine_scores_and_grows_without_torch(tmp_path, monkeypatch):
    engine = made(epochs=2).fit(toy.world().dataset)
    engine.save(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    loaded = SemanticId.load(tmp_path, toy.world().dataset)
    asked = [Query.of([5, 6], liked=[7], disliked=[1])]
    np.testing.assert_array_equal(loaded.score(asked), engine.score(asked))
    loaded.encoder = BagOfWords(64)
    assert np.isfinite(loaded.grow(toy.world(18).dataset).score(asked)).all()


@pytest.mark.parametrize("wrong", [{"embedding_size": 10, "heads": 4}, {"levels": 0}, {"beams": 0}])
def test_settings_that_contradict_themselves_are_refused(wrong):
    with pytest.raises(ValueError):
        SemanticIdConfig(**wrong)
