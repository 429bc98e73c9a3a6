"""What single cells say: text, lists, quantities, days, yes or no. Each function takes a whole
column and returns it in the stored type of one kind; a cell that does not say it becomes null.

Knows nothing of names or schemas: which reading is right is decided in `guess`.
"""

import ast
import html
import json
import re
from collections.abc import Callable
from typing import Any, Final

import polars as pl

from sommelier.data.schema import Kind

__all__ = ["as_date", "as_flag", "as_list", "as_number", "as_text", "convert", "split"]

_EMPTY: Final = ("", "na", "n/a", "nan", "null", "none", "\\n", "nil", "#n/a")
_YES: Final = ("true", "yes", "t", "y", "1", "1.0")
_NO: Final = ("false", "no", "f", "n", "0", "0.0")
_DATES: Final = (
    "%Y-%m-%d", "%Y/%m/%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y",
    "%b %d, %Y", "%B %d, %Y", "%m %d, %Y", "%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y",
)  # fmt: skip
_CURRENCY: Final = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_QUANTITY: Final = (
    r"^([$€£¥]|[A-Z]{2,3}\$?)?\s*"
    r"([+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?|[+-]?\d+,\d{1,2})"
    r"\s*([\p{L}%€£$¥]{1,12}\.?)?(?:\s*-\s*[$€£¥]?[\d.,]+)?$"
)
_HOURS: Final = r"(?i)^(?:PT)?(\d+)\s*h(?:ours?|rs?)?\s*(?:(\d+)\s*m(?:in(?:utes?|s)?)?)?$"


def as_text(column: pl.Series) -> pl.Series:
    """Return stripped strings without HTML; lists are joined, empty words become null."""
    if column.dtype == pl.List:
        column = as_list(column).list.join(" ")
    elif column.dtype.is_float() and bool((column.drop_nulls() % 1 == 0).all()):
        column = column.cast(pl.Int64, strict=False)  # 5 rather than 5.0
    text = column.cast(pl.String).str.strip_chars()
    text = text.set(text.str.to_lowercase().is_in(list(_EMPTY)).fill_null(False), None)
    marked = text.str.contains(r"<[A-Za-z/!]|&#?\w+;").fill_null(False)
    if marked.any():
        text = text.scatter(marked.arg_true(), [_plain(cell) for cell in text.filter(marked)])
    return text


def _plain(cell: str) -> str | None:
    cell = re.sub(r"(?is)<(script|style)\b.*?</\1>|<!--.*?-->", " ", cell)
    cell = re.sub(r"(?is)</?[a-z][^<>]{0,2000}>?|<!\w[^<>]*>", " ", html.unescape(cell))
    return re.sub(r"\s+", " ", html.unescape(cell)).strip() or None


def as_number(column: pl.Series) -> tuple[pl.Series, str]:
    """Return floats and the unit that most cells carry ("142 min", "$12.99", "1h 20m")."""
    if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Date):
        number = column.to_physical().cast(pl.Float64)
        return number.set(~number.is_finite().fill_null(True), None), ""
    text = as_text(column)
    frame = pl.DataFrame({"cell": text}).select(
        before=pl.col("cell").str.extract(_QUANTITY, 1),
        number=pl.col("cell").str.extract(_QUANTITY, 2),
        after=pl.col("cell").str.extract(_QUANTITY, 3),
        hours=pl.col("cell").str.extract(_HOURS, 1).cast(pl.Float64),
        minutes=pl.col("cell").str.extract(_HOURS, 2).cast(pl.Float64).fill_null(0),
    )
    comma = pl.col("number").str.contains(r"^[+-]?\d+,\d{1,2}$")
    plain = (
        pl.when(comma)
        .then(pl.col("number").str.replace(",", "."))
        .otherwise(pl.col("number").str.replace_all(",", ""))
    )
    lasts = (pl.col("hours") * 60 + pl.col("minutes")).alias("number")
    out = frame.select(pl.coalesce(lasts, plain.cast(pl.Float64, strict=False)))
    if frame["hours"].count() * 2 > text.count():
        return out.to_series().alias(column.name), "minutes"
    return out.to_series().alias(column.name), _unit(frame, text.count())


def _unit(frame: pl.DataFrame, cells: int) -> str:
    words = pl.concat([frame["before"].drop_nulls(), frame["after"].rename("before").drop_nulls()])
    if len(words) * 2 < max(cells, 1):
        return ""
    word = str(words.mode().sort()[0]).rstrip(".")
    return {"min": "minutes", "mins": "minutes", "%": "percent"}.get(
        word, _CURRENCY.get(word, word)
    )


def as_date(column: pl.Series) -> pl.Series:
    """Return days; ISO days and times, and the usual written forms. Ambiguous d/m: month first."""
    if column.dtype in (pl.Date, pl.Datetime):
        return column.cast(pl.Date)
    if column.dtype.is_numeric():
        seconds = column.cast(pl.Float64)
        if (seconds > 1e11).any():
            seconds = seconds / 1000
        return (seconds / 86_400).floor().cast(pl.Int32, strict=False).cast(pl.Date)
    text = as_text(column)
    days = text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    for form in _DATES[1:]:
        if days.null_count() == text.null_count():
            break
        days = days.zip_with(days.is_not_null(), text.str.to_date(form, strict=False))
    return days


def as_flag(column: pl.Series) -> pl.Series:
    """Return booleans of true/false, yes/no, t/f, y/n, 1/0."""
    if column.dtype == pl.Boolean:
        return column
    word = as_text(column).str.to_lowercase()
    no = word.is_in(list(_NO))
    said = word.is_in(list(_YES))
    return said.set(~(said | no), None)


def as_list(column: pl.Series, separator: str = "") -> pl.Series:
    """Return lists of words, each once: from lists, JSON or Python lists in cells, or `separator`.

    Lists of objects give their `name` (else `title`, else the first word).
    """
    if column.dtype == pl.List:
        cells = [None if cell is None else _words(list(cell)) for cell in column.to_list()]
        return _lists(column.name, cells)
    text = as_text(column)
    if _holds_lists(text):
        return _lists(column.name, [_words(_decoded(cell)) for cell in text.to_list()])
    return (
        split(text, separator)
        if separator
        else _lists(column.name, [None if cell is None else [cell] for cell in text.to_list()])
    )


def split(text: pl.Series, separator: str) -> pl.Series:
    """Return lists of stripped words, in order, each once per cell."""
    parts = pl.element().str.strip_chars()
    kept = pl.element().filter((pl.element() != "") & (pl.element() != "(no genres listed)"))
    frame = pl.DataFrame({text.name: text}).select(
        pl.col(text.name)
        .str.split(separator)
        .list.eval(parts)
        .list.eval(kept)
        .list.unique(maintain_order=True)
    )
    return frame.to_series()


def _holds_lists(text: pl.Series) -> bool:
    full = text.drop_nulls().head(500)
    return len(full) > 0 and bool(full.str.contains(r"(?s)^\[.*\]$").mean() > 0.9)  # type: ignore[operator]


def _decoded(cell: str | None) -> list[Any]:
    if cell is None:
        return []
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(cell)
            return list(found) if isinstance(found, (list, tuple)) else [found]
        except (ValueError, SyntaxError, RecursionError):
            continue
    return [cell]


def _words(values: list[Any]) -> list[str]:
    found: dict[str, None] = {}
    for value in values:
        if isinstance(value, (list, tuple)):
            found.update(dict.fromkeys(_words(list(value))))
            continue
        named = _name_of(value) if isinstance(value, dict) else value
        word = "" if named is None else re.sub(r"\s+", " ", str(named)).strip()
        if "&" in word or "<" in word:
            word = _plain(word) or ""
        if word:
            found[word] = None
    return list(found)


def _name_of(value: dict[str, Any]) -> Any:
    named = value.get("name") or value.get("title")
    return named or next((v for v in value.values() if isinstance(v, str)), None)


def _lists(name: str, cells: list[list[str] | None]) -> pl.Series:
    return pl.Series(name, cells, pl.List(pl.String))


def convert(column: pl.Series, kind: Kind, separator: str = "") -> pl.Series:
    """Return a column in the stored type of `kind`."""
    readers: dict[Kind, Callable[[pl.Series], pl.Series]] = {
        Kind.TAGS: lambda cells: as_list(cells, separator),
        Kind.NUMBER: lambda cells: as_number(cells)[0],
        Kind.DATE: as_date,
        Kind.FLAG: as_flag,
    }
    return readers.get(kind, as_text)(column)
