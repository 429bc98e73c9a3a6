"""Small catalogues and conditions for hypothesis, and what a condition means said row by row."""

import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest
from hypothesis import strategies as st

from sommelier.data.catalog import DTYPES
from sommelier.data.predicates import OPERATORS, All, Any_, Compare, Not
from sommelier.data.schema import Field, Kind, Schema

WORDS = ("Drama", "Comedy", "Sci-Fi", "drama noir", "Straße")
TEXTS = ("A quiet night", "the NIGHT train", "Ärger im Zug", "")
FIELDS = {
    "item_id": Kind.ID,
    "title": Kind.TITLE,
    "plot": Kind.TEXT,
    "colour": Kind.CATEGORY,
    "genres": Kind.TAGS,
    "price": Kind.NUMBER,
    "released": Kind.DATE,
    "available": Kind.FLAG,
}
_EPOCH = dt.date(1970, 1, 1)


def _cell(kind):
    cells = {
        Kind.TITLE: st.sampled_from(TEXTS),
        Kind.TEXT: st.sampled_from(TEXTS),
        Kind.CATEGORY: st.sampled_from((*WORDS, "")),
        Kind.TAGS: st.lists(st.sampled_from(WORDS), max_size=3),
        Kind.NUMBER: st.one_of(st.integers(-3, 3).map(float), st.sampled_from([0.1, 1e9 + 0.5])),
        Kind.DATE: st.integers(-2, 2).map(lambda day: _EPOCH + dt.timedelta(days=day)),
        Kind.FLAG: st.booleans(),
    }
    return st.none() | cells[kind]


@st.composite
def tables(draw):
    """A catalogue's table and schema: some of the fields, any cell may be missing."""
    names = draw(st.lists(st.sampled_from(list(FIELDS)[1:]), unique=True, min_size=1))
    n = draw(st.integers(0, 6))
    columns = [pl.Series("item_id", [f"i{row}" for row in range(n)], pl.String)]
    for name in names:
        cells = draw(st.lists(_cell(FIELDS[name]), min_size=n, max_size=n))
        columns.append(pl.Series(name, cells, DTYPES[FIELDS[name]]))
    fields = tuple(Field(name=column.name, kind=FIELDS[column.name]) for column in columns)
    return pl.DataFrame(columns), Schema(fields=fields)


def _value(kind, op):
    one = {
        Kind.ID: st.sampled_from(["i0", "I1", "zz"]),
        Kind.TITLE: st.sampled_from(["night", "A QUIET NIGHT", "ärger", "x"]),
        Kind.TEXT: st.sampled_from(["night", "A", "ä", "."]),
        Kind.CATEGORY: st.sampled_from([*WORDS, "DRAMA", "noir", "nothing"]),
        Kind.TAGS: st.sampled_from([*WORDS, "comedy", "nothing"]),
        Kind.NUMBER: st.sampled_from([-1.0, 0.0, 0.1, 2.0, 1e9 + 0.5, 1e9]),
        Kind.DATE: st.sampled_from([-1.0, 0.0, 1.0]),
        Kind.FLAG: st.sampled_from([0.0, 1.0]),
    }[kind]
    if op == "is_null":
        return st.none()
    if op == "between":
        return st.tuples(one, one)
    if op in ("in", "contains_any", "contains_all"):
        return st.lists(one, max_size=3).map(tuple)
    return one


@st.composite
def trees(draw, schema, depth=2):
    """Any tree of conditions that the schema allows."""
    if depth and draw(st.booleans()):
        parts = st.lists(trees(schema, depth - 1), max_size=3).map(tuple)
        return draw(st.one_of(parts.map(All), parts.map(Any_), trees(schema, depth - 1).map(Not)))
    field = draw(st.sampled_from(schema.fields))
    op = draw(st.sampled_from(OPERATORS[field.kind]))
    return Compare(field.name, op, draw(_value(field.kind, op)))


def holds(tree, row, schema):
    """Say whether one item satisfies a tree, in plain Python."""
    match tree:
        case All(parts):
            return all(holds(part, row, schema) for part in parts)
        case Any_(parts):
            return any(holds(part, row, schema) for part in parts)
        case Not(part):
            return not holds(part, row, schema)
        case Compare(name, op, value):
            return _holds(schema[name].kind, row[name], op, value)


def _holds(kind, cell, op, value):
    missing = cell is None or cell in ("", [])
    if op == "is_null":
        return missing
    if missing:
        return False
    if kind is Kind.TAGS:
        return _tags({word.casefold() for word in cell}, op, value)
    if kind in (Kind.NUMBER, Kind.DATE, Kind.FLAG):
        return _compared((cell - _EPOCH).days if kind is Kind.DATE else float(cell), op, value)
    lower = cell.casefold() if kind is Kind.CATEGORY else cell.lower()
    values = [
        one.casefold() if kind is Kind.CATEGORY else one.lower()
        for one in (value if isinstance(value, tuple) else (value,))
    ]
    return {
        "=": lambda: lower == values[0],
        "!=": lambda: lower != values[0],
        "contains": lambda: values[0] in lower,
        "in": lambda: lower in values,
        "contains_any": lambda: lower in values,
    }[op]()


def _tags(words, op, value):
    wanted = {one.casefold() for one in (value if isinstance(value, tuple) else (value,))}
    return wanted <= words if op == "contains_all" else bool(wanted & words)


def _compared(number, op, value):
    return {
        "=": lambda: number == value,
        "!=": lambda: number != value,
        "<": lambda: number < value,
        "<=": lambda: number <= value,
        ">": lambda: number > value,
        ">=": lambda: number >= value,
        "between": lambda: value[0] <= number <= value[1],
        "in": lambda: number in value,
    }[op]()


@pytest.fixture(scope="session")
def worlds():
    """The strategies and the plain meaning of conditions, for tests of this folder."""
    return SimpleNamespace(tables=tables, trees=trees, holds=holds)
