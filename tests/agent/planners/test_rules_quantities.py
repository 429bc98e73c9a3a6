"""Numbers in a message: what they bound, and what no calendar holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.planners.rules.reading.quantities import Quantities, role_field
from sommelier.agent.planners.rules.reading.words import words
from sommelier.data.predicates import from_json
from sommelier.data.schema import Field, Kind, Schema

SCHEMA = Schema(
    fields=(
        Field(name="id", kind=Kind.ID),
        Field(name="renovated", kind=Kind.DATE),
        Field(name="rooms", kind=Kind.NUMBER),
    )
)


@pytest.fixture(scope="module")
def quantities():
    return Quantities(SCHEMA, words())


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("renovated before 1999", "1999-01-01"),
        ("renovated before 10000", "9999-01-01"),
        ("renovated over 99999999", "9999-12-31"),
        ("renovated before 0", "0001-01-01"),
    ],
)
def test_years_beyond_the_calendar_stop_at_its_ends(quantities, said, value):
    [found] = quantities.find(said)
    assert found.condition == {
        "field": "renovated",
        "op": ">" if "over" in said else "<",
        "value": value,
    }


@pytest.mark.parametrize(
    ("said", "op", "value"),
    [
        ("rooms between 7 and 9", "between", [7, 9]),
        ("from 7 rooms to 9 rooms", "between", [7, 9]),
        ("between 7 rooms and 9 rooms", "between", [7, 9]),
        ("30 rooms at the most", "<=", 30),
        ("30 rooms upwards", ">=", 30),
        ("no smaller than 30 rooms", ">=", 30),
        ("in excess of 30 rooms", ">", 30),
        ("short of 30 rooms", "<", 30),
    ],
)
def test_bounds_are_read_in_many_words(quantities, said, op, value):
    [found] = quantities.find(said)
    assert found.condition == {"field": "rooms", "op": op, "value": value}


def test_an_age_in_years_is_no_date():
    age = Field(name="minimum_age", kind=Kind.NUMBER, unit="years")
    schema = Schema(fields=(Field(name="id", kind=Kind.ID), age))
    assert role_field(schema, words(), "year") is None


@given(
    st.sampled_from(["renovated {a}", "renovated after {a}", "renovated {a} to {b}", "{a} rooms"]),
    st.integers(0, 10**12),
    st.integers(0, 10**12),
)
def test_any_number_is_a_sound_condition(quantities, form, a, b):
    for found in quantities.find(form.format(a=a, b=b)):
        if found.condition:
            from_json(found.condition)
