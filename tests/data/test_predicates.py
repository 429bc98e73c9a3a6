"""Trees of conditions: JSON, fit to a schema, readable refusals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.predicates import (
    All,
    Any_,
    Compare,
    Not,
    all_of,
    checked,
    conditions,
    day_number,
    from_json,
    to_json,
)
from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import PredicateError, UnknownName

SCHEMA = Schema(
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="genres", kind=Kind.TAGS, examples=("Comedy",)),
        Field(name="year", kind=Kind.NUMBER),
        Field(name="released", kind=Kind.DATE),
        Field(name="new", kind=Kind.FLAG),
    )
)


@given(st.data())
def test_json_is_read_back_to_an_equal_tree(worlds, data):
    _, schema = data.draw(worlds.tables())
    tree = data.draw(worlds.trees(schema))
    assert from_json(to_json(tree)) == tree


@given(st.data())
def test_checking_twice_changes_nothing_more(worlds, data):
    _, schema = data.draw(worlds.tables())
    tree = data.draw(worlds.trees(schema))
    once = checked(tree, schema)
    assert checked(once, schema) == once


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"field": "year"},
        {"all": 1},
        {"all": [], "any": []},
        {"not": []},
        {"field": "year", "op": "=", "value": 1, "more": 2},
        {"field": "year", "op": "=", "value": {"a": 1}},
        {"field": "year", "op": "in", "value": [[1]]},
        {"field": ["year"], "op": "="},
    ],
)
def test_json_that_is_no_condition_is_refused(data):
    with pytest.raises(PredicateError):
        checked(from_json(data), SCHEMA)


def test_json_nested_without_end_is_refused():
    data = {"field": "year", "op": "is_null"}
    for _ in range(100_000):
        data = {"not": data}
    with pytest.raises(PredicateError):
        from_json(data)


def test_python_operators_build_trees():
    a, b = Compare("year", ">", 1), Compare("new", "=", True)
    assert (a & b, a | b, ~a) == (All((a, b)), Any_((a, b)), Not(a))
    assert list(conditions((a & ~b) | a)) == [a, b, a]
    assert all_of([a]) is a
    assert all_of([a, b]) == All((a, b))


@pytest.mark.parametrize(
    ("condition", "stored"),
    [
        (Compare("year", "=", "1999"), 1999.0),
        (Compare("year", "between", (1990, 1999)), (1990.0, 1999.0)),
        (Compare("released", ">=", "1970-01-03"), 2.0),
        (Compare("released", ">=", "1971"), 365.0),
        (Compare("released", "<", "1970-02"), 31.0),
        (Compare("new", "=", "yes"), 1.0),
        (Compare("new", "=", False), 0.0),
        (Compare("genres", "in", "Comedy"), ("Comedy",)),
        (Compare("title", "is_null", "whatever"), None),
    ],
)
def test_values_come_to_their_stored_form(condition, stored):
    assert checked(condition, SCHEMA).value == stored


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        (Compare("genres", "<", "a"), "does not work on field 'genres'"),
        (Compare("title", "contains_all", ("a",)), "does not work"),
        (Compare("year", "=", (1, 2)), "takes one value, not 2"),
        (Compare("year", "between", (1,)), "takes two values, not 1"),
        (Compare("year", "=", "soon"), "'soon' is not a value of field 'year'"),
        (Compare("year", "=", True), "is not a value"),
        (Compare("year", "=", float("nan")), "is not a value"),
        (Compare("year", "=", None), "is not a value"),
        (Compare("released", "=", "2001-02-30"), "is not a value"),
        (Compare("new", "=", "perhaps"), "is not a value"),
        (Compare("title", "=", None), "is not a value"),
        (Compare("genres", "contains", None), "for example 'Comedy'"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(condition, says):
    with pytest.raises(PredicateError, match=says):
        checked(condition, SCHEMA, lambda field, value: value)


def test_an_unknown_field_suggests_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean 'genres'"):
        checked(Compare("genre", "contains", "Comedy"), SCHEMA)


def test_days_months_and_years_count_from_1970():
    assert [day_number(text) for text in ("1970", "1970-01-02", "1969-12-31T23:59")] == [0, 1, -1]
