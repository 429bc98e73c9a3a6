"""Whether one whole row satisfies a condition: the slow, plain way, written apart from the scan."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, day_number
from sommelier.data.schema import Kind, Schema

__all__ = ["holds"]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "in": lambda a, b: a in b,
}


def holds(predicate: Predicate, row: dict[str, Any], schema: Schema) -> bool:
    """Return whether one whole row satisfies a predicate; a missing value satisfies nothing."""
    match predicate:
        case All(parts):
            return all(holds(part, row, schema) for part in parts)
        case Any_(parts):
            return any(holds(part, row, schema) for part in parts)
        case Not(part):
            return not holds(part, row, schema)
        case Compare(name, op, value):
            kind = schema[name].kind
            held = row.get(name)
            missing = held is None or held in ("", [])
            if op == "is_null":
                return missing
            if missing:
                return False
            if kind in (Kind.NUMBER, Kind.DATE, Kind.FLAG):
                return _ORDER[op](_number(held), _number(value))
            return _words(kind, op, held, value)


def _number(value: Any) -> Any:
    match value:
        case tuple() | list():
            return [_number(one) for one in value]
        case date():
            return float((value - date(1970, 1, 1)).days)
        case str():
            return float(day_number(value))
        case _:
            return float(value)


def _words(kind: Kind, op: str, held: Any, value: Any) -> bool:
    wanted = [str(v).casefold() for v in (value if isinstance(value, tuple | list) else (value,))]
    if kind is Kind.TAGS:
        own = {str(v).casefold() for v in held}
        return (
            all(w in own for w in wanted) if op == "contains_all" else any(w in own for w in wanted)
        )
    own_text = str(held).casefold()
    match op:
        case "!=":
            return own_text not in wanted
        case "contains":
            return wanted[0] in own_text
        case _:
            return own_text in wanted
