"""Whether a row of JSON fits: which fields there are, and what each may hold.

Items follow the catalogue's schema, whose kinds decide. Users have no schema: any plain field goes.
Null, or a field that is left out, says that nothing is known.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sommelier.data.schema import Kind, Schema
from sommelier.errors import UsageError, nearest
from sommelier.types import ITEM_ID, USER_ID, Json

__all__ = ["RowFault", "check_item", "check_user", "item_faults", "user_faults"]

_LONGEST_ID: Final = 500  # characters
_LONGEST: Final = 100_000  # characters of a text
_MOST: Final = 1000  # words of one list
_NAME: Final = re.compile(r"[^\W\d]\w{0,99}")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class RowFault:
    """One field of a row, and the rule that it breaks."""

    field: str
    rule: str


def check_item(row: Mapping[str, Any], schema: Schema) -> None:
    """Raise a UsageError that names the first field that does not fit, and all others."""
    _raise(str(row.get(ITEM_ID, "")), "item", item_faults(row, schema))


def check_user(row: Mapping[str, Any]) -> None:
    """Raise a UsageError that names the first field that does not fit, and all others."""
    _raise(str(row.get(USER_ID, "")), "user", user_faults(row))


def item_faults(row: Mapping[str, Any], schema: Schema) -> list[RowFault]:
    """Return what is wrong with a whole item, in the order of its fields; empty if it fits."""
    faults = [] if schema.id_field in row else [RowFault(schema.id_field, "is missing")]
    names = [field.name for field in schema]
    for name, value in row.items():
        if name not in names:
            close = nearest(name, names, limit=1)
            meant = f"; did you mean {close[0]!r}?" if close else f"; known: {', '.join(names)}"
            faults.append(RowFault(name, f"is no field of this catalogue{meant}"))
        elif rule := _broken(value, schema[name].kind):
            faults.append(RowFault(name, rule))
    return faults


def user_faults(row: Json | Mapping[str, Any]) -> list[RowFault]:
    """Return what is wrong with a whole user, in the order of its fields; empty if it fits."""
    faults = [] if USER_ID in row else [RowFault(USER_ID, "is missing")]
    for name, value in row.items():
        if name == USER_ID:
            rule = _id(value)
        elif not _NAME.fullmatch(name):
            rule = "is no name of a field: letters, digits and _ only, beginning with a letter"
        else:
            rule = _attribute(value)
        if rule:
            faults.append(RowFault(name, rule))
    return faults


def _raise(name: str, noun: str, faults: list[RowFault]) -> None:
    if faults:
        told = "; ".join(f"{fault.field!r} {fault.rule}" for fault in faults[:5])
        raise UsageError(
            f"The {noun} {name[:80]!r} does not fit: {told}.",
            hint="`sommelier describe` shows every field and its kind." if noun == "item" else "",
        )


def _broken(value: Any, kind: Kind) -> str:
    """Return the rule that a value breaks; empty if it breaks none."""
    if kind is Kind.ID:
        return _id(value)
    return "" if value is None else _RULES[kind](value)


def _id(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or value != value.strip():
        return f"must be a text of 1 to {_LONGEST_ID} characters, with no space around it"
    return "holds control characters" if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value) else ""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return "must be a text"
    if len(value) > _LONGEST:
        return f"is longer than {_LONGEST:,} characters"
    return "holds control characters" if _CONTROL.search(value) else ""


def _tags(value: Any) -> str:
    if not isinstance(value, list) or len(value) > _MOST:
        return f"must be a list of at most {_MOST:,} texts"
    return next((f"must be a list of texts: one {rule}" for rule in map(_text, value) if rule), "")


def _number(value: Any) -> str:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool)
    return "" if fits and math.isfinite(_float(value)) else "must be a finite number"


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _date(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            dt.date.fromisoformat(value)
            return ""
        except ValueError:
            pass
    return "must be a day as YYYY-MM-DD"


def _flag(value: Any) -> str:
    return "" if isinstance(value, bool) else "must be true or false"


def _attribute(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, list):
        return _tags(value)
    return _text(value) and "must be a text, a number, true or false, or a list of texts"


_RULES: Final[Mapping[Kind, Callable[[Any], str]]] = {
    Kind.TITLE: _text,
    Kind.TEXT: _text,
    Kind.CATEGORY: _text,
    Kind.TAGS: _tags,
    Kind.NUMBER: _number,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
}
