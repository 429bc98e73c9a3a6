"""Facts and aggregates, held against the table itself."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.data.where import parse
from sommelier.errors import PredicateError, UnknownName
from sommelier.testing import agents, worlds
from sommelier.tools.lookup import aggregate, lookup

FILMS = agents.toolbox(worlds.films(250))
TABLE = FILMS.catalog.table
CONDITIONS = {
    "": pl.lit(True),
    "year >= 1990": pl.col("year") >= 1990,
    "genres CONTAINS 'Comedy'": pl.col("genres").list.contains("Comedy"),
    "runtime < 60 AND year < 1900": pl.lit(False),
    "NOT genres CONTAINS 'Drama'": ~pl.col("genres").list.contains("Drama"),
}
wheres = st.sampled_from(sorted(CONDITIONS))


def fitting(where):
    return TABLE.filter(CONDITIONS[where].fill_null(False))


def asked(where):
    return parse(where) if where else None


@given(wheres)
def test_counts_are_those_of_the_table(where):
    answer = aggregate(FILMS, "count", where=asked(where))
    assert answer.value == answer.n_items == fitting(where).height


@given(wheres, st.sampled_from(["year", "runtime", "average_rating"]))
def test_means_and_extremes_are_those_of_the_table(where, field):
    known = fitting(where)[field].drop_nulls()
    for operation in ("mean", "min", "max"):
        answer = aggregate(FILMS, operation, field, asked(where))
        assert answer.n_items == len(known)
        expected = getattr(known, operation)()
        assert answer.value == (None if expected is None else pytest.approx(expected))
        if operation != "mean" and len(known):
            assert FILMS.rows([answer.item_id])[0][field] == expected


@settings(deadline=None)
@given(wheres, st.sampled_from(["genres", "countries", "directors"]))
def test_the_most_frequent_values_are_those_of_the_table(where, field):
    answer = aggregate(FILMS, "most", field, asked(where))
    counted = fitting(where)[field].explode().drop_nulls().value_counts()
    assert dict(answer.value) == dict(counted.iter_rows())
    counts = [count for _, count in answer.value]
    assert counts == sorted(counts, reverse=True)


def test_days_have_extremes_too(shop_box):
    answer = aggregate(shop_box, "max", "released")
    newest = shop_box.catalog.table.sort("released", nulls_last=True, descending=True).row(0)
    assert (
        shop_box.rows([answer.item_id])[0]["released"]
        == dict(zip(shop_box.catalog.table.columns, newest, strict=True))["released"]
    )


@pytest.mark.parametrize(
    ("operation", "field", "error"),
    [
        ("mean", "genres", PredicateError),
        ("most", "year", PredicateError),
        ("max", "title", PredicateError),
        ("mean", "weight", UnknownName),
    ],
)
def test_an_aggregate_over_the_wrong_kind_of_field_is_refused(operation, field, error):
    with pytest.raises(error):
        aggregate(FILMS, operation, field)


def test_facts_come_in_the_order_asked_with_id_and_title():
    two = [FILMS.catalog.ids[7], FILMS.catalog.ids[2]]
    rows = lookup(FILMS, two, ["year"])
    assert [row["item_id"] for row in rows] == two
    assert all(set(row) == {"item_id", "title", "year"} for row in rows)
    assert lookup(FILMS, two) == TABLE[[7, 2]].to_dicts()
    assert lookup(FILMS, []) == []


def test_strange_items_and_fields_are_refused():
    with pytest.raises(UnknownName):
        lookup(FILMS, ["no-such-film"])
    with pytest.raises(UnknownName):
        lookup(FILMS, [FILMS.catalog.ids[0]], ["weight"])
