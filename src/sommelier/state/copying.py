"""Everything in a store as lines of JSON, and back: what moves state between kinds of databases.

The first line tells the schema, each other one a table and a row. Knows the tables only by name.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from typing import Any, Final

import sqlalchemy as sa

from sommelier.errors import StateError, UsageError
from sommelier.state import tables
from sommelier.state.database import HEAD, number_on, reading, writing

__all__ = ["dump", "load"]

_BATCH: Final = 1000  # rows of one statement
_LATER: Final = "superseded_by"  # names an entry with a higher id, which must be there first


def dump(engine: sa.Engine) -> Iterator[str]:
    """Give one moment of all tables, line by line."""
    yield _line({"schema": HEAD})
    with reading(engine) as connection:
        for table in tables.metadata.sorted_tables:
            ordered = sa.select(table).order_by(*table.primary_key.columns)
            found = connection.execution_options(yield_per=_BATCH).execute(ordered)
            for row in found.mappings():
                yield _line({"table": table.name, "row": dict(row)})


def load(engine: sa.Engine, lines: Iterable[str]) -> int:
    """Fill empty tables with what `dump` gave, whole or not at all; returns the number of rows.

    StateError for lines of a newer version or broken ones; UsageError where something is stored.
    """
    told = (_read(number, line) for number, line in enumerate(lines, 1))
    head = next(told, {})
    if not isinstance(head.get("schema"), str) or head["schema"] > HEAD:
        raise StateError(
            f"The dump of the state has schema {head.get('schema')!r}, this version knows {HEAD}.",
            hint="Upgrade with: pip install --upgrade sommelier",
        )
    with writing(engine) as connection:
        _refuse_full(connection)
        count = sum(_fill(connection, name, rows) for name, rows in groupby(told, _table))
        for table in (tables.entries, tables.audit):
            number_on(connection, table.c.id)
    return count


def _refuse_full(connection: sa.Connection) -> None:
    for table in tables.metadata.sorted_tables:
        if connection.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first():
            raise UsageError(
                f"There is something in the state already (table {table.name!r}).",
                hint="Restore into an empty database, or another schema: another folder name.",
            )


def _fill(connection: sa.Connection, name: str, rows: Iterator[dict[str, Any]]) -> int:
    table = tables.metadata.tables.get(name)
    if table is None:
        raise StateError(f"The dump of the state has an unknown table {name!r}.")
    count, later = 0, []
    columns = list(table.c.keys())
    while batch := [{key: row["row"].get(key) for key in columns} for row in islice(rows, _BATCH)]:
        for row in batch:
            if row.get(_LATER) is not None:
                later.append({"its": row["id"], "newer": row.pop(_LATER)})
                row[_LATER] = None
        connection.execute(sa.insert(table), batch)
        count += len(batch)
    if later:
        found = table.c.id == sa.bindparam("its")
        connection.execute(
            sa.update(table).where(found).values(superseded_by=sa.bindparam("newer")), later
        )
    return count


def _table(told: dict[str, Any]) -> str:
    return str(told.get("table"))


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _read(number: int, line: str) -> dict[str, Any]:
    try:
        told = json.loads(line)
        if isinstance(told, dict) and (number == 1 or isinstance(told.get("row"), dict)):
            return told
    except ValueError:
        pass
    raise StateError(
        f"Line {number} of the dump of the state cannot be read.",
        hint="The backup is damaged; take another one.",
    )
