"""Plain tables: CSV, TSV, JSON lines or Parquet, with columns under the usual names.

Reads three named files (`read_files`) or finds out by their columns which file of a folder holds
the items, the events and the users (`Tables`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final, TypeVar

import polars as pl

from sommelier.data.infer.known import field_name, noun_among
from sommelier.data.sources import delimited, jsonlines
from sommelier.data.sources.base import Imported, Rows, Sieve
from sommelier.data.sources.columns import (
    events_of,
    is_event_column,
    items_of,
    link,
    pick,
    required,
    users_of,
)
from sommelier.data.sources.files import File, Files
from sommelier.errors import DataError
from sommelier.types import ITEM_ID, TIMESTAMP, USER_ID, VALUE

__all__ = ["Tables", "column_names", "events_only", "read_files", "read_rows"]

_Read = TypeVar("_Read")
_NO_EVENTS: Final = pl.DataFrame(schema={USER_ID: pl.String, ITEM_ID: pl.String})
_ENDINGS: Final = (".csv", ".tsv", ".txt", ".dat", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")


def column_names(file: File) -> list[str]:
    """Return the names of a file's columns, whatever its form."""
    match file.form:
        case "json":
            return jsonlines.keys(file)
        case "parquet":
            return list(_parquet(file.label, lambda: pl.read_parquet_schema(file.path)))
        case _:
            return delimited.header(file)


def read_rows(file: File, sieve: Sieve, *, wanted: Callable[[str], bool] = lambda _: True) -> Rows:
    """Read the `wanted` columns of a file, whatever its form."""
    match file.form:
        case "json":
            return jsonlines.read(file, sieve, wanted=wanted)
        case "parquet":
            names = [name for name in column_names(file) if wanted(name)]
            frame = _parquet(file.label, lambda: pl.read_parquet(file.path, columns=names))
            return Rows(file.label, frame, first=1)
        case _:
            return delimited.read(file, sieve, wanted=wanted)


def _parquet(label: str, read: Callable[[], _Read]) -> _Read:
    try:
        return read()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise DataError(f"{label} cannot be read as Parquet: {error}") from error


def events_only(events: Rows) -> pl.DataFrame:
    """Return the items that a log names, for a catalogue of which nothing else is known."""
    return events.frame.select(pl.col(ITEM_ID).unique(maintain_order=True))


def read_files(
    items: File | None, events: File | None, users: File | None, sieve: Sieve
) -> Imported:
    """Read named files. Without items the catalogue is what the log names; events may lack too."""
    log = None if events is None else _log(events, sieve)
    catalogue = None if items is None else read_rows(items, sieve)
    if catalogue is not None:
        table = items_of(catalogue, sieve)
    elif log is not None:
        table = events_only(log)
    else:
        raise DataError("Neither a file of items nor one of events was named.")
    words = [pick(column_names(file), ITEM_ID) for file in (events, items) if file]
    return Imported(
        table,
        _NO_EVENTS if log is None else link(table, log, sieve),
        None if users is None else users_of(read_rows(users, sieve), sieve),
        noun=noun_among([*words, items.stem if items else ""]),
        notes=_notes(catalogue, table, log),
        rejects=tuple(sieve.rejects),
    )


def _log(file: File, sieve: Sieve) -> Rows:
    names = column_names(file)
    for role in (USER_ID, ITEM_ID):
        required(file.label, names, role)  # before a long reading
    return events_of(read_rows(file, sieve, wanted=is_event_column), sieve)


def _notes(catalogue: Rows | None, table: pl.DataFrame, log: Rows | None) -> tuple[str, ...]:
    notes = [note for rows in (catalogue, log) if rows for note in rows.notes]
    if catalogue is None:
        notes.append("There is no items file: the catalogue holds the ids in the log, no more.")
    elif table.height < catalogue.frame.height:
        less = catalogue.frame.height - table.height
        notes.append(f"{catalogue.file}: {less:,} rows were repeats or bad, and are left out.")
    if log is None:
        notes.append("There is no events file: nothing is known of what people chose.")
        return tuple(notes)
    if TIMESTAMP not in log.frame.columns:
        notes.append("No times are known: the order of the rows is taken as the order of events.")
    if VALUE not in log.frame.columns:
        notes.append("No ratings or amounts are known: an event says only that it happened.")
    return tuple(notes)


class Tables:
    """A folder (or zip, or one file) of plain tables; their columns say which is which."""

    name: ClassVar[str] = "tables"
    expects: ClassVar[str] = (
        "a table of events with a user and an item column (CSV, TSV, JSON lines or Parquet), "
        "and beside it a table of items with the same item column"
    )

    def fits(self, files: Files) -> bool:
        """Return whether some table names users and items."""
        return bool(_with(_columns(files), USER_ID, ITEM_ID))

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read the tables that fit best; the notes say which."""
        columns = _columns(files)
        events = max(
            _with(columns, USER_ID, ITEM_ID),
            key=lambda label: (_richness(columns[label]), files.files[label].path.stat().st_size),
        )
        key = pick(columns[events], ITEM_ID)
        items = _items(columns, key, besides=events)
        users = next(
            (label for label in _with(columns, USER_ID) if _one_row_each(files.files[label])), ""
        )
        read = read_files(
            files.files.get(items), files.files[events], files.files.get(users), sieve
        )
        used = ", ".join(label for label in (events, items, users) if label)
        return replace(read, notes=(f"Read: {used}.", *read.notes))


def _columns(files: Files) -> dict[str, list[str]]:
    """Return the columns of each file that is a table at all."""
    found = {}
    for label, file in files.files.items():
        ending = Path(label.lower().removesuffix(".gz")).suffix
        if ending in _ENDINGS or len(files.files) == 1:
            try:
                found[label] = column_names(file)
            except DataError:
                if len(files.files) == 1:
                    raise
    return found


def _with(columns: dict[str, list[str]], *roles: str) -> list[str]:
    """Return the files in which exactly these of user and item have a column."""
    return [
        label
        for label, names in columns.items()
        if {role for role in (USER_ID, ITEM_ID) if pick(names, role)} == set(roles)
    ]


def _richness(names: Sequence[str]) -> int:
    return sum(bool(pick(names, role)) for role in (TIMESTAMP, VALUE))


def _items(columns: dict[str, list[str]], key: str, *, besides: str) -> str:
    """Return the file whose item column is called as in the log, or `id` in a file named so."""
    word = field_name(key).removesuffix("_id")
    same = [label for label in _with(columns, ITEM_ID) if label != besides]
    same.sort(key=lambda label: pick(columns[label], ITEM_ID) != key)
    by_name = [
        label
        for label, names in columns.items()
        if "id" in map(field_name, names) and Path(label).name.lower().startswith((word, "item"))
    ]
    return next(iter([*same, *by_name]), "")


def _one_row_each(file: File) -> bool:
    rows = read_rows(file, Sieve("skip"))
    key = rows.frame[pick(rows.frame.columns, USER_ID)]
    return rows.frame.width > 1 and key.n_unique() == len(key)
