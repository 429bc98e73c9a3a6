"""Columns by their role: who, what, when, how much; under any of the names they go by.

Turns the raw rows of one file into the items, events or users of an import, rule by rule.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import polars as pl

from sommelier.data.infer.known import field_name
from sommelier.data.sources.base import Fault, Rows, Sieve
from sommelier.data.sources.times import RULE, to_seconds
from sommelier.errors import DataError, nearest
from sommelier.types import EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID, VALUE, Bools

__all__ = [
    "POSITION",
    "events_of",
    "is_event_column",
    "items_of",
    "link",
    "pick",
    "required",
    "users_of",
]

POSITION: Final = "position"
_ROLES: Final[dict[str, tuple[str, ...]]] = {
    USER_ID: (
        "user_id", "user", "userid", "uid", "reviewer_id", "customer_id", "customer", "member_id",
        "visitor_id", "account_id", "client_id", "person_id", "reader_id", "listener_id",
        "session_id",
    ),
    ITEM_ID: (
        "item_id", "item", "itemid", "iid", "parent_asin", "asin", "movie_id", "movieid", "film_id",
        "movie", "product_id", "product", "productid", "isbn", "book_id", "artist_id", "track_id",
        "song_id", "album_id", "business_id", "game_id", "app_id", "article_id", "news_id",
        "recipe_id", "anime_id", "venue_id", "poi_id", "course_id", "content_id", "sku", "gtin",
    ),
    TIMESTAMP: (
        "timestamp", "ts", "time", "datetime", "unix_review_time", "unixtime", "unix_time",
        "event_time", "timestamp_ms", "created_at", "date", "review_time", "day",
    ),
    VALUE: (
        "rating", "value", "stars", "score", "overall", "weight", "book_rating", "count", "plays",
        "play_count", "listening_count", "quantity", "strength", "preference",
    ),
    EVENT_TYPE: (
        "event_type", "event", "action", "behavior", "behaviour", "interaction_type", "event_name",
        "type",
    ),
    POSITION: ("position", "pos", "order", "seq", "sequence", "step", "index"),
}  # fmt: skip


def pick(names: Sequence[str], role: str) -> str:
    """Return the column that plays `role`, by the order of its known names; empty if none."""
    called = {field_name(name): name for name in reversed(names)}
    return next((called[alias] for alias in _ROLES[role] if alias in called), "")


def is_event_column(name: str) -> bool:
    """Return whether a column may play any role in an event."""
    return any(field_name(name) in aliases for aliases in _ROLES.values())


def required(
    file: str, names: Sequence[str], role: str, *, alternatives: Sequence[str] = ()
) -> str:
    """Return the column that plays `role`; DataError names the columns there are."""
    called = {field_name(name): name for name in reversed(names)}
    found = pick(names, role) or next((called[a] for a in alternatives if a in called), "")
    if not found:
        others = [name for name in called if not is_event_column(name)]
        close = [name for name in others if nearest(name, _ROLES[role], limit=1)]
        raise DataError(
            f"{file}, line 1: no column is the {role}. Its columns are: {', '.join(names)}.",
            hint=(f"Is it {called[close[0]]!r}? " if close else "")
            + f"Name the column {role} (also known: {', '.join(_ROLES[role][1:7])}, ...).",
        )
    return found


def _key(rows: Rows, column: str) -> pl.Series:
    cells = rows.frame[column]
    if cells.dtype.is_float() and (cells.drop_nulls() % 1 == 0).all():
        cells = cells.cast(pl.Int64)  # ids of a column with holes: 5, not 5.0
    return cells.cast(pl.String)


def events_of(rows: Rows, sieve: Sieve) -> Rows:
    """Return columns user_id, item_id and, where known, timestamp, value, event_type, in order.

    Rows without a user or item, with a value that is no number or a time that is none, are bad.
    Where the file gives each event's position, the rows are put in that order.
    """
    names = rows.frame.columns
    user, item = (required(rows.file, names, role) for role in (USER_ID, ITEM_ID))
    keys = {USER_ID: _key(rows, user), ITEM_ID: _key(rows, item)}
    faults = [Fault(_empty(keys[USER_ID]), user, "the user is missing")]
    faults.append(Fault(_empty(keys[ITEM_ID]), item, "the item is missing"))
    columns: dict[str, pl.Series] = {role: key.alias(role) for role, key in keys.items()}
    for role, dtype in ((VALUE, pl.Float32), (POSITION, pl.Float64)):
        if (name := pick(names, role)) and not _blank(rows.frame[name]):
            columns[role], bad = _number(rows.frame[name], dtype)
            faults.append(Fault(bad, name, "{value} is no number"))
    if (name := pick(names, TIMESTAMP)) and not _blank(rows.frame[name]):
        columns[TIMESTAMP], bad = to_seconds(rows.frame[name])
        faults.append(Fault(bad, name, RULE))
    if (name := pick(names, EVENT_TYPE)) and not _blank(rows.frame[name]):
        columns[EVENT_TYPE] = rows.frame[name].cast(pl.String)
    typed = pl.DataFrame([series.alias(role) for role, series in columns.items()])
    whole = np.ones(rows.frame.height, bool)
    for fault in faults:
        whole &= ~fault.bad
    kept = sieve.sift(rows, faults)
    frame = typed if whole.all() else typed.filter(pl.Series(whole))
    return _ordered(Rows(rows.file, frame, kept.lines, kept.first, kept.notes))


def _ordered(rows: Rows) -> Rows:
    if POSITION not in rows.frame.columns:
        return rows
    order = rows.frame.select(pl.arg_sort_by(USER_ID, POSITION, maintain_order=True)).to_series()
    lines = np.arange(len(order)) + rows.first if rows.lines is None else rows.lines
    frame = rows.frame.drop(POSITION)[order]
    return Rows(rows.file, frame, lines[order.to_numpy()], rows.first, rows.notes)


def _blank(column: pl.Series) -> bool:
    return column.null_count() == len(column)


def _empty(key: pl.Series) -> Bools:
    return (key.is_null() | (key == "")).fill_null(True).to_numpy()


def _number(column: pl.Series, dtype: type[pl.DataType]) -> tuple[pl.Series, Bools]:
    number = column.cast(dtype, strict=False)
    if number.null_count() == column.null_count():
        return number, np.zeros(len(column), bool)
    stripped = column.cast(pl.String).str.strip_chars()
    number = stripped.cast(dtype, strict=False)
    said = (stripped != "").fill_null(False)
    return number, (said & number.is_null()).to_numpy()


def items_of(rows: Rows, sieve: Sieve) -> pl.DataFrame:
    """Return item_id and the other columns as they stand.

    A row that repeats an earlier one exactly is dropped; one that gives the same id other values
    is bad.
    """
    column = required(rows.file, rows.frame.columns, ITEM_ID, alternatives=("id",))
    rows = _keyed(rows, column, ITEM_ID)
    missing = _empty(rows.frame[ITEM_ID])
    rows = sieve.sift(rows, [Fault(missing, ITEM_ID, "the item's id is missing")])
    same = rows.frame.with_columns(pl.col(pl.List).list.join("\x1f")).is_duplicated()
    if same.any():
        first = rows.frame.select(pl.struct(pl.all()).is_first_distinct()).to_series()
        rows = rows.keep(first.to_numpy())
    again = ~rows.frame[ITEM_ID].is_first_distinct()
    rule = "the id {value} stands already on an earlier line, with other values"
    return sieve.sift(rows, [Fault(again.to_numpy(), ITEM_ID, rule)]).frame


def users_of(rows: Rows, sieve: Sieve) -> pl.DataFrame:
    """Return user_id and the other columns as they stand; the first row of a user counts."""
    column = required(rows.file, rows.frame.columns, USER_ID, alternatives=("id",))
    rows = _keyed(rows, column, USER_ID)
    missing = _empty(rows.frame[USER_ID])
    rows = sieve.sift(rows, [Fault(missing, USER_ID, "the user's id is missing")])
    return rows.frame.unique(USER_ID, keep="first", maintain_order=True)


def _keyed(rows: Rows, column: str, key: str) -> Rows:
    others = rows.frame.drop(column)
    frame = (
        others.insert_column(0, _key(rows, column).alias(key))
        if key not in others.columns
        else others
    )
    return Rows(rows.file, frame, rows.lines, rows.first, rows.notes)


def link(items: pl.DataFrame, events: Rows, sieve: Sieve) -> pl.DataFrame:
    """Return the events, all of them of known items; events of others are bad rows."""
    unknown = ~events.frame[ITEM_ID].is_in(items[ITEM_ID].implode())
    rule = "the item {value} is not among the items"
    hint = "Add it to the items file, or import with --on-bad-row skip to set such events aside."
    return sieve.sift(events, [Fault(unknown.to_numpy(), ITEM_ID, rule, hint)]).frame
