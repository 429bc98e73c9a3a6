"""Which kind a column is: by what its name promises, if its cells keep the promise; else by cells.

Works on one column at a time. Which column is the title, and what spans columns, is `fields`' part.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from sommelier.data.infer.cells import as_date, as_flag, as_list, as_number, as_text, split
from sommelier.data.infer.known import Known, known
from sommelier.data.schema import Kind

__all__ = ["Guess", "guess"]

_ID_NAME: Final = re.compile(r"(^|_)(id|ids|isbn\d*|asin|ean|upc|gtin|sku|uuid|guid|hash)(_?\d+)?$")
_PICTURE: Final = re.compile(
    r"(^|_)(im|image|images|img|picture|poster|thumbnail|cover|video|videos)(_|$)"
)
_DAY_NAME: Final = re.compile(r"(^|_)(date|day|time|timestamp|datetime|at|on)$")
_FLAG_NAME: Final = re.compile(r"^(is|has|can|was|in|on|allows?)_")
_SEPARATORS: Final = ("|", ";", "、", ",")
_SHORT = 40  # characters: up to here a value may be one of a vocabulary
_PROSE = 60  # characters: words in lists are shorter than this on average


@dataclass(frozen=True)
class Guess:
    """One column as a field: its kind and its values in that kind's stored type."""

    kind: Kind
    values: pl.Series
    unit: str = ""
    hidden: bool = False


def guess(name: str, column: pl.Series, promised: Kind | None = None) -> Guess | None:
    """Return what a column is, or None if it holds nothing. `promised` is what people decided."""
    entry = known(name)
    found = _listed(entry, column) if _is_nested(column) else _flat(name, entry, column, promised)
    if found is None or found.values.null_count() == len(found.values):
        return None
    if promised and promised is not found.kind:
        found = _as(promised, column)
    if entry and entry.zero_is_missing and found.kind is Kind.NUMBER:
        found = Guess(found.kind, found.values.set(found.values == 0, None), found.unit)
    return Guess(found.kind, found.values, found.unit, found.hidden or _says_nothing(found))


def _says_nothing(found: Guess) -> bool:
    """Return whether nearly every item has the same value."""
    values = found.values.drop_nulls()
    if found.kind is Kind.TAGS:
        values = values.filter(values.list.len() > 0)
    return (
        len(found.values) > 1 and len(values) > 0.5 * len(found.values) and values.n_unique() == 1
    )


def _is_nested(column: pl.Series) -> bool:
    if column.dtype.is_nested():
        return True
    if column.dtype != pl.String:
        return False
    cells = column.drop_nulls().head(500).str.strip_chars()
    return len(cells) > 0 and bool(cells.str.contains(r"(?s)^\[.*\]$").mean() > 0.9)  # type: ignore[operator]  # not empty


def _listed(entry: Known | None, column: pl.Series) -> Guess | None:
    if column.dtype == pl.Struct:
        return Guess(Kind.TEXT, column.struct.json_encode(), hidden=True)
    values = as_list(column)
    words = values.explode().drop_nulls()
    if not len(words):
        return None
    prose = float(words.str.len_chars().mean() or 0) > _PROSE  # type: ignore[arg-type]  # a number
    if prose or (entry and entry.kind is Kind.TEXT):
        return Guess(Kind.TEXT, as_text(values))
    if entry and entry.kind in (Kind.CATEGORY, Kind.TITLE) and values.list.len().max() == 1:
        return Guess(Kind.CATEGORY, values.list.first())
    return Guess(Kind.TAGS, values, hidden=_urls(words))


def _flat(name: str, entry: Known | None, column: pl.Series, promised: Kind | None) -> Guess | None:
    text = as_text(column)
    cells = text.drop_nulls()
    if not len(cells):
        return None
    if _urls(cells) or (_PICTURE.search(name) and not column.dtype.is_numeric()):
        return Guess(Kind.TEXT, text, hidden=True)
    if entry and (kept := _promise(entry, name, column, text)):
        return kept
    if _ID_NAME.search(name) and not promised:
        return Guess(Kind.CATEGORY, text, hidden=True)
    return _quantity(name, column, text) or _worded(text, trusted=False)


def _promise(entry: Known, name: str, column: pl.Series, text: pl.Series) -> Guess | None:
    """Return the kind that the name promises, or None if the cells do not keep it."""
    n = text.count()
    match entry.kind:
        case Kind.NUMBER:
            values, unit = as_number(column)
            kept = values.count() >= 0.5 * n
            return Guess(Kind.NUMBER, values, unit or entry.unit) if kept else None
        case Kind.DATE:
            return _quantity(name, column, text)
        case Kind.TITLE | Kind.TEXT:
            return Guess(entry.kind, text)
        case Kind.CATEGORY:
            return Guess(Kind.CATEGORY, text) if _length(text) <= 2 * _SHORT else None
    return _quantity(name, column, text) or _worded(text, trusted=True)


def _quantity(name: str, column: pl.Series, text: pl.Series) -> Guess | None:
    """Return a flag, number, code or date, if nearly all cells are one."""
    n = text.count()
    if column.dtype == pl.Boolean:
        return Guess(Kind.FLAG, column)
    if column.dtype in (pl.Date, pl.Datetime):
        return Guess(Kind.DATE, as_date(column))
    words = set(text.drop_nulls().str.to_lowercase().unique().head(5).to_list())
    flag = as_flag(text)
    if flag.count() == n and (len(words) == 2 or _FLAG_NAME.match(name)):
        return Guess(Kind.FLAG, flag)
    number, unit = as_number(column)
    if number.count() >= 0.95 * n and text.str.contains(r"^0\d+$").any():
        return Guess(Kind.CATEGORY, text)  # codes: a number does not begin with 0
    if number.count() >= 0.95 * n:
        low, high = float(number.min()), float(number.max())  # type: ignore[arg-type]  # n > 0
        if _DAY_NAME.search(name) and low > 1e8 and (number % 1 == 0).all():
            return Guess(Kind.DATE, as_date(number))
        counter = _counts_rows(number)
        return Guess(Kind.NUMBER, number, unit, hidden=counter and high > 1)
    if as_date(text.drop_nulls().head(200)).count() >= 0.9 * min(n, 200):
        days = as_date(text)
        if days.count() >= 0.95 * n:
            return Guess(Kind.DATE, days)
    return None


def _counts_rows(number: pl.Series) -> bool:
    steps = number.diff().drop_nulls()
    return len(steps) > 1 and bool((steps == 1).all())


def _worded(text: pl.Series, *, trusted: bool) -> Guess:
    """Return tags, category or text; `trusted` says that the name promises a vocabulary."""
    separator = _separator(text, trusted=trusted)
    if separator:
        return Guess(Kind.TAGS, split(text, separator))
    n, distinct, length = text.count(), text.drop_nulls().n_unique(), _length(text)
    if trusted and length <= 2 * _SHORT:
        return Guess(Kind.CATEGORY, text)
    repeats = distinct <= 0.5 * n or (n < 50 and distinct < n)
    return Guess(Kind.CATEGORY if repeats and length <= _SHORT else Kind.TEXT, text)


def _separator(text: pl.Series, *, trusted: bool) -> str:
    cells = text.drop_nulls()
    for separator in _SEPARATORS:
        share = float(cells.str.contains(separator, literal=True).mean() or 0)  # type: ignore[arg-type]
        if share < (0.02 if trusted else 0.2):
            continue
        words = split(cells, separator).explode().drop_nulls()
        if _length(words) > _SHORT:
            continue
        # A vocabulary is smaller than the combinations that cells make of it; prose is not.
        if trusted or words.n_unique() <= 0.7 * cells.n_unique():
            return separator
    return ""


def _length(text: pl.Series) -> float:
    return float(text.str.len_chars().mean() or 0)  # type: ignore[arg-type]  # a number


def _urls(cells: pl.Series) -> bool:
    return bool((cells.str.contains(r"^(https?://|www\.)\S+$").mean() or 0) > 0.9)  # type: ignore[operator]


def _as(kind: Kind, column: pl.Series) -> Guess:
    match kind:
        case Kind.NUMBER:
            return Guess(kind, *as_number(column))
        case Kind.TAGS:
            if _is_nested(column):
                return Guess(kind, as_list(column))
            text = as_text(column)
            return Guess(kind, as_list(text, _separator(text, trusted=True)))
        case Kind.DATE:
            return Guess(kind, as_date(column))
        case Kind.FLAG:
            return Guess(kind, as_flag(column))
        case _:
            return Guess(kind, as_text(column))
