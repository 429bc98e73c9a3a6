"""The way to the database: connecting, transactions, migrations, and errors in our own words.

Everything particular to SQLite stands here and nowhere else. A write is one transaction that takes
the write lock at its start, so that two processes queue instead of failing half-way. Alembic is
loaded only when the schema is not the current one. Knows nothing of what the tables mean.
"""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sommelier.errors import StateError

__all__ = ["HEAD", "connect", "migrate", "reading", "shred", "writing"]

HEAD: Final = "0001"  # the newest file of migrations/versions; a test compares the two
_BUSY: Final = 10.0  # seconds that a writer waits for another

_FAULTS: Final = {
    "SQLITE_BUSY": (
        "is locked by another process",
        "Close the other program, or try again when it has finished writing.",
    ),
    "SQLITE_LOCKED": (
        "is locked by another connection",
        "Try again when the other one has finished writing.",
    ),
    "SQLITE_FULL": ("has no room left on its disk", "Free some space; nothing was half written."),
    "SQLITE_CORRUPT": (
        "is damaged",
        "Move the file away to begin with an empty one, or restore it from a backup.",
    ),
    "SQLITE_NOTADB": (
        "is not a state file",
        "Move the file away to begin with an empty one, or name another path.",
    ),
    "SQLITE_READONLY": ("may not be written", "Check who owns the file and its folder."),
    "SQLITE_CANTOPEN": ("cannot be opened", "Check that its folder exists and may be written."),
    "SQLITE_IOERR": ("cannot be read from its disk", "Check the disk, then try again."),
}


def connect(where: str | Path) -> sa.Engine:
    """Return an engine for a database URL or a SQLite path; nothing is opened yet."""
    if isinstance(where, str) and "://" in where:
        try:
            url = sa.make_url(where)
        except exc.ArgumentError as error:
            raise StateError("The state's database URL cannot be read.") from error
    else:
        url = sa.URL.create("sqlite", database=str(where))
    lite = url.get_backend_name() == "sqlite"
    engine = sa.create_engine(
        url,
        json_serializer=partial(json.dumps, ensure_ascii=False, allow_nan=False),
        connect_args={"timeout": _BUSY} if lite else {},
    )
    if lite:
        sa.event.listen(engine, "connect", _tune)
        sa.event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that sees one moment of the database."""
    with _translated(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection whose work is stored whole when the block ends, or not at all."""
    with (
        _translated(engine),
        engine.connect().execution_options(begin="BEGIN IMMEDIATE") as connection,
        connection.begin(),
    ):
        yield connection


def migrate(engine: sa.Engine) -> None:
    """Bring the schema to HEAD; StateError if a newer version of the package wrote it."""
    with reading(engine) as connection:
        found = _revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StateError(
            f"The state in {_name(engine)} was written by a newer version (schema {found}, "
            f"this one knows {HEAD}).",
            hint="Upgrade with: pip install --upgrade sommelier",
        )
    with writing(engine) as connection:
        if _revision(connection) != HEAD:  # another process may have been quicker
            _upgrade(connection)


def shred(engine: sa.Engine) -> None:
    """Make deleted content unreadable in the files too; StateError while another one is reading.

    SQLite overwrites deleted rows (secure_delete), but older pages stay in the write-ahead log
    until it is folded in. Other databases have their own housekeeping.
    """
    if engine.dialect.name != "sqlite":
        return
    with _translated(engine), engine.connect() as connection:
        plain = connection.execution_options(begin=None)  # VACUUM stands outside transactions
        plain.exec_driver_sql("VACUUM")
        if plain.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]:
            raise StateError(
                f"Erased, but another process is still reading {_name(engine)}, so that traces "
                "remain in its files.",
                hint="Close the other program and erase again.",
            )


def _revision(connection: sa.Connection) -> str | None:
    """Return the schema's revision; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    folder = Path(__file__).parent / "migrations"
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _tune(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # `_begin` begins
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    # FULL: an acknowledged turn outlives a power cut too; it costs 0.2 ms a turn.
    connection.execute("PRAGMA synchronous = FULL")
    deadline = time.monotonic() + _BUSY
    while True:  # two processes that make one new file meet here, and SQLite itself does not wait
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin(connection: sa.Connection) -> None:
    statement = connection.get_execution_options().get("begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


@contextmanager
def _translated(engine: sa.Engine) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and its driver into StateError."""
    try:
        yield
    except exc.DBAPIError as error:
        fault = getattr(error.orig, "sqlite_errorname", "")
        what, hint = next(
            (words for name, words in _FAULTS.items() if fault.startswith(name)),
            (f"cannot be used: {error.orig}", ""),
        )
        raise StateError(f"The state in {_name(engine)} {what}.", hint=hint) from error
    except exc.StatementError as error:
        raise StateError(
            f"A value cannot be stored in the state: {error.orig}",
            hint="Records and states must be plain JSON: no NaN, no arrays, no objects.",
        ) from error
    except exc.SQLAlchemyError as error:
        raise StateError(f"The state in {_name(engine)} cannot be used: {error}.") from error


def _name(engine: sa.Engine) -> str:
    lite = engine.dialect.name == "sqlite"
    return str(engine.url.database) if lite else engine.url.render_as_string(hide_password=True)
