"""Between rows and values: what each statement reads and writes. Runs inside a given transaction.

Here lives the rule of contradictions: of the entries of one owner about one subject only the newest
is active, and each older one names the entry that took its place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields, replace

import sqlalchemy as sa

from sommelier.errors import UsageError
from sommelier.state import tables
from sommelier.state.feedback import Event
from sommelier.state.profiles import Entry
from sommelier.state.sessions import Session, Turn

__all__ = [
    "add_entries",
    "add_feedback",
    "add_turn",
    "entries_where",
    "events_where",
    "owned",
    "retract",
    "sessions_where",
    "supersede",
    "turns_where",
]

_BATCH = 1000  # ids in one statement; databases bound their number
_ENTRY = [tables.entries.c[field.name] for field in fields(Entry)]


def owned(table: sa.Table, user_id: str | None, session_id: str | None) -> sa.ColumnElement[bool]:
    """Rows that belong to a person: by user (their sessions' rows too), by session, or by both."""
    session = table.c.id if table is tables.sessions else table.c.session_id
    parts: list[sa.ColumnElement[bool]] = []
    if user_id is not None:
        theirs = sa.select(tables.sessions.c.id).where(tables.sessions.c.user_id == user_id)
        parts += [table.c.user_id == user_id, session.in_(theirs)]
    if session_id is not None:
        parts.append(session == session_id)
    if not parts:
        raise UsageError("Whose state? Give a user_id, a session_id, or both.")
    return sa.or_(*parts)


def entries_where(connection: sa.Connection, *clauses: sa.ColumnElement[bool]) -> list[Entry]:
    """Read entries, oldest first."""
    table = tables.entries
    found = connection.execute(
        sa.select(*_ENTRY).where(*clauses).order_by(table.c.time, table.c.id)
    )
    return [Entry(**row) for row in found.mappings()]


def events_where(connection: sa.Connection, *clauses: sa.ColumnElement[bool]) -> list[Event]:
    """Read feedback, oldest first."""
    table = tables.feedback
    found = connection.execute(
        sa.select(table).where(*clauses).order_by(table.c.time, table.c.event_id)
    )
    return [Event(**row) for row in found.mappings()]


def sessions_where(connection: sa.Connection, *clauses: sa.ColumnElement[bool]) -> list[Session]:
    """Read sessions, the last used first."""
    table = tables.sessions
    found = connection.execute(
        sa.select(table).where(*clauses).order_by(table.c.updated.desc(), table.c.id)
    )
    return [Session(**row) for row in found.mappings()]


def turns_where(
    connection: sa.Connection, *clauses: sa.ColumnElement[bool], last: int | None = None
) -> list[Turn]:
    """Read turns, by session and number; with `last`, only so many from the end."""
    table = tables.turns
    statement = sa.select(table).where(*clauses)
    if last is None:
        found = connection.execute(statement.order_by(table.c.session_id, table.c.number))
        return [Turn(**row) for row in found.mappings()]
    found = connection.execute(statement.order_by(table.c.number.desc()).limit(last))
    return [Turn(**row) for row in found.mappings()][::-1]


def add_turn(connection: sa.Connection, session: Session, turn: Turn) -> Turn:
    """Append a turn, and its session with the first one; returns it with its number.

    The session's row is written before the number is taken: it is the lock under which two writers
    of one session queue, whatever the database.
    """
    table = tables.sessions
    known = connection.execute(
        sa.update(table)
        .where(table.c.id == session.id)
        .values(updated=sa.case((table.c.updated > turn.time, table.c.updated), else_=turn.time))
    ).rowcount
    if not known:
        titled = replace(session, updated=turn.time, title=session.title or turn.message[:60])
        connection.execute(sa.insert(table).values(**asdict(titled)))
    elif sessions_where(connection, table.c.id == session.id)[0].user_id != session.user_id:
        raise UsageError(
            f"The session {session.id!r} belongs to somebody else than {session.user_id!r}.",
            hint="Begin a new session for this person.",
        )
    count = sa.select(sa.func.max(tables.turns.c.number)).where(
        tables.turns.c.session_id == session.id
    )
    numbered = replace(turn, number=(connection.execute(count).scalar() or 0) + 1)
    connection.execute(sa.insert(tables.turns).values(**vars(numbered)))
    return numbered


def add_entries(connection: sa.Connection, entries: Iterable[Entry]) -> list[Entry]:
    """Store entries in their order, superseding older ones about the same subject."""
    return [_add_entry(connection, entry) for entry in entries]


def _add_entry(connection: sa.Connection, entry: Entry) -> Entry:
    table = tables.entries
    lasting = entry.scope == "lasting" and entry.user_id is not None
    if not lasting and entry.session_id is None:
        raise UsageError(
            f"The entry about {entry.subject!r} belongs to nobody.",
            hint="Give a user_id and scope 'lasting', or a session_id.",
        )
    owner = table.c.user_id == entry.user_id if lasting else table.c.session_id == entry.session_id
    rivals = entries_where(
        connection,
        owner,
        table.c.scope == entry.scope,
        table.c.subject == entry.subject,
        table.c.active.is_(True),
    )
    newer = next((rival for rival in rivals if rival.time > entry.time), None)  # it came late
    stored = replace(entry, active=newer is None, superseded_by=newer.id if newer else None)
    values = {**vars(stored), "subject": stored.subject}
    del values["id"]
    key = connection.execute(sa.insert(table).values(**values)).inserted_primary_key
    stored = replace(stored, id=key[0] if key else None)
    if newer is None and rivals:
        supersede(connection, rivals, stored)
    return stored


def supersede(connection: sa.Connection, old: Iterable[Entry], new: Entry) -> None:
    """Make entries inactive in favour of a stored newer one."""
    table = tables.entries
    connection.execute(
        sa.update(table)
        .where(table.c.id.in_([entry.id for entry in old]))
        .values(active=False, superseded_by=new.id)
    )


def retract(connection: sa.Connection, ids: Sequence[int], owner: sa.ColumnElement[bool]) -> None:
    """Make entries inactive, without a successor: taken back, but still in the trail."""
    table = tables.entries
    connection.execute(sa.update(table).where(table.c.id.in_(ids), owner).values(active=False))


def add_feedback(connection: sa.Connection, events: Iterable[Event]) -> int:
    """Store the events whose ids are new, with the entries they leave; returns how many."""
    table = tables.feedback
    wanted: dict[str, Event] = {}
    for event in events:
        wanted.setdefault(event.event_id, event)
    ids = list(wanted)
    for start in range(0, len(ids), _BATCH):
        some = table.c.event_id.in_(ids[start : start + _BATCH])
        for known in connection.execute(sa.select(table.c.event_id).where(some)).scalars():
            del wanted[known]
    if not wanted:
        return 0
    connection.execute(sa.insert(table), [vars(event) for event in wanted.values()])
    heard = [entry for event in wanted.values() if (entry := event.entry())]
    add_entries(connection, heard)
    return len(wanted)
