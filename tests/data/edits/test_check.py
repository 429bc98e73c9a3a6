"""A row of JSON fits its catalogue, or every field that does not is named with its rule."""

import math

import pytest

from sommelier.data.edits import check_item, check_user, item_faults, user_faults
from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import UsageError

KINDS = {"item_id": "id", "title": "title", "plot": "text", "studio": "category", "genres": "tags"}
KINDS |= {"year": "number", "released": "date", "in_stock": "flag"}
SCHEMA = Schema(fields=tuple(Field(name=name, kind=Kind(kind)) for name, kind in KINDS.items()))
WHOLE = {
    "item_id": "heat", "title": "Heat", "plot": "A thief.\nA cop.", "studio": "Forward Pass",
    "genres": ["Crime", "戏剧"], "year": 1995, "released": "1995-12-15", "in_stock": True,
}  # fmt: skip


def test_a_whole_row_fits_and_so_does_one_with_nothing_but_its_id():
    assert item_faults(WHOLE, SCHEMA) == []
    assert item_faults({"item_id": "x"}, SCHEMA) == []
    assert item_faults({**dict.fromkeys(KINDS), "item_id": "x"}, SCHEMA) == []
    check_item(WHOLE, SCHEMA)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("item_id", "", "1 to 500"),
        ("item_id", 5, "1 to 500"),
        ("item_id", " x", "no space around"),
        ("item_id", "a\nb", "control"),
        ("title", 5, "a text"),
        ("plot", "x" * 100_001, "longer"),
        ("plot", "\x1b[2J", "control"),
        ("plot", "\ud800", "control"),
        ("genres", "Crime", "a list"),
        ("genres", ["Crime", 5], "list of texts"),
        ("year", "1995", "finite number"),
        ("year", True, "finite number"),
        ("year", math.nan, "finite number"),
        ("year", 10**400, "finite number"),
        ("released", "15.12.1995", "YYYY-MM-DD"),
        ("released", "1995-13-01", "YYYY-MM-DD"),
        ("in_stock", "yes", "true or false"),
        ("in_stock", 1, "true or false"),
        ("yaer", 1995, "did you mean 'year'"),
    ],
)
def test_what_breaks_a_rule_is_named_with_it(field, value, rule):
    [fault] = item_faults({**WHOLE, field: value}, SCHEMA)
    assert fault.field == field
    assert rule in fault.rule
    with pytest.raises(UsageError, match=field):
        check_item({**WHOLE, field: value}, SCHEMA)


def test_all_faults_of_a_row_are_told_at_once():
    faults = item_faults({"title": 5, "year": "x"}, SCHEMA)
    assert [fault.field for fault in faults] == ["item_id", "title", "year"]


def test_users_may_have_any_plain_field():
    user = {"user_id": "ann", "age": 40, "city": "Ulm", "vip": False, "likes": ["space"], "x": None}
    assert user_faults(user) == []
    check_user(user)


@pytest.mark.parametrize(
    "wrong", [{"user_id": ""}, {"age": math.inf}, {"likes": {"a": 1}}, {"1st": 1}, {"a b": 1}]
)
def test_a_user_that_is_not_plain_is_refused(wrong):
    assert len(user_faults({"user_id": "ann", **wrong})) == 1
    with pytest.raises(UsageError):
        check_user({"user_id": "ann", **wrong})
