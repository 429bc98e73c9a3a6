"""The content engine on a small shelf of books whose right answers are plain."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.engines.base import Explains, Similar
from sommelier.engines.content import Content, ContentConfig
from sommelier.engines.query import Query
from sommelier.errors import NotFitted, NotInstalled, WorkspaceError
from sommelier.llm.encoder import open_encoder
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

BOOKS = [
    ("Murder at the Vicarage Tea", "A gentle detective in a sleepy hamlet", ["Crime", "England"]),
    ("The Quiet Parish", "An old lady solves a killing among gardeners", ["Crime", "England"]),
    ("Iron Orbit", "Soldiers fight for a station beyond Mars", ["Science fiction", "War"]),
    ("Moon Battalion", "A regiment of robots fights among the craters", ["Science fiction", "War"]),
    ("Pasta Every Day", "Forty Italian recipes for weeknights", ["Cooking", "Italy"]),
    ("Roman Kitchens", "Recipes and stories from Italian cooks", ["Cooking", "Italy"]),
]


class TestContract(EngineContract):
    reads = True

    def make(self):
        return Content(encoder=BagOfWords())


def shelf(rows=BOOKS, *fields):
    kinds = {"title": Kind.TITLE, "blurb": Kind.TEXT, "tags": Kind.TAGS}
    kept = fields or tuple(kinds)
    columns = dict(zip(kinds, map(list, zip(*rows, strict=True)), strict=True))
    ids = {"item_id": [f"b{n}" for n in range(len(rows))]}
    table = pl.DataFrame({**ids, **{name: columns[name] for name in kept}})
    schema = Schema(
        fields=(
            Field(name="item_id", kind=Kind.ID),
            *(Field(name=name, kind=kinds[name]) for name in kept),
        )
    )
    none = np.empty(0, np.int32)
    return Dataset(Catalog(table, schema), Interactions([], none, none, len(rows)))


def fitted(dataset=None, **config):
    return Content(ContentConfig(**config), BagOfWords(64)).fit(dataset or shelf())


@pytest.fixture(scope="module")
def engine():
    return fitted()


@pytest.fixture(scope="module")
def encoder():
    try:
        return open_encoder()
    except NotInstalled:
        pytest.skip("the encoder is not installed: sommelier models install")


@st.composite
def queries(draw):
    items = st.lists(st.integers(0, len(BOOKS) - 1), max_size=5)
    words = st.sampled_from(["", "  ", "recipes", "robots in a sleepy hamlet"])
    return Query.of(draw(items), liked=draw(items), disliked=draw(items), text=draw(words))


def test_a_history_finds_its_like_and_the_newest_counts_most(engine):
    first = [engine.recommend([Query.of([n])], 1).items[0, 0] for n in range(len(BOOKS))]
    assert first == [1, 0, 3, 2, 5, 4]
    assert engine.recommend([Query.of([0, 2])], 1).items[0, 0] == 3
    assert engine.recommend([Query.of([2, 0])], 1).items[0, 0] == 1


def test_a_dislike_pushes_its_like_down(engine):
    plain, averse = engine.score([Query.of([0]), Query.of([0], disliked=[4])])
    assert averse[5] < plain[5]
    assert engine.score([Query.of(disliked=[4])])[0].argmin() in (4, 5)


def test_an_empty_query_scores_nothing_anywhere(engine):
    assert not engine.score([Query.of()]).any()
    assert engine.score([]).shape == (0, len(BOOKS))


def test_words_alone_find_items(engine):
    assert engine.score([Query.of(text="robots among the craters")])[0].argmax() == 3


def test_words_outweigh_the_history(engine):
    found = engine.recommend([Query.of([2], text="Italian recipes")], 2).items[0]
    assert set(found) == {4, 5}


def test_meaning_is_found_without_a_shared_word(encoder):
    engine = Content(encoder=encoder).fit(shelf(BOOKS, "title", "blurb"))
    asked = [Query.of(text="cosy village mystery"), Query.of([4, 5], text="cosy village mystery")]
    assert {frozenset(row.tolist()) for row in engine.recommend(asked, 2).items} == {
        frozenset({0, 1})
    }
    assert engine.score([Query.of(text="robot army in outer space")])[0].argmax() == 3


@settings(max_examples=60, deadline=None)
@given(asked=st.lists(queries(), min_size=1, max_size=4), data=st.data())
def test_scores_of_a_batch_of_some_items_are_those_of_each_alone(engine, asked, data):
    scores = engine.score(asked)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    alone = np.concatenate([engine.score([query]) for query in asked])
    np.testing.assert_allclose(scores, alone, atol=1e-5)
    items = data.draw(st.lists(st.integers(0, len(BOOKS) - 1), max_size=6))
    some = engine.score(asked, np.array(items, np.int32))
    np.testing.assert_allclose(some, scores[:, items], atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(query=queries(), item=st.integers(0, len(BOOKS) - 1))
def test_contributions_and_words_add_up_to_the_score(engine, query, item):
    parts = engine.contributions(query, item)
    assert set(parts) <= set(query.seen.tolist())
    words = engine.score([Query.of(text=query.text)])[0, item]
    assert sum(parts.values()) + words == pytest.approx(engine.score([query])[0, item], abs=1e-4)


def test_it_is_similar_and_explains(engine):
    assert isinstance(engine, Similar)
    assert isinstance(engine, Explains)
    found = engine.similar(np.array([0, 4], np.int32))
    assert found.shape == (2, len(BOOKS))
    assert found.argmax(axis=1).tolist() == [0, 4]
    assert np.argsort(-found, axis=1)[:, 1].tolist() == [1, 5]


def test_few_candidates_are_scored_from_the_narrow_vectors_alike():
    rows = [(f"title {n}", f"word{n % 7} word{n % 11}", [f"tag{n % 3}"]) for n in range(100)]
    engine, few = fitted(shelf(rows)), np.array([3, 90, 4], np.int32)
    query = Query.of([1, 50], liked=[7], text="word3")
    before = engine.score([query], few)
    np.testing.assert_allclose(before, engine.score([query])[:, few], atol=1e-5)
    np.testing.assert_allclose(before, engine.score([query], few), atol=1e-5)


@pytest.mark.parametrize("fields", [("tags",), ("title",), ("blurb", "tags")])
def test_any_kind_of_field_alone_is_enough(fields):
    engine = fitted(shelf(BOOKS, *fields))
    assert np.isfinite(engine.score([Query.of([0], text="Italian")])).all()
    if "tags" in fields:
        assert engine.recommend([Query.of([0])], 1).items[0, 0] == 1


def test_attributes_alone_need_no_encoder():
    engine = Content(ContentConfig(meaning=0)).fit(shelf())
    assert engine.recommend([Query.of([4], text="anything")], 1).items[0, 0] == 5


def test_a_catalogue_of_bare_ids_scores_zero():
    table = pl.DataFrame({"item_id": ["a", "b"]})
    schema = Schema(fields=(Field(name="item_id", kind=Kind.ID),))
    none = np.empty(0, np.int32)
    engine = Content().fit(Dataset(Catalog(table, schema), Interactions([], none, none, 2)))
    assert not engine.score([Query.of([0], text="x")]).any()
    assert engine.similar(np.array([1], np.int32)).tolist() == [[0.0, 1.0]]


@pytest.mark.parametrize("rows", [BOOKS[:1], BOOKS[:1] * 3, [*BOOKS, (None, None, None)]])
def test_one_item_equal_items_and_items_without_words_are_no_trouble(rows):
    engine = fitted(shelf(rows))
    scores = engine.score([Query.of([0], text="recipes"), Query.of([len(rows) - 1])])
    assert np.isfinite(scores).all()
    assert len(set(scores[1])) <= max(1, len(rows) - 1)
    assert (engine.similar(np.arange(len(rows), dtype=np.int32)).diagonal() == 1).all()


def test_what_was_saved_scores_the_same_and_is_small(engine, tmp_path):
    engine.save(tmp_path)
    again = Content.load(tmp_path, shelf())
    again.encoder = engine.encoder
    asked = [Query.of([0, 3], disliked=[5], text="recipes"), Query.of()]
    assert np.array_equal(again.score(asked), engine.score(asked))
    assert again.config == engine.config


def test_words_for_another_encoder_than_the_items_had_are_refused(engine, tmp_path):
    engine.save(tmp_path)
    again = Content.load(tmp_path, shelf())
    again.encoder = BagOfWords(64)
    again.encoder.name = "other"
    assert again.score([Query.of([0])]).any()
    with pytest.raises(WorkspaceError, match=r"'bag-of-words'.*'other'"):
        again.score([Query.of(text="recipes")])


def test_a_file_cut_short_or_of_another_size_is_refused(engine, tmp_path):
    engine.save(tmp_path)
    with pytest.raises(WorkspaceError, match="Fit it again"):
        Content.load(tmp_path, shelf(BOOKS[:3]))
    arrays = tmp_path / "arrays.safetensors"
    whole = arrays.read_bytes()
    for kept in (0, 4, 40, len(whole) - 1):
        arrays.write_bytes(whole[:kept])
        with pytest.raises(WorkspaceError, match="can be read"):
            Content.load(tmp_path, shelf())


def test_nothing_is_scored_before_fit():
    with pytest.raises(NotFitted):
        Content(encoder=BagOfWords()).score([Query.of([0])])
