"""The catalogue: rows are item_nums, and everything is found by either number or id."""

import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.predicates import Compare
from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import DataError, UnknownName

SCHEMA = Schema(
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="plot", kind=Kind.TEXT),
        Field(name="title", kind=Kind.TITLE),
        Field(name="genres", kind=Kind.TAGS),
        Field(name="secret", kind=Kind.CATEGORY, hidden=True),
    )
)
TABLE = pl.DataFrame(
    {
        "item_id": ["heat", "alien"],
        "plot": ["A robbery.", None],
        "title": ["Heat", None],
        "genres": [["Crime", "Drama"], []],
        "secret": ["x", "y"],
        "more": [1, 2],
    }
)


@pytest.fixture
def catalog():
    return Catalog(TABLE, SCHEMA)


def test_items_are_found_by_id_and_by_number(catalog):
    assert catalog.num("alien") == 1
    assert catalog.nums(["alien", "heat"]).tolist() == [1, 0]
    assert [row["item_id"] for row in catalog.rows([1, 0, 1])] == ["alien", "heat", "alien"]
    assert catalog.rows([]) == []


def test_an_unknown_id_suggests_the_nearest(catalog):
    with pytest.raises(UnknownName, match="Did you mean 'alien'"):
        catalog.num("aliens")


def test_an_item_without_title_is_called_by_its_id(catalog):
    assert catalog.titles == ["Heat", "alien"]


def test_texts_hold_what_is_shown_prose_last(catalog):
    assert catalog.texts() == ["Heat. Crime, Drama. A robbery.", ""]


def test_columns_outside_the_schema_are_left_out(catalog):
    assert "more" not in catalog.table.columns


def test_conditions_take_any_spelling(catalog):
    assert catalog.select(Compare("genres", "contains", "CRIME")).tolist() == [0]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (TABLE.drop("plot"), "lacks the columns"),
        (TABLE.with_columns(item_id=pl.lit("same")), "stand twice"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(table, says):
    with pytest.raises(DataError, match=says):
        Catalog(table, SCHEMA)
