"""Transactions: what is read is one moment, what is written is stored whole or not at all.

A write takes its locks at its start, so that writers queue instead of failing half-way: in SQLite
the lock of the file, in PostgreSQL those of the people (and other things) that it names.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from sommelier.errors import StateError
from sommelier.state.database.engines import is_lite, schema_of
from sommelier.state.database.faults import shown, translated

__all__ = ["glancing", "insert_new", "lock_all", "number_on", "reading", "shred", "writing"]

_SLOTS: Final = 512  # locks of one schema; a large delivery must not use up the server's
_ALL: Final = _SLOTS  # ... and the one for its tables


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that sees one moment of the database."""
    with translated(engine), engine.connect() as connection:
        if not is_lite(engine):
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def glancing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection for a single statement, which needs no transaction: the cheap way."""
    with translated(engine), engine.connect() as connection:
        if is_lite(engine):
            yield connection.execution_options(begin=None)
        else:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")


@contextmanager
def writing(engine: sa.Engine, *owners: object) -> Iterator[sa.Connection]:
    """Give a connection whose work is stored whole when the block ends, or not at all.

    Writes that name the same `owners` (anything that prints: ("user", "42")) queue; None is nobody.
    """
    with (
        translated(engine),
        engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        if not is_lite(engine):
            slots = {zlib.crc32(str(one).encode("utf-8", "replace")) % _SLOTS for one in owners}
            _lock(connection, sorted(slots))  # in one order, so that no two wait for one another
        yield connection


def lock_all(connection: sa.Connection) -> None:
    """Wait until nobody else changes the tables themselves."""
    if not is_lite(connection.engine):
        _lock(connection, [_ALL])


def _lock(connection: sa.Connection, slots: list[int]) -> None:
    space = zlib.crc32((schema_of(connection.engine) or "").encode()) - 2**31  # signed, 32 bits
    if slots:
        connection.execute(_TAKE, {"space": space, "slots": slots})


_TAKE: Final = sa.text(  # one after the other, as they stand
    "SELECT pg_advisory_xact_lock(CAST(:space AS int), slot)"
    " FROM unnest(CAST(:slots AS int[])) AS slot"
)


def insert_new(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> set[Any]:
    """Insert the rows whose primary key is new; returns the keys of those."""
    statement = _insert_new(table, is_lite(connection.engine))
    return set(connection.execute(statement, rows if len(rows) > 1 else rows[0]).scalars())


@cache  # to build it takes longer than to run it
def _insert_new(table: sa.Table, lite: bool) -> Any:
    [key] = table.primary_key.columns
    insert = (sqlite.insert if lite else postgresql.insert)(table)
    return insert.on_conflict_do_nothing(index_elements=[key]).returning(key)


def number_on(connection: sa.Connection, column: sa.Column[int]) -> None:
    """Let a table that was filled by hand go on numbering after its highest number.

    SQLite finds it by itself.
    """
    if is_lite(connection.engine):
        return
    highest = connection.execute(sa.select(sa.func.max(column))).scalar()
    sequence = sa.func.pg_get_serial_sequence(f'"{column.table.name}"', column.name)
    connection.execute(sa.select(sa.func.setval(sequence, highest or 1, highest is not None)))


def shred(engine: sa.Engine) -> None:
    """Make deleted content unreadable in the files too; StateError while another one is reading.

    SQLite overwrites deleted rows (secure_delete), but older pages stay in the write-ahead log
    until it is folded in. Other databases have their own housekeeping.
    """
    if not is_lite(engine):
        return
    with translated(engine), engine.connect() as connection:
        plain = connection.execution_options(begin=None)  # VACUUM stands outside transactions
        plain.exec_driver_sql("VACUUM")
        if plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
            raise StateError(
                f"Erased, but another process is still reading {shown(engine)}, so that traces "
                "remain in its files.",
                hint="Close the other program and erase again.",
            )
