"""Connecting: a pool for a SQLite file or for one schema of a PostgreSQL database.

Both wait `BUSY` seconds for another writer. A PostgreSQL connection is tried before it is used, so
a database that went away and came back is found again.
"""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sommelier import extras
from sommelier.errors import StateError, UsageError
from sommelier.state.database.presence import Presence

__all__ = ["BUSY", "connect", "file_of", "is_lite", "schema_of"]

BUSY: Final = 10.0  # seconds that a writer waits for another
_KEPT: Final = 8  # connections that stay open in one process
_MORE: Final = 32  # ... and those opened beside them while many threads ask
_LONGEST: Final = 63  # bytes of a PostgreSQL name; it would cut longer ones off
_SCHEMA: Final = "sommelier_schema"  # execution option that names the schema
_FILE: Final = "sommelier_file"  # ... and the one that knows the SQLite file


def connect(where: str | Path, schema: str | None = None) -> sa.Engine:
    """Return an engine for a database URL or a SQLite path; nothing is opened yet.

    `schema` is the PostgreSQL schema that holds the tables. A SQLite file holds one shop and needs
    none.
    """
    url = _url(where)
    name = url.get_backend_name()
    if name == "sqlite":
        return _lite(url)
    if name in ("postgresql", "postgres"):
        extras.load("psycopg", extra="postgres")
        return _postgres(url.set(drivername="postgresql+psycopg"), schema)
    raise StateError(
        f"The state cannot be kept in {name!r}.",
        hint="Name a SQLite file or a postgresql:// URL.",
    )


def is_lite(engine: sa.Engine) -> bool:
    """Return whether it is SQLite."""
    return engine.dialect.name == "sqlite"


def schema_of(engine: sa.Engine) -> str | None:
    """Return the PostgreSQL schema that an engine was given."""
    named = engine.get_execution_options().get(_SCHEMA)
    return None if named is None else str(named)


def file_of(engine: sa.Engine) -> Presence | None:
    """Return what knows whether the SQLite file of an engine is still the same."""
    found: Presence | None = engine.get_execution_options().get(_FILE)
    return found


def _url(where: str | Path) -> sa.URL:
    if not isinstance(where, str) or "://" not in where:
        return sa.URL.create("sqlite", database=str(where))
    try:
        return sa.make_url(where.replace("postgres://", "postgresql://", 1))
    except exc.ArgumentError as error:
        raise StateError("The state's database URL cannot be read.") from error


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, TypeError, RecursionError) as error:
        raise StateError(
            f"A value cannot be stored in the state: {error}",
            hint="Records and states must be plain JSON: no NaN, no arrays, no objects.",
        ) from error


def _engine(url: sa.URL, **more: Any) -> sa.Engine:
    return sa.create_engine(
        url,
        json_serializer=_json,
        pool_size=_KEPT,
        max_overflow=_MORE,
        pool_timeout=BUSY,
        pool_use_lifo=True,  # the connection whose caches are warm
        **more,
    )


def _postgres(url: sa.URL, schema: str | None) -> sa.Engine:
    told = [str(url.query.get("options", "")), f"-c lock_timeout={int(BUSY * 1000)}"]
    if schema is not None:
        told.append(f"-c search_path={_escaped(_quoted(schema))}")
    return _engine(
        url,
        pool_pre_ping=True,
        execution_options={_SCHEMA: schema},
        connect_args={"options": " ".join(told).strip(), "connect_timeout": int(BUSY)},
    )


def _quoted(schema: str) -> str:
    size = len(schema.encode("utf-8", "replace"))
    if not 0 < size <= _LONGEST or schema.startswith("pg_") or not schema.isprintable():
        raise UsageError(
            f"The workspace's name {schema!r} cannot be that of a PostgreSQL schema.",
            hint=f"Rename its folder: at most {_LONGEST} bytes, and not beginning with 'pg_'.",
        )
    return '"' + schema.replace('"', '""') + '"'


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _lite(url: sa.URL) -> sa.Engine:
    memory = url.database in (None, "", ":memory:")
    if memory:
        raise StateError("The state must outlast the program.", hint="Name a SQLite file.")
    file = Presence(Path(str(url.database)))
    engine = _engine(url, connect_args={"timeout": BUSY}, execution_options={_FILE: file})
    file.guard(engine)
    sa.event.listen(engine, "connect", _tune)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _tune(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # `_begin` begins
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    # FULL: an acknowledged turn outlives a power cut too; it costs 0.2 ms a turn.
    connection.execute("PRAGMA synchronous = FULL")
    deadline = time.monotonic() + BUSY
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
