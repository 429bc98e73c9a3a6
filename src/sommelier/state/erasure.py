"""Deleting for good what a person asks to be forgotten. Runs inside a given transaction."""

from collections.abc import Sequence

import sqlalchemy as sa

from sommelier.errors import UnknownName
from sommelier.state import rows, tables
from sommelier.state.profiles import Entry

__all__ = ["entry_of", "erase_all", "erase_entries"]


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
    return counts
