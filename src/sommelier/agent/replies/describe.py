"""Conditions and values in plain words: "Comedy, from the 1990s, runtime under 120 minutes"."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from sommelier.agent.replies.texts import Texts
from sommelier.agent.replies.texts import texts as texts_of
from sommelier.data.predicates import All, Any_, Compare, Not, Predicate
from sommelier.data.schema import Field, Kind, Schema
from sommelier.hostile import harmless, orders, prose
from sommelier.llm.language import han

__all__ = ["conditions_text", "describe", "is_prose", "label", "value_text"]

_Names = Callable[[str], str]
_YEAR_NAMES = ("year", "年份", "年")
_ORDERED = {"<": "under", ">": "over", "<=": "most", ">=": "least", "=": "equal"}
_YEARS = {"<": "before", ">": "after", "<=": "until", ">=": "since", "=": "year"}


def label(field: Field, texts: Texts | None = None) -> str:
    """Return a field's name as people read it."""
    return (texts or texts_of()).label(field)


def value_text(field: Field, value: Any, texts: Texts | None = None) -> str:
    """Return one value with its unit: 1994, 120 minutes, $12.50, Comedy, Crime, 3 May 1999."""
    texts = texts or texts_of()
    if isinstance(value, list | tuple):
        return texts.joined(harmless(str(v)) for v in value[:8] if not orders(str(v)))
    if isinstance(value, date):
        return texts.date(value)
    if isinstance(value, bool):
        return texts.mark("yes" if value else "no")
    if isinstance(value, float | int):
        number = f"{value:,.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"
        if field.unit in ("USD", "$"):
            return f"${value:,.2f}"
        return f"{number} {texts.unit(field.unit)}".strip()
    return prose(str(value))


def is_prose(text: str) -> bool:
    """Return whether a text is prose rather than a word or two; Chinese needs fewer letters."""
    return len(text) > (15 if han(text) else 40)


def describe(predicate: Predicate, schema: Schema, texts: Texts, names: _Names = str) -> str:
    """Return a condition in plain words; `names` turns an item id into a title."""
    match predicate:
        case Compare(field, "=", str(value)) if schema[field].kind is Kind.ID:
            return names(value)
        case Compare(field, "in", tuple(values)) if schema[field].kind is Kind.ID:
            return texts.fill("conditions", "shown") if len(values) > 1 else names(str(values[0]))
        case Compare():
            return _compare(predicate, schema[predicate.field], texts)
        case Not(Compare() as part) if schema[part.field].kind in (Kind.CATEGORY, Kind.TAGS):
            return texts.fill("conditions", "without", value=_joined(part.value, texts, "or"))
        case Not(part):
            inner = describe(part, schema, texts, names)
            return texts.fill("conditions", "not", condition=inner)
        case All(parts):
            return texts.fill("conditions", "and").join(_each(parts, schema, texts, names))
        case Any_(parts):
            return texts.fill("conditions", "or").join(
                dict.fromkeys(_each(parts, schema, texts, names))
            )


def conditions_text(
    predicates: Iterable[Predicate], schema: Schema, texts: Texts, names: _Names = str
) -> str:
    """Return several conditions in plain words, each once."""
    told = dict.fromkeys(describe(predicate, schema, texts, names) for predicate in predicates)
    return texts.fill("conditions", "and").join(told)


def _each(parts: Iterable[Predicate], schema: Schema, texts: Texts, names: _Names) -> list[str]:
    return [describe(part, schema, texts, names) for part in parts]


def _compare(condition: Compare, field: Field, texts: Texts) -> str:
    op, value = condition.op, condition.value
    if op == "is_null":
        return texts.fill("conditions", "missing", field=texts.label(field))
    match field.kind:
        case Kind.NUMBER | Kind.DATE:
            return _number(field, op, value, texts)
        case Kind.FLAG:
            told = texts.fill("conditions", "flag", field=texts.label(field))
            return (
                told
                if bool(value) == (op == "=")
                else texts.fill("conditions", "not", condition=told)
            )
        case Kind.CATEGORY | Kind.TAGS if op in ("contains_all",):
            return _joined(value, texts, "and")
        case Kind.CATEGORY | Kind.TAGS:
            told = _joined(value, texts, "or")
            if op == "!=":
                return texts.fill("conditions", "without", value=told)
            return texts.fill("conditions", "word", value=told)
        case _:
            return texts.fill(
                "conditions",
                "contains",
                value=_joined(value, texts, "or"),
                field=texts.label(field),
            )


def _number(field: Field, op: str, value: Any, texts: Texts) -> str:
    years = field.name in _YEAR_NAMES or field.kind is Kind.DATE
    if op == "between":
        low, high = (_shown(field, one, texts) for one in value)
        if years and field.kind is Kind.NUMBER and value[0] % 10 == 0 and value[1] - value[0] == 9:
            return texts.fill("conditions", "decade", low=low)
        name = _dated("years", field, texts) if years else "between"
        return texts.fill("conditions", name, field=texts.label(field), low=low, high=high)
    if op in ("in", "!="):
        told = texts.fill(
            "conditions", "equal", field=texts.label(field), value=_joined(value, texts, "or")
        )
        return told if op == "in" else texts.fill("conditions", "not", condition=told)
    name = _dated(_YEARS[op], field, texts) if years else _ORDERED[op]
    return texts.fill(
        "conditions", name, field=texts.label(field), value=_shown(field, value, texts)
    )


def _dated(name: str, field: Field, texts: Texts) -> str:
    """Return the text for days, where a language tells them from years."""
    day = f"{name}_day"
    return day if field.kind is Kind.DATE and ("conditions", day) in texts else name


def _shown(field: Field, value: Any, texts: Texts) -> str:
    if field.kind is Kind.DATE:
        known = date.fromisoformat(value) if isinstance(value, str) else None
        day = known or date(1970, 1, 1) + timedelta(days=int(value))
        return value_text(field, day, texts)
    return value_text(field, float(value), texts)


def _joined(value: Any, texts: Texts, word: str) -> str:
    values = [str(v) for v in value] if isinstance(value, list | tuple) else [str(value)]
    if len(values) > 6:
        return texts.joined(values[:5]) + " …"
    return texts.fill("conditions", word).join(values)
