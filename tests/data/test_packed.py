"""The vectorised scan says the same as reading the items one by one."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.packed import Packed, Postings
from sommelier.data.predicates import Compare
from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import PredicateError


@given(st.data())
def test_a_mask_says_what_reading_row_by_row_says(worlds, data):
    table, schema = data.draw(worlds.tables())
    tree = data.draw(worlds.trees(schema))
    mask = Packed(table, schema).mask(tree)
    assert mask.tolist() == [worlds.holds(tree, row, schema) for row in table.to_dicts()]


@given(st.data())
def test_select_gives_the_places_of_the_mask_rising(worlds, data):
    table, schema = data.draw(worlds.tables())
    tree = data.draw(worlds.trees(schema))
    packed = Packed(table, schema)
    chosen = packed.select(tree)
    assert chosen.dtype == "int32"
    assert chosen.tolist() == [row for row, kept in enumerate(packed.mask(tree)) if kept]


def test_postings_list_items_by_word_most_frequent_first():
    column = pl.Series([["b", "a"], ["b"], None, ["b", "b", ""]], dtype=pl.List(pl.String))
    postings = Postings.of(column)
    assert postings.words == ("b", "a")
    assert postings["B"].tolist() == [0, 1, 3]
    assert postings.count("a") == 1
    assert postings["zz"].tolist() == []


def test_two_spellings_of_one_word_are_one_word():
    postings = Postings.of(pl.Series(["Drama", "drama", "Drama"]))
    assert postings["DRAMA"].tolist() == [0, 1, 2]


def test_an_unknown_word_suggests_the_nearest():
    schema = Schema(
        fields=(Field(name="item_id", kind=Kind.ID), Field(name="genres", kind=Kind.TAGS))
    )
    table = pl.DataFrame({"item_id": ["1"], "genres": [["Comedy"]]})
    with pytest.raises(PredicateError, match="Did you mean 'Comedy'"):
        Packed(table, schema).check(Compare("genres", "contains", "Comdey"))


def test_numbers_are_halved_only_where_nothing_is_lost():
    schema = Schema(fields=(Field(name="item_id", kind=Kind.ID), Field(name="n", kind=Kind.NUMBER)))
    small = Packed(pl.DataFrame({"item_id": ["1"], "n": [0.5]}), schema)
    large = Packed(pl.DataFrame({"item_id": ["1"], "n": [0.1]}), schema)
    assert small.numbers("n").dtype == "float32"
    assert large.numbers("n").dtype == "float64"
