"""Conditions over a catalogue's fields: one small typed tree, and the JSON door to it.

Three doors: JSON from a plan (`from_json`), a SQL WHERE string (`where.parse`), and Python
(`Compare("year", ">=", 1990) & ~Compare("genres", "contains", "Horror")`). `packed.Packed.mask`
evaluates a tree as one vectorised scan. `checked` fits a tree to a schema: field names, operators
that the field's kind allows, values of the right type and spelling.

Missing values: every comparison with a missing value is false, `!=` too; `not` simply inverts, so
`not (price < 20)` keeps items without a price and `price >= 20` does not.
"""

import datetime as dt
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import PredicateError

__all__ = [
    "OPERATORS",
    "All",
    "Any_",
    "Compare",
    "Not",
    "Predicate",
    "Value",
    "all_of",
    "checked",
    "conditions",
    "day_number",
    "from_json",
    "to_json",
]

Value: TypeAlias = "str | float | bool | tuple[str | float, ...] | None"

_ORDERED: Final = ("=", "!=", "<", "<=", ">", ">=", "between", "in", "is_null")
_WORDS: Final = ("=", "!=", "in", "contains", "is_null")
OPERATORS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.ID: _WORDS,
    Kind.TITLE: _WORDS,
    Kind.TEXT: ("contains", "is_null"),
    Kind.CATEGORY: (*_WORDS, "contains_any"),
    Kind.TAGS: ("=", "contains", "contains_any", "contains_all", "in", "is_null"),
    Kind.NUMBER: _ORDERED,
    Kind.DATE: _ORDERED,
    Kind.FLAG: ("=", "!=", "is_null"),
}
_DEEPEST: Final = 50  # levels; a person writes three
_MANY: Final = ("between", "in", "contains_any", "contains_all")  # take several values


class _Node:
    """Python operators that build trees: `a & b`, `a | b`, `~a`."""

    def __and__(self, other: "Predicate") -> "Predicate":
        return All((self, other))  # type: ignore[arg-type]  # a node is one of the union

    def __or__(self, other: "Predicate") -> "Predicate":
        return Any_((self, other))  # type: ignore[arg-type]

    def __invert__(self) -> "Predicate":
        return Not(self)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Compare(_Node):
    """One condition on one field; a tuple of values for between, in, contains_any, contains_all."""

    field: str
    op: str
    value: Value = None


@dataclass(frozen=True)
class All(_Node):
    """Every part holds; true for no parts."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True)
class Any_(_Node):  # noqa: N801  # `Any` is typing's
    """At least one part holds; false for no parts."""

    parts: tuple["Predicate", ...]


@dataclass(frozen=True)
class Not(_Node):
    """The part does not hold."""

    part: "Predicate"


Predicate: TypeAlias = Compare | All | Any_ | Not


def conditions(predicate: Predicate) -> Iterator[Compare]:
    """Yield every comparison in the tree, left to right."""
    match predicate:
        case Compare():
            yield predicate
        case All(parts) | Any_(parts):
            for part in parts:
                yield from conditions(part)
        case Not(part):
            yield from conditions(part)


def to_json(predicate: Predicate) -> dict[str, Any]:
    """Return the JSON form; `from_json` reads it back to an equal tree."""
    match predicate:
        case Compare(field, op, value):
            shown = list(value) if isinstance(value, tuple) else value
            return {"field": field, "op": op, "value": shown}
        case All(parts):
            return {"all": [to_json(part) for part in parts]}
        case Any_(parts):
            return {"any": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}


def from_json(data: Any, *, depth: int = _DEEPEST) -> Predicate:
    """Read the JSON form; anything else is a PredicateError. Call `checked` before use.

    Conditions within conditions may go `depth` levels down.
    """
    if isinstance(data, dict) and depth:
        keys = set(data)
        if keys == {"not"}:
            return Not(from_json(data["not"], depth=depth - 1))
        if keys in ({"all"}, {"any"}) and isinstance(next(iter(data.values())), list):
            make = All if "all" in data else Any_
            parts = next(iter(data.values()))
            return make(tuple(from_json(part, depth=depth - 1) for part in parts))
        if {"field", "op"} <= keys <= {"field", "op", "value"}:
            field, op, value = data["field"], data["op"], data.get("value")
            frozen = tuple(value) if isinstance(value, list) else value
            if isinstance(field, str) and isinstance(op, str):
                return Compare(field, op, frozen)
    shown = f"{data!r:.200}" if depth else "more than 50 levels of conditions"
    raise PredicateError(
        f"This is no condition: {shown}",
        hint='Known forms: {"field", "op", "value"}, {"all": []}, {"any": []}, {"not": {}}.',
    )


def checked(
    predicate: Predicate, schema: Schema, known: Callable[[str, str], str] | None = None
) -> Predicate:
    """Return the tree with values in their stored form, or raise a PredicateError.

    `known(field, value)` maps a category or tag to its stored spelling and raises when there is
    none; without it, spellings are taken as given.
    """
    match predicate:
        case Compare():
            return _checked_compare(predicate, schema, known)
        case All(parts):
            return All(tuple(checked(part, schema, known) for part in parts))
        case Any_(parts):
            return Any_(tuple(checked(part, schema, known) for part in parts))
        case Not(part):
            return Not(checked(part, schema, known))


def day_number(text: str) -> int:
    """Return an ISO day, month or year as days since 1970-01-01; ValueError if it is none."""
    parts = text.strip().split("T")[0].split("-")
    year, month, day = (int(part) for part in (*parts, "1", "1")[:3])
    return (dt.date(year, month, day) - dt.date(1970, 1, 1)).days


def _checked_compare(
    condition: Compare, schema: Schema, known: Callable[[str, str], str] | None
) -> Compare:
    field, op, value = schema[condition.field], condition.op, condition.value
    allowed = OPERATORS[field.kind]
    if op not in allowed:
        raise PredicateError(
            f"{op!r} does not work on field {field.name!r}, which is of kind {field.kind.value!r}.",
            hint=f"It takes: {', '.join(allowed)}.",
        )
    if op == "is_null":
        return Compare(field.name, op)
    values = value if isinstance(value, tuple) else (value,)
    if op not in _MANY and len(values) != 1:
        raise PredicateError(f"{field.name} {op} takes one value, not {len(values)}.")
    if op == "between" and len(values) != 2:
        raise PredicateError(f"{field.name} between takes two values, not {len(values)}.")
    cleaned = tuple(_value(field, op, one, known) for one in values)
    return Compare(field.name, op, cleaned if op in _MANY else cleaned[0])


def _value(
    field: Field, op: str, value: Any, known: Callable[[str, str], str] | None
) -> str | float:
    try:
        match field.kind:
            case Kind.NUMBER:
                if isinstance(value, bool) or math.isnan(float(value)):
                    raise ValueError
                return float(value)
            case Kind.DATE:
                return float(day_number(value) if isinstance(value, str) else value)
            case Kind.FLAG:
                return float(_flag(value))
            case _ if not isinstance(value, str | float | int):
                raise ValueError
            case Kind.CATEGORY | Kind.TAGS if known and not (
                field.kind is Kind.CATEGORY and op == "contains"
            ):
                return known(field.name, str(value))
            case _:
                return str(value)
    except (ValueError, TypeError, KeyError):
        example = f"for example {field.examples[0]!r}" if field.examples else "see `describe`"
        raise PredicateError(
            f"{value!r} is not a value of field {field.name!r}, a {field.kind.value} ({example})."
        ) from None


def _flag(value: Any) -> bool:
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
    return value if isinstance(value, bool) else words[str(value).removesuffix(".0").casefold()]


def all_of(parts: Sequence[Predicate]) -> Predicate:
    """Join conditions with `all`, without a needless layer around a single one."""
    return parts[0] if len(parts) == 1 else All(tuple(parts))
