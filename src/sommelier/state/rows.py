"""Between rows and values: what each statement reads and writes. Runs inside a given transaction.

Here lives the rule of contradictions: of the entries of one owner about one subject only the newest
is active, and each older one names the entry that took its place.
"""

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import asdict, fields, replace
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa

from sommelier.errors import Conflict, UsageError
from sommelier.state import tables
from sommelier.state.database import insert_new
from sommelier.state.feedback import MEANING, Event
from sommelier.state.profiles import Entry
from sommelier.state.sessions import Session, Turn

__all__ = [
    "add_entries",
    "add_feedback",
    "add_turn",
    "entries_where",
    "entry_of",
    "events_where",
    "owned",
    "remember",
    "remembered",
    "retract",
    "sessions_where",
    "supersede",
    "take_back",
    "turns_where",
]

_BATCH = 1000  # ids in one statement; databases bound their number
_Named: TypeAlias = "str | sa.BindParameter[str] | None"
_ENTRY = [tables.entries.c[field.name] for field in fields(Entry)]


def owned(table: sa.Table, user_id: _Named, session_id: _Named) -> sa.ColumnElement[bool]:
    """Rows that belong to a person: by user (their sessions' rows too), by session, or by both."""
    session = table.c.id if table is tables.sessions else table.c.session_id
    ways: list[sa.ColumnElement[bool]] = []
    if user_id is not None:
        ways.append(table.c.user_id == user_id)
        if table is not tables.sessions:
            sessions = tables.sessions.c
            ways.append(session.in_(sa.select(sessions.id).where(sessions.user_id == user_id)))
    if session_id is not None:
        ways.append(session == session_id)
    if not ways:
        raise UsageError("Whose state? Give a user_id, a session_id, or both.")
    if len(ways) == 1:
        return ways[0]
    # One query a way: PostgreSQL would read the whole table for an OR of them.
    [key] = table.primary_key.columns
    return key.in_(sa.union_all(*(sa.select(key).where(way) for way in ways)))


def entries_where(connection: sa.Connection, *clauses: sa.ColumnElement[bool]) -> list[Entry]:
    """Read entries, oldest first."""
    table = tables.entries
    found = connection.execute(
        sa.select(*_ENTRY).where(*clauses).order_by(table.c.time, table.c.id)
    )
    return [entry_of(row) for row in found.mappings()]


def entry_of(row: Any) -> Entry:
    """Return an entry that was checked when it was stored, and so is not checked again."""
    entry = object.__new__(Entry)
    vars(entry).update(row)
    return entry


def events_where(connection: sa.Connection, *clauses: sa.ColumnElement[bool]) -> list[Event]:
    """Read feedback, oldest first."""
    table = tables.feedback
    found = connection.execute(
        sa.select(table).where(*clauses).order_by(table.c.time, table.c.event_id)
    )
    return [_event_of(row) for row in found.mappings()]


def _event_of(row: Any) -> Event:
    shown = row["impression"]
    return Event(**{**row, "impression": None if shown is None else tuple(shown)})


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


def add_turn(
    connection: sa.Connection, session: Session, turn: Turn, after: int | None = None
) -> Turn:
    """Append a turn, and its session with the first one; returns it with its number.

    With `after`, only if the session's last number is still that one; Conflict otherwise.
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
    last = connection.execute(count).scalar() or 0
    if after is not None and last != after:
        raise Conflict(
            f"The session {session.id!r} has gone on: its last turn is {last}, not {after}.",
            hint="Send the message again; it is then answered after that turn.",
        )
    numbered = replace(turn, number=last + 1)
    connection.execute(sa.insert(tables.turns).values(**vars(numbered)))
    return numbered


def add_entries(connection: sa.Connection, entries: Iterable[Entry]) -> list[Entry]:
    """Store entries in their order, superseding older ones about the same subject."""
    return [_add_entry(connection, entry) for entry in entries]


_INSERT_ENTRY = sa.insert(tables.entries)


@cache  # to build it takes longer than to run it
def _rivals(lasting: bool) -> sa.Select[Any]:
    """Return the statement that finds the active entries of an owner about a subject."""
    table = tables.entries
    owner = table.c.user_id if lasting else table.c.session_id
    return (
        sa.select(*_ENTRY)
        .where(
            owner == sa.bindparam("owner"),
            table.c.scope == sa.bindparam("scope"),
            table.c.subject == sa.bindparam("subject"),
            table.c.active.is_(True),
        )
        .order_by(table.c.time, table.c.id)
    )


def _add_entry(connection: sa.Connection, entry: Entry) -> Entry:
    lasting = entry.scope == "lasting" and entry.user_id is not None
    if not lasting and entry.session_id is None:
        raise UsageError(
            f"The entry about {entry.subject!r} belongs to nobody.",
            hint="Give a user_id and scope 'lasting', or a session_id.",
        )
    subject = entry.subject
    asked = {
        "owner": entry.user_id if lasting else entry.session_id,
        "scope": entry.scope,
        "subject": subject,
    }
    found = connection.execute(_rivals(lasting), asked)
    rivals = [entry_of(row) for row in found.mappings()]
    newer = next((rival for rival in rivals if rival.time > entry.time), None)  # it came late
    stored = replace(entry, active=newer is None, superseded_by=newer.id if newer else None)
    values = {**vars(stored), "subject": subject}
    del values["id"]
    key = connection.execute(_INSERT_ENTRY, values).inserted_primary_key
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


def take_back(
    connection: sa.Connection,
    owner: tuple[str | None, str | None],
    item_id: str,
    types: Collection[str],
    time: float,
) -> int:
    """Let a person's events of these types about an item count no more, nor what they left.

    Both stay in the trail. Returns how many rows counted until now.
    """
    events, entries = tables.feedback, tables.entries
    gone = connection.execute(
        sa.update(events)
        .where(
            owned(events, *owner),
            events.c.item_id == item_id,
            events.c.feedback_type.in_(list(types)),
            events.c.taken_back.is_(None),
        )
        .values(taken_back=time)
    ).rowcount
    polarities = {MEANING[one][0] for one in types if one in MEANING}
    left = sa.update(entries).where(
        owned(entries, *owner),
        entries.c.item_id == item_id,
        entries.c.polarity.in_(polarities),
        entries.c.active.is_(True),
    )
    return gone + connection.execute(left.values(active=False)).rowcount


def add_feedback(
    connection: sa.Connection, events: Iterable[Event], untimed: Container[str] = ()
) -> int:
    """Store the events whose ids are new, with the entries they leave; returns how many.

    Conflict if an id is known with another body. The times of those in `untimed` do not count.
    """
    wanted: dict[str, Event] = {}
    for event in events:
        former = wanted.setdefault(event.event_id, event)
        _same(event, former, untimed)
    if not wanted:
        return 0
    ordered = sorted(wanted.values(), key=lambda event: event.event_id)  # none waits for another
    new = insert_new(connection, tables.feedback, [vars(event) for event in ordered])
    known = [event.event_id for event in ordered if event.event_id not in new]
    for start in range(0, len(known), _BATCH):
        some = tables.feedback.c.event_id.in_(known[start : start + _BATCH])
        for stored in events_where(connection, some):
            _same(wanted[stored.event_id], stored, untimed)
    fresh = (event for event in wanted.values() if event.event_id in new)
    add_entries(connection, [entry for event in fresh if (entry := event.entry())])
    return len(new)


def _same(event: Event, stored: Event, untimed: Container[str]) -> None:
    timed = replace(event, time=stored.time) if event.event_id in untimed else event
    if not timed.repeats(stored):
        raise Conflict(
            f"The feedback event {event.event_id!r} is stored with another body.",
            hint="An event_id names one event for good: give this one an id of its own.",
        )


def remember(connection: sa.Connection, session_id: str, number: int, digest: str) -> None:
    """Note that a session came to its turn `number` by messages of this digest."""
    table = tables.histories
    ours = table.c.session_id == session_id
    noted = {"digest": digest, "number": number}
    if not connection.execute(sa.update(table).where(ours).values(**noted)).rowcount:
        insert_new(connection, table, [{"session_id": session_id, **noted}])


def remembered(
    connection: sa.Connection, digest: str, user_id: str | None
) -> tuple[str, int] | None:
    """Return a session that came about by this digest, and its last turn; None without one.

    It is this person's, and nothing else was said in it since; nor done, where nobody owns it.
    """
    table, sessions, turns = tables.histories, tables.sessions, tables.turns
    events = tables.feedback
    later = sa.select(turns.c.number).where(
        turns.c.session_id == table.c.session_id, turns.c.number > table.c.number
    )
    heard = table.c.session_id + ":%"  # events of the turns themselves are called so
    done = sa.select(events.c.event_id).where(
        events.c.session_id == table.c.session_id, events.c.event_id.not_like(heard)
    )
    joined = sa.select(table.c.session_id, table.c.number).join(
        sessions, sessions.c.id == table.c.session_id
    )
    found = joined.where(
        table.c.digest == digest, sessions.c.user_id.is_not_distinct_from(user_id), ~later.exists()
    )
    if user_id is None:
        found = found.where(~done.exists())
    row = connection.execute(found.order_by(sessions.c.updated.desc()).limit(1)).first()
    return None if row is None else (row.session_id, row.number)
