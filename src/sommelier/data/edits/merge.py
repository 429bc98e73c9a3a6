"""Edits laid over what a source read: rows replaced, added and taken out, with their events.

What the fields mean is worked out from the source alone, so that one odd edit changes no kind; an
edited row is then read by the kinds. Fields that the log adds are left to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from sommelier.data.catalog import DTYPES
from sommelier.data.infer.cells import convert
from sommelier.data.infer.prepare import meaning
from sommelier.data.schema import Kind, Schema
from sommelier.data.settings import Settings
from sommelier.data.sources.base import Imported
from sommelier.types import ITEM_ID, USER_ID, Json

__all__ = ["edited"]

_Rows = Mapping[str, Json | None]


def edited(imported: Imported, settings: Settings, items: _Rows, users: _Rows) -> Imported:
    """Return the data with the newest rows by id over it; None is a deleted one."""
    if items:
        imported = _with_items(imported, settings, items)
    if users:
        imported = _with_users(imported, users)
    return imported


def _with_items(imported: Imported, settings: Settings, items: _Rows) -> Imported:
    table, schema = meaning(imported, settings)
    rows = {name: row for name, row in items.items() if row is not None}
    kept = _without(table, ITEM_ID, items)
    merged = pl.concat([kept, _typed(rows, schema)]) if rows else kept
    lost = [name for name, row in items.items() if row is None]
    later = [field for field in imported.schema or () if field.name not in schema]
    return replace(
        imported,
        items=merged,
        events=_without(imported.events, ITEM_ID, lost),
        schema=schema.model_copy(update={"fields": (*schema.fields, *later)}),
    )


def _typed(rows: Mapping[str, Json], schema: Schema) -> pl.DataFrame:
    """Return rows in the stored types; what was checked by another schema is read as it goes."""
    columns = []
    for field in schema:
        if field.kind is Kind.ID:
            values = pl.Series(list(rows), dtype=pl.String)
        else:
            cells = [_cell(row.get(field.name), field.kind) for row in rows.values()]
            raw = pl.Series(field.name, cells, _raw(field.kind))
            values = convert(raw, field.kind).cast(DTYPES[field.kind])
        columns.append(values.alias(field.name))
    return pl.DataFrame(columns)


def _raw(kind: Kind) -> Any:
    stored = {Kind.TAGS: pl.List(pl.String), Kind.NUMBER: pl.Float64, Kind.FLAG: pl.Boolean}
    return stored.get(kind, pl.String)


def _cell(value: Any, kind: Kind) -> Any:
    """Return a JSON value as a raw cell of its kind; None where it is of no such kind."""
    if value is None:
        return None
    match kind:
        case Kind.TAGS:
            return [str(word) for word in (value if isinstance(value, list) else [value])]
        case Kind.NUMBER:
            fits = isinstance(value, (int, float)) and not isinstance(value, bool)
            return float(value) if fits else None
        case Kind.FLAG:
            return value if isinstance(value, bool) else None
        case _:
            return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _with_users(imported: Imported, users: _Rows) -> Imported:
    rows = {name: row for name, row in users.items() if row is not None}
    lost = [name for name, row in users.items() if row is None]
    nobody = pl.DataFrame(schema={USER_ID: pl.String})
    table = _without(nobody if imported.users is None else imported.users, USER_ID, users)
    if rows:
        names = dict.fromkeys(name for row in rows.values() for name in row if name != USER_ID)
        columns = [pl.Series(USER_ID, list(rows), pl.String)]
        for name in names:
            column = _attribute(name, [row.get(name) for row in rows.values()])
            known = table.schema.get(name)
            columns.append(column if known is None else _as(column, known))
        table = pl.concat([table, pl.DataFrame(columns)], how="diagonal_relaxed")
    return replace(
        imported,
        users=table if rows or imported.users is not None else None,
        events=_without(imported.events, USER_ID, lost),
    )


def _attribute(name: str, values: list[Any]) -> pl.Series:
    """Return what people told of users in the narrowest type that holds all of it."""
    known = [value for value in values if value is not None]
    if any(isinstance(value, list) for value in known):
        lists = [None if v is None else v if isinstance(v, list) else [str(v)] for v in values]
        return pl.Series(name, lists, pl.List(pl.String))
    if all(isinstance(value, bool) for value in known):
        return pl.Series(name, values, pl.Boolean)
    if all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in known):
        return pl.Series(name, [None if v is None else float(v) for v in values], pl.Float64)
    return pl.Series(name, [None if v is None else str(v) for v in values], pl.String)


def _as(column: pl.Series, dtype: pl.DataType) -> pl.Series:
    """Return a column in the type that the users' table has, what does not fit as null."""
    if dtype == pl.List and column.dtype != pl.List:
        cells = [None if cell is None else [str(cell)] for cell in column]
        return pl.Series(column.name, cells, pl.List(pl.String)).cast(dtype, strict=False)
    if dtype == pl.String and column.dtype == pl.List:
        return column.list.join(", ")
    return column.cast(dtype, strict=False)


def _without(table: pl.DataFrame, key: str, ids: Sequence[str] | _Rows) -> pl.DataFrame:
    return table.filter(~pl.col(key).is_in(list(ids))) if ids else table
