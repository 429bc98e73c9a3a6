"""Conditions of a plan as clauses of a frame: `{"field": "year", "op": ">=", ...}` -> `year>=1990`.

The other way needs the catalogue's values and is the resolver's work.
"""

import datetime as dt
from typing import Any

from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, from_json
from sommelier.data.schema import Kind, Schema
from sommelier.types import Json

__all__ = ["written"]

_SIGNS = {"contains": "=", "contains_any": "=", "in": "=", "contains_all": "=", "!=": "="}


def written(where: Json, schema: Schema) -> list[str]:
    """Return the clauses of a condition, those that must not hold begun with "no ".

    What holds for any of several fields is joined by " or ". References to earlier steps are
    written `field<#`.
    """
    if isinstance(where.get("value"), dict):  # the result of a step, which is no value yet
        return [f"{where['field']}{where['op']}#"]
    return _clauses(from_json(where), schema)


def _clauses(tree: Predicate, schema: Schema) -> list[str]:
    match tree:
        case Compare():
            return [("no " if tree.op == "!=" else "") + _clause(tree, schema)]
        case Not(part):
            return [f"no {clause}" for clause in _clauses(part, schema)]
        case Any_(parts):
            return [" or ".join(c for part in parts for c in _clauses(part, schema))]
        case All(parts):
            return [clause for part in parts for clause in _clauses(part, schema)]


def _clause(part: Compare, schema: Schema) -> str:
    field = schema[part.field]
    values = part.value if isinstance(part.value, tuple) else (part.value,)
    told = [_value(value, field.kind) for value in values]
    if part.op == "is_null":
        return f"{part.field}=none"
    if part.op == "between":
        return f"{part.field}={told[0]}..{told[1]}"
    if field.kind in (Kind.TEXT, Kind.TITLE) and part.op == "contains":
        return f"{part.field}~{told[0]}"
    return f"{part.field}{_SIGNS.get(part.op, part.op)}{'|'.join(told)}"


def _value(value: Any, kind: Kind) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind is Kind.DATE and isinstance(value, int | float):
        return (dt.date(1970, 1, 1) + dt.timedelta(days=int(value))).isoformat()
    return f"{value:g}" if isinstance(value, int | float) else str(value)
