"""The JSON schema of conditions over one catalogue: its fields, their operators, what is known of
their values. It is derived, never written, so a host's model names only what there is.
"""

from datetime import date, timedelta
from typing import Any, Final

from sommelier.data.predicates import OPERATORS
from sommelier.data.schema import Field, Kind
from sommelier.hostile import harmless, orders
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["condition_schema", "facts_schema"]

_ENUMERATED: Final = 48  # values of a field that are named one by one; of others only a few
_NAMED: Final = 6
_REF: Final = {"$ref": "#/$defs/condition"}
_VALUES: Final[dict[Kind, Json]] = {
    Kind.NUMBER: {"type": "number"},
    Kind.DATE: {"type": "string", "description": "a day, as 2024-12-31"},
    Kind.FLAG: {"type": "boolean"},
}
_FACTS: Final[dict[Kind, Json]] = {
    Kind.TAGS: {"type": "array", "items": {"type": "string"}},
    Kind.NUMBER: {"type": "number"},
    Kind.FLAG: {"type": "boolean"},
}


def condition_schema(box: Toolbox) -> Json:
    """Return the schema of a condition: a comparison of one field, or several joined."""
    parts = {"type": "array", "items": _REF, "minItems": 1}
    joined = [
        _object({"all": parts}, "every part holds"),
        _object({"any": parts}, "at least one part holds"),
        _object({"not": _REF}, "the part does not hold"),
    ]
    return {"anyOf": [*(_comparison(field, box) for field in _open(box)), *joined]}


def facts_schema(box: Toolbox) -> Json:
    """Return the schema of an item's facts: the fields that people may see."""
    return {
        "type": "object",
        "properties": {
            field.name: _FACTS.get(field.kind, {"type": "string"}) | _told(field)
            for field in _open(box)
            if field.kind is not Kind.ID
        },
        "additionalProperties": False,
    }


def _open(box: Toolbox) -> list[Field]:
    return [field for field in box.schema if not field.hidden]


def _object(properties: Json, told: str) -> Json:
    return {
        "type": "object",
        "description": told,
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _comparison(field: Field, box: Toolbox) -> Json:
    value = _value(field, box)
    several = {"type": "array", "items": value, "minItems": 1}
    return {
        "type": "object",
        **_told(field, _bounds(field)),
        "properties": {
            "field": {"const": field.name},
            "op": {"enum": list(OPERATORS[field.kind])},
            "value": {"anyOf": [value, several]},
        },
        "required": ["field", "op"],
        "additionalProperties": False,
    }


def _value(field: Field, box: Toolbox) -> Json:
    if field.kind not in (Kind.CATEGORY, Kind.TAGS):
        return _VALUES.get(field.kind, {"type": "string"})
    words = [word for word in box.lexicon.postings(field.name).words if _plain(word)]
    if len(words) <= _ENUMERATED and not field.people:
        return {"enum": words} if words else {"type": "string"}
    shown = [word for word in field.examples if _plain(word)] or words
    return {"type": "string", "examples": shown[:_NAMED]}


def _told(field: Field, more: str = "") -> Json:
    parts = [field.description, f"in {field.unit}" if field.unit else "", more]
    told = "; ".join(harmless(part) for part in parts if part)
    return {"description": told} if told else {}


def _bounds(field: Field) -> str:
    if field.minimum is None or field.maximum is None:
        return ""
    return f"from {_bound(field, field.minimum)} to {_bound(field, field.maximum)}"


def _bound(field: Field, value: float) -> str:
    if field.kind is Kind.DATE:
        return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
    return f"{value:g}"


def _plain(word: Any) -> bool:
    """Return whether a value may be told to a model: it is a name, not an order."""
    return harmless(str(word)) == word and not orders(str(word))
