"""A schema keeps its rules and survives being written as TOML."""

import tomllib

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import ConfigError, PredicateError, UnknownName

ID = Field(name="item_id", kind=Kind.ID)
words = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=8)


@st.composite
def fields(draw):
    facts = st.none() | st.floats(allow_nan=False, allow_infinity=False)
    return Field(
        name=draw(words.filter(bool)),
        kind=draw(st.sampled_from([k for k in Kind if k not in (Kind.ID, Kind.TITLE)])),
        description=draw(words),
        aliases=tuple(draw(st.lists(words, max_size=2))),
        synonyms=draw(st.dictionaries(words, words, max_size=2)),
        hidden=draw(st.booleans()),
        minimum=draw(facts),
        maximum=draw(facts),
        missing=draw(st.floats(0, 1)),
    )


@given(st.lists(fields(), max_size=4, unique_by=lambda field: field.name))
def test_toml_gives_back_the_same_schema(others):
    schema = Schema(fields=(ID, *(f for f in others if f.name != "item_id")), noun="film")
    assert Schema.from_toml(tomllib.loads(tomli_w.dumps(schema.to_toml()))) == schema


def test_a_minimum_of_zero_is_kept():
    schema = Schema(fields=(ID, Field(name="price", kind=Kind.NUMBER, minimum=0.0)))
    assert Schema.from_toml(schema.to_toml())["price"].minimum == 0.0


@pytest.mark.parametrize(
    "others",
    [
        (Field(name="a", kind=Kind.TEXT), Field(name="a", kind=Kind.TAGS)),
        (Field(name="a", kind=Kind.TITLE), Field(name="b", kind=Kind.TITLE)),
        (Field(name="a", kind=Kind.ID),),
    ],
)
def test_names_are_unique_and_there_is_one_id_and_at_most_one_title(others):
    with pytest.raises(ConfigError):
        Schema(fields=(ID, *others))


def test_without_a_title_items_are_called_by_their_id():
    assert Schema(fields=(ID,)).title_field == "item_id"


def test_an_unknown_field_suggests_the_nearest():
    schema = Schema(fields=(ID, Field(name="genres", kind=Kind.TAGS)))
    with pytest.raises(UnknownName, match="Did you mean 'genres'"):
        schema["genre"]


def test_requiring_a_kind_names_the_fields_that_have_it():
    schema = Schema(fields=(ID, Field(name="year", kind=Kind.NUMBER)))
    with pytest.raises(PredicateError, match="year"):
        schema.require("item_id", Kind.NUMBER)


def test_a_wrong_kind_in_toml_names_the_right_ones():
    with pytest.raises(ConfigError, match="one of: id, title"):
        Schema.from_toml({"fields": {"item_id": {"kind": "key"}}})
