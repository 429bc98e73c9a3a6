"""The engine by its contract, and what texts, words, dislikes and strange input do to it."""

import sys

import numpy as np
import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.engines.query import Query
from sommelier.engines.sasrec import SASRec, SASRecConfig
from sommelier.errors import DataError, NotInstalled, UsageError, WorkspaceError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

SMALL = {
    "text": "none",
    "embedding_size": 8,
    "window": 8,
    "dropout": 0.2,
    "negatives": 0,
    "batch_size": 8,
    "learning_rate": 0.01,
    "epochs": 8,
    "patience": 0,
    "cooldown": 0,
    "threads": 1,
}
SUBJECTS = ["crime detective murder", "space planet rocket", "cooking kitchen recipe"]


@pytest.fixture(autouse=True, scope="module")
def _trainable():
    for library in ("torch", "onnx"):
        pytest.importorskip(library, reason="needs sommelier[train]")


class TestContractOfLearnedVectors(EngineContract):
    def make(self):
        return SASRec(SASRecConfig(**SMALL))


class TestContractOfGatedText(EngineContract):
    reads = True

    def make(self):
        return SASRec(SASRecConfig(**SMALL | {"text": "gated"}), BagOfWords(64))


def made(encoder=None, **changes):
    return SASRec(SASRecConfig(**SMALL | changes), encoder or BagOfWords(64))


def shop(texts, histories):
    """A catalogue of these texts and a log of these histories."""
    table = pl.DataFrame({"item_id": [f"i{n}" for n in range(len(texts))], "blurb": texts})
    table = table.cast({"blurb": pl.String})
    fields = (Field(name="item_id", kind=Kind.ID), Field(name="blurb", kind=Kind.TEXT))
    users = np.repeat(np.arange(len(histories)), [len(items) for items in histories])
    items = np.array([item for items in histories for item in items], np.int32)
    ids = [f"u{n}" for n in range(len(histories))]
    log = Interactions(ids, users.astype(np.int32), items, len(texts))
    return Dataset(Catalog(table, Schema(fields=fields)), log)


def shelves(n=5, *, cold=1):
    """Three shelves of `n` items whose texts name their subject; `cold` more have no events."""
    texts = [f"{SUBJECTS[shelf]} {chr(97 + i)}" for shelf in range(3) for i in range(n)]
    texts += [f"{SUBJECTS[shelf]} new" for shelf in range(3) for _ in range(cold)]
    histories = [
        [shelf * n + (first + step) % n for step in range(n - 1)]
        for shelf in range(3)
        for first in range(2 * n)
    ]
    return shop(texts, histories)


@pytest.mark.parametrize("text", ["gated", "subspace", "only"])
def test_an_item_without_events_is_found_by_its_text(text):
    engine = made(text=text, id_dropout=0.3).fit(shelves())
    for shelf in range(3):
        scores = engine.score([Query.of([5 * shelf, 5 * shelf + 1])])[0, 15:]
        assert np.argmax(scores) == shelf


@pytest.mark.parametrize("text", ["gated", "subspace", "only"])
def test_words_alone_find_what_they_name(text):
    engine = made(text=text, said=3.0).fit(shelves())
    best = engine.recommend([Query(text="planet"), Query(text="kitchen")], 6).items
    assert [set(row) for row in best.tolist()] == [{5, 6, 7, 8, 9, 16}, {10, 11, 12, 13, 14, 17}]


def test_words_mean_nothing_to_vectors_that_know_no_text():
    engine = made(text="none").fit(shelves())
    plain, asked = engine.score([Query.of([0]), Query(np.array([0], np.int32), text="planet")])
    np.testing.assert_array_equal(plain, asked)


def test_text_alone_moves_to_a_catalogue_it_never_saw(tmp_path):
    engine = made(text="only").fit(shelves())
    other = shop([f"{subject} {word}" for subject in reversed(SUBJECTS) for word in "xyz"], [])
    moved = engine.moved(other)
    best = moved.recommend([Query.of([0]), Query.of([8])], 2).items
    assert set(best[0]) == {1, 2}
    assert set(best[1]) == {6, 7}
    moved.save(tmp_path)
    again = SASRec.load(tmp_path, other)
    np.testing.assert_array_equal(again.score([Query.of([3])]), moved.score([Query.of([3])]))


def test_vectors_with_ids_in_them_do_not_move():
    with pytest.raises(UsageError, match="text alone"):
        made(text="gated").fit(shelves()).moved(shelves())


def test_a_catalogue_without_texts_is_learned_by_ids_or_refused():
    bare = shop([None] * 4, [[0, 1, 2], [1, 2, 3], [2, 3]])
    engine = made(text="gated").fit(bare)
    assert np.isfinite(engine.score([Query.of([1]), Query(text="words")])).all()
    with pytest.raises(DataError) as caught:
        made(text="only").fit(bare)
    assert "none" in caught.value.hint


def test_another_encoder_than_the_one_learned_with_is_refused():
    class Other(BagOfWords):
        name = "other"

    engine = made(text="only").fit(shelves())
    engine.encoder = Other(64)
    with pytest.raises(WorkspaceError, match="other"):
        engine.score([Query(text="planet")])
    with pytest.raises(WorkspaceError, match="other"):
        engine.moved(shelves())


def test_only_the_newest_events_of_the_window_count_and_their_order_does():
    engine = made(window=3).fit(toy.world().dataset)
    long, short, turned = engine.score(
        [Query.of([9, 8, 0, 1, 2]), Query.of([0, 1, 2]), Query.of([2, 1, 0])]
    )
    np.testing.assert_allclose(long, short, rtol=1e-5)
    assert not np.allclose(short, turned, rtol=1e-3)


def test_what_weighs_nothing_or_is_disliked_is_not_read():
    engine = made().fit(toy.world().dataset)
    weighted = Query.of([5, 0, 1], weights=np.array([0, 1, 2], np.float32))
    plain, light, liked = engine.score([Query.of([0, 1]), weighted, Query.of([0], liked=[1])])
    np.testing.assert_allclose(light, plain, rtol=1e-5)
    np.testing.assert_allclose(liked, plain, rtol=1e-5)
    engine.config = engine.config.model_copy(update={"disliked": 0.0})
    np.testing.assert_allclose(
        engine.score([Query.of([0, 7, 1], disliked=[7])])[0], plain, rtol=1e-5
    )


def test_an_item_the_catalogue_does_not_have_is_refused():
    engine = made().fit(toy.world().dataset)
    for strange in (Query.of([99]), Query.of([0], liked=[-1]), Query.of([0], disliked=[16])):
        with pytest.raises(DataError, match="items are numbered"):
            engine.score([strange])


def test_an_encoder_that_is_not_one_is_refused():
    engine = made().fit(toy.world().dataset)
    engine.restore({**engine.arrays(), "model": np.zeros(9, np.uint8)}, toy.world().dataset)
    with pytest.raises(WorkspaceError, match="encoder"):
        engine.score([Query.of([0])])


def test_without_torch_learning_names_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(NotInstalled, match="torch") as caught:
        made().fit(toy.world().dataset)
    assert "sommelier[train]" in caught.value.hint


def test_a_fitted_engine_scores_without_torch(tmp_path, monkeypatch):
    engine = made().fit(toy.world().dataset)
    engine.save(tmp_path)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    loaded = SASRec.load(tmp_path, toy.world().dataset)
    asked = [Query.of([5, 6], liked=[7], disliked=[1])]
    np.testing.assert_array_equal(loaded.score(asked), engine.score(asked))


@pytest.mark.parametrize(
    "wrong",
    [
        {"embedding_size": 10, "heads": 4},
        {"dropout": 1.0},
        {"text": "some"},
    ],
)
def test_settings_that_contradict_themselves_are_refused(wrong):
    with pytest.raises(ValueError):
        SASRecConfig(**wrong)
