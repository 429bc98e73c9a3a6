"""The errors of SQLAlchemy and of the drivers, in our own words. A test sees that none is missed.

The state that failed is named without its password; so are the words of the drivers, which hold
none.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import exc

from sommelier.errors import StateError, UsageError
from sommelier.state.database.engines import is_lite

__all__ = ["shown", "translated"]

_Words = tuple[str, str]

_LITE: Final[dict[str, _Words]] = {
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

# By SQLSTATE, the longer first; see appendix A of PostgreSQL's manual.
_POSTGRES: Final[dict[str, _Words]] = {
    "53100": ("has no room left on its disk", "Free some space; nothing was half written."),
    "53300": (
        "takes no more connections",
        "Raise max_connections of PostgreSQL, or run fewer workers.",
    ),
    "53": ("has run out of memory", "Give PostgreSQL more, then try again."),
    "55P03": (
        "is locked by another process",
        "Try again when the other one has finished writing.",
    ),
    "40": ("was being written by another process", "Try again; nothing was half written."),
    "57014": ("took too long to answer", "Try again; nothing was half written."),
    "57": ("is shutting down or starting", "Try again in a moment; no restart is needed."),
    "08": ("does not answer", "Start PostgreSQL, or check the network; no restart is needed."),
    "28": ("does not let this user in", "Check the user and the password in the URL."),
    "3D000": ("is not there", "Make the database first: createdb NAME"),
    "42501": (
        "may not be used by this user",
        "Grant it CREATE on the database, or make the schema for it.",
    ),
    "25006": ("may not be written", "It is a read-only copy; name the server that writes."),
    "XX001": ("is damaged", "Restore it from a backup."),
    "42P01": ("lacks a table of ours", "Restore it from a backup, or name another schema."),
}
_GONE: Final = ("does not answer", "Start PostgreSQL, or check the URL; no restart is needed.")


@contextmanager
def translated(engine: sa.Engine) -> Iterator[None]:
    """Turn the errors of SQLAlchemy and its driver into StateError, or UsageError for bad text."""
    try:
        yield
    except exc.DBAPIError as error:
        if _is_bad_value(error):
            raise _unfit(error.orig) from error
        what, hint = _words(engine, error)
        raise StateError(f"The state in {shown(engine)} {what}.", hint=hint) from error
    except exc.StatementError as error:
        if isinstance(error.orig, StateError):  # ours already, from where JSON is written
            raise error.orig from error
        raise _unfit(error.orig) from error
    except exc.TimeoutError as error:
        raise StateError(
            f"All connections to the state in {shown(engine)} are busy.",
            hint="Try again; if it lasts, run more workers.",
        ) from error
    except exc.SQLAlchemyError as error:
        raise StateError(f"The state in {shown(engine)} cannot be used: {error}.") from error
    except (UnicodeEncodeError, OverflowError) as error:  # the driver's, while it binds
        raise _unfit(error) from error


def shown(engine: sa.Engine) -> str:
    """Return what an engine is connected to, without its password."""
    if is_lite(engine):
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def _is_bad_value(error: exc.DBAPIError) -> bool:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return isinstance(error, exc.DataError) or state.startswith("22")


def _unfit(error: Any) -> UsageError:
    return UsageError(
        f"Some text cannot be stored in the state: {error}",
        hint="Send plain Unicode text without NUL characters and lone surrogates.",
    )


def _words(engine: sa.Engine, error: exc.DBAPIError) -> _Words:
    if is_lite(engine):
        code, known = getattr(error.orig, "sqlite_errorname", ""), _LITE
    else:
        code, known = str(getattr(error.orig, "sqlstate", None) or ""), _POSTGRES
        if not code and (error.connection_invalidated or isinstance(error, exc.OperationalError)):
            return _POSTGRES_EARLY.get(_early(error), _GONE)
    for name, words in known.items():
        if code.startswith(name):
            return words
    return f"cannot be used: {error.orig}", ""


_POSTGRES_EARLY: Final = {  # refused at the door, where psycopg tells no SQLSTATE
    "password authentication failed": _POSTGRES["28"],
    "no password supplied": _POSTGRES["28"],
    "does not exist": _POSTGRES["3D000"],
    "too many clients": _POSTGRES["53300"],
    "the database system is": _POSTGRES["57"],
}


def _early(error: exc.DBAPIError) -> str:
    said = str(error.orig)
    return next((words for words in _POSTGRES_EARLY if words in said), "")
