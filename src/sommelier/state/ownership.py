"""Whose things are: erased for good when a person asks, handed over when a stranger logs in.

Runs inside a given transaction.
"""

import secrets
import time as clock
from collections.abc import Sequence

import sqlalchemy as sa

from sommelier.errors import UnknownName
from sommelier.state import rows, tables
from sommelier.state.edits import next_revision
from sommelier.state.profiles import Entry

__all__ = ["adopt", "entry_of", "erase_all", "erase_entries"]


def entry_of(connection: sa.Connection, user_id: str, entry_id: int) -> Entry:
    """Return one entry of a user; UnknownName if there is none or it is somebody else's."""
    owner = rows.owned(tables.entries, user_id, None)
    found = rows.entries_where(connection, owner, tables.entries.c.id == entry_id)
    if not found:
        raise UnknownName(
            "profile entry", str(entry_id), [], hint="`sommelier profile show` lists the ids."
        )
    return found[0]


def erase_entries(
    connection: sa.Connection, ids: Sequence[int], user_id: str | None, session_id: str | None
) -> dict[str, int]:
    """Delete entries and, because it says the same, the trail of what each one superseded."""
    table = tables.entries
    owner = rows.owned(table, user_id, session_id)
    doomed: set[int] = set()
    found = set(
        connection.execute(sa.select(table.c.id).where(owner, table.c.id.in_(ids))).scalars()
    )
    while found:
        doomed |= found
        older = sa.select(table.c.id).where(owner, table.c.superseded_by.in_(found))
        found = set(connection.execute(older).scalars()) - doomed
    gone = connection.execute(sa.delete(table).where(table.c.id.in_(doomed)))
    return {"entries": gone.rowcount}


def erase_all(
    connection: sa.Connection, user_id: str | None, session_id: str | None, *, turns: bool
) -> dict[str, int]:
    """Delete entries and feedback of a person, and with `turns` their sessions with every turn."""
    counts = {
        table.name: connection.execute(
            sa.delete(table).where(rows.owned(table, user_id, session_id))
        ).rowcount
        for table in (tables.entries, tables.feedback)
    }
    if turns:
        theirs = rows.owned(tables.sessions, user_id, session_id)
        spoken = tables.turns.c.session_id.in_(sa.select(tables.sessions.c.id).where(theirs))
        counts["turns"] = connection.execute(sa.delete(tables.turns).where(spoken)).rowcount
        counts["sessions"] = connection.execute(sa.delete(tables.sessions).where(theirs)).rowcount
    if user_id is not None:
        counts["user_edits"] = _unname(connection, user_id)
    return counts


def _unname(connection: sa.Connection, user_id: str) -> int:
    """Leave of a user's edit a deletion of nobody, so that the next refresh sees a change."""
    table = tables.user_edits
    return connection.execute(
        sa.update(table)
        .where(table.c.id == user_id)
        .values(
            id=f"erased-{secrets.token_hex(8)}",
            row=None,
            revision=next_revision(connection),
            time=clock.time(),
        )
    ).rowcount


def adopt(connection: sa.Connection, session_id: str, user_id: str) -> dict[str, int]:
    """Give an unowned session with its entries and feedback to a user; returns how many rows.

    A second time changes nothing. UnknownName if any of it is somebody else's: who does not own a
    session is not told that there is one.
    """
    for table in (tables.sessions, tables.entries, tables.feedback):
        owner = table.c.user_id
        others = sa.select(owner).where(_of(table, session_id), owner != user_id).limit(1)
        if connection.execute(others).first() is not None:
            raise UnknownName("session", session_id, [])
    said = rows.entries_where(
        connection,
        _of(tables.entries, session_id),
        tables.entries.c.user_id.is_(None),
        tables.entries.c.active.is_(True),
        tables.entries.c.scope == "lasting",
    )
    counts = {
        table.name: connection.execute(
            sa.update(table)
            .where(_of(table, session_id), table.c.user_id.is_(None))
            .values(user_id=user_id)
        ).rowcount
        for table in (tables.sessions, tables.entries, tables.feedback)
    }
    for entry in said:
        _settle(connection, entry.subject, user_id)
    return counts


def _of(table: sa.Table, session_id: str) -> sa.ColumnElement[bool]:
    return (table.c.id if table is tables.sessions else table.c.session_id) == session_id


def _settle(connection: sa.Connection, subject: str, user_id: str) -> None:
    """Let only the newest of a user's lasting entries about a subject stay active."""
    table = tables.entries
    rivals: list[Entry] = rows.entries_where(  # oldest first
        connection,
        table.c.user_id == user_id,
        table.c.scope == "lasting",
        table.c.subject == subject,
        table.c.active.is_(True),
    )
    if len(rivals) > 1:
        rows.supersede(connection, rivals[:-1], rivals[-1])
