from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from sommelier.errors import ConfigError, PredicateError
from sommelier.llm.chat.schema import Schema


class Step(BaseModel):
    kind: Literal["filter", "rank"]
    limit: int = Field(default=5, ge=1, le=9)
    genres: list[str] = Field(default=[], max_length=2)
    after: "Step | None" = None

    @field_validator("genres")
    @classmethod
    def _known(cls, genres):
        if "Polka" in genres:
            raise ValueError("Polka is no genre here")
        return genres


STEP = Schema.of(Step)


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "rank"}',
        ' {"kind": "filter", "limit": 9, "genres": ["War"], "after": {"kind": "rank"}} ',
        '{"kind": "rank", "after": null}',
        '```json\n{"kind": "rank"}\n```',
        '{"kind": "rank", "limit": 3.0}',
    ],
)
def test_what_fits_has_no_faults(text):
    value, faults = STEP.read(text)
    assert faults == []
    assert value["kind"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "not valid JSON"),
        ('{"kind": "rank"', "not valid JSON"),
        ('{"kind": "rank", "limit": NaN}', "NaN"),
        ("[" * 100_000, "not valid JSON"),
        ("[]", "must be of type object"),
        ("{}", "lacks the key 'kind'"),
        ('{"kind": "sort"}', 'kind must be one of ["filter", "rank"], not "sort"'),
        ('{"kind": "rank", "limit": 0}', "limit breaks minimum 1 with 0"),
        ('{"kind": "rank", "limit": true}', "limit must be of type integer"),
        ('{"kind": "rank", "limit": "3"}', "limit must be of type integer"),
        ('{"kind": "rank", "genres": ["a", "b", "c"]}', "genres breaks maxItems 2 with 3"),
        ('{"kind": "rank", "genres": ["a", 7]}', "genres[1] must be of type string"),
        ('{"kind": "rank", "after": {"kind": "rank", "after": {"kind": 1}}}', "after"),
        ('{"kind": "rank", "genres": ["Polka"]}', "Polka is no genre here"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(text, fault):
    _, faults = STEP.read(text)
    assert any(fault in one for one in faults), faults


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"const": 1}, 1, True),
        ({"enum": [0, "x"]}, "x", False),
        ({"type": ["string", "null"]}, None, 3),
        ({"oneOf": [{"type": "integer"}, {"type": "number", "maximum": 3}]}, 4, 2),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, 2, 3),
        ({"exclusiveMinimum": 1, "exclusiveMaximum": 3}, 2, 3),
        ({"type": "string", "minLength": 2, "pattern": "^a"}, "ab", "ba"),
        ({"minItems": 1, "prefixItems": [{"type": "string"}], "items": False}, ["a"], ["a", 2]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": 1}, {"a": "1"}),
        ({"properties": {"a": True}, "additionalProperties": False}, {"a": []}, {"b": 1}),
    ],
)
def test_each_keyword_is_checked(rule, good, bad):
    schema = Schema("one", rule)
    assert schema.faults(good) == []
    assert schema.faults(bad) != []


@pytest.mark.parametrize(
    "body",
    [
        {"uniqueItems": True},
        {"properties": {"a": {"not": {}}}},
        {"items": {"patternProperties": {}}},
        {"$ref": "#/$defs/nobody"},
        {"$ref": "https://example.org/schema"},
    ],
)
def test_a_keyword_that_cannot_be_checked_is_refused_beforehand(body):
    with pytest.raises(ConfigError):
        Schema("one", body)


def test_rules_beyond_the_schema_join_the_check():
    def check(value):
        raise PredicateError(f"There is no field {value['field']!r}.")

    schema = Schema("one", {"type": "object"}, check)
    assert schema.faults({"field": "yeer"}) == ["There is no field 'yeer'."]


def test_only_closed_objects_are_asked_for_strictly():
    assert not STEP.strict
    closed = {"properties": {"a": {}}, "required": ["a"], "additionalProperties": False}
    assert Schema("one", closed).strict
    assert not Schema("one", {"items": {**closed, "required": []}}).strict


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_value_breaks_the_check(value):
    assert isinstance(STEP.faults(value), list)


@given(st.text())
def test_no_text_breaks_the_reading(text):
    value, faults = STEP.read(text)
    assert faults or value is not None
