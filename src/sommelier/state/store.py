"""The store: what must outlast the program, behind one small class.

Every method is one transaction: when it returns, its work is on disk; when it raises, nothing of it
is. Several processes may share one SQLite file. Safe to call from several threads; synchronous, so
an asynchronous caller gives it a thread.
"""

import time as clock
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from sommelier.errors import UnknownName
from sommelier.state import database, erasure, rows, tables
from sommelier.state.feedback import SEEN, Event
from sommelier.state.profiles import HALF_LIFE, Entry, Profile, merge
from sommelier.state.sessions import Session, Turn
from sommelier.types import Json

__all__ = ["Store"]


class Store:
    """Profiles, sessions and feedback in one database. Open it with `Store.open`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Open a SQLite path or a database URL, made or migrated where needed; StateError."""
        engine = database.connect(where)
        database.migrate(engine)
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def sessions(self, user_id: str | None = None) -> list[Session]:
        """Return the sessions of a user, or everybody's, the last used first."""
        clauses = [] if user_id is None else [tables.sessions.c.user_id == user_id]
        with database.reading(self._engine) as connection:
            return rows.sessions_where(connection, *clauses)

    def session(self, session_id: str) -> Session:
        """Return one session; UnknownName if it never had a turn."""
        with database.reading(self._engine) as connection:
            found = rows.sessions_where(connection, tables.sessions.c.id == session_id)
        if not found:
            raise UnknownName("session", session_id, [])
        return found[0]

    def turns(self, session_id: str, *, last: int | None = None) -> list[Turn]:
        """Return a session's turns, oldest first; with `last`, only so many from the end."""
        with database.reading(self._engine) as connection:
            return rows.turns_where(connection, tables.turns.c.session_id == session_id, last=last)

    def commit_turn(
        self,
        session: Session,
        message: str,
        record: Json,
        *,
        state: Json | None = None,
        entries: Iterable[Entry] = (),
        retract: Sequence[int] = (),
        feedback: Iterable[Event] = (),
        time: float | None = None,
    ) -> Turn:
        """Store a turn and all that was learned in it; only what this returns may be acknowledged.

        The first turn stores its session. Entries and events get the session's ids. `retract` takes
        entries back by id (they stay in the trail). `state` is what resuming will need.
        """
        now = clock.time() if time is None else time
        owner: dict[str, Any] = {"session_id": session.id, "user_id": session.user_id}
        turn = Turn(
            session_id=session.id,
            number=0,
            message=message,
            record=record,
            time=now,
            state=state or {},
        )
        with database.writing(self._engine) as connection:
            stored = rows.add_turn(connection, session, turn)
            if retract:
                whose = rows.owned(tables.entries, session.user_id, session.id)
                rows.retract(connection, retract, whose)
            rows.add_entries(connection, (replace(entry, **owner) for entry in entries))
            rows.add_feedback(connection, (replace(event, **owner) for event in feedback))
        return stored

    def spent_since(self, time: float) -> dict[str, float]:
        """Return what all turns since `time` took of language models: the numbers of their usage.

        Calls, tokens and cost add up; so does the time, which says little.
        """
        with database.reading(self._engine) as connection:
            turns = rows.turns_where(connection, tables.turns.c.time >= time)
        spent: dict[str, float] = {}
        for turn in turns:
            for name, amount in turn.record.get("usage", {}).items():
                spent[name] = spent.get(name, 0) + amount
        return spent

    def entries(
        self, user_id: str | None = None, session_id: str | None = None, *, trail: bool = False
    ) -> list[Entry]:
        """Return a person's entries, oldest first; with `trail`, the inactive ones too."""
        clauses = [rows.owned(tables.entries, user_id, session_id)]
        if not trail:
            clauses.append(tables.entries.c.active.is_(True))
        with database.reading(self._engine) as connection:
            return rows.entries_where(connection, *clauses)

    def profile(
        self,
        user_id: str | None = None,
        session_id: str | None = None,
        *,
        now: float | None = None,
        half_life: float | None = HALF_LIFE,
    ) -> Profile:
        """Return what counts now: the user's lasting entries and those of this session."""
        table, seen = tables.entries, tables.feedback
        counts: list[sa.ColumnElement[bool]] = []
        if user_id is not None:
            counts.append((table.c.user_id == user_id) & (table.c.scope == "lasting"))
        if session_id is not None:
            counts.append(table.c.session_id == session_id)
        if not counts:
            return Profile()
        with database.reading(self._engine) as connection:
            found = rows.entries_where(connection, table.c.active.is_(True), sa.or_(*counts))
            met = rows.events_where(
                connection,
                rows.owned(seen, user_id, session_id),
                seen.c.feedback_type.in_(SEEN),
            )
        now = clock.time() if now is None else now
        return merge(found, now, half_life, seen=(event.item_id for event in met))

    def add_entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """Store entries outside a turn; returns them with their ids."""
        with database.writing(self._engine) as connection:
            return rows.add_entries(connection, entries)

    def edit(self, user_id: str, entry_id: int, **changes: Any) -> Entry:
        """Change one entry of a user: the changed one supersedes it. UnknownName if not theirs."""
        with database.writing(self._engine) as connection:
            old = erasure.entry_of(connection, user_id, entry_id)
            changed = replace(old, id=None, source="said", time=clock.time(), active=True)
            [new] = rows.add_entries(connection, [replace(changed, **changes)])
            rows.supersede(connection, [old], new)
            return new

    def feedback(self, user_id: str | None = None, session_id: str | None = None) -> list[Event]:
        """Return a person's feedback, oldest first."""
        with database.reading(self._engine) as connection:
            return rows.events_where(connection, rows.owned(tables.feedback, user_id, session_id))

    def events(self, types: Iterable[str]) -> list[Event]:
        """Return everybody's feedback of these types, oldest first."""
        with database.reading(self._engine) as connection:
            return rows.events_where(connection, tables.feedback.c.feedback_type.in_(list(types)))

    def add_feedback(self, events: Iterable[Event]) -> int:
        """Store events, each id once however often it comes; returns how many were new."""
        with database.writing(self._engine) as connection:
            return rows.add_feedback(connection, events)

    def export(self, user_id: str) -> Json:
        """Return everything stored of a user, as plain JSON."""
        with database.reading(self._engine) as connection:
            sessions = rows.sessions_where(connection, tables.sessions.c.user_id == user_id)
            turns = {
                session.id: rows.turns_where(connection, tables.turns.c.session_id == session.id)
                for session in sessions
            }
            entries = rows.entries_where(connection, rows.owned(tables.entries, user_id, None))
            events = rows.events_where(connection, rows.owned(tables.feedback, user_id, None))
        return {
            "user_id": user_id,
            "entries": [asdict(entry) for entry in entries],
            "feedback": [asdict(event) for event in events],
            "sessions": [
                {**asdict(session), "turns": [asdict(turn) for turn in turns[session.id]]}
                for session in sessions
            ],
        }

    def erase(
        self,
        user_id: str | None = None,
        session_id: str | None = None,
        *,
        entries: Sequence[int] | None = None,
        turns: bool = False,
    ) -> dict[str, int]:
        """Really delete, from the files too; returns how many rows of each table.

        With `entries` (ids) only those, each with the trail of what it superseded. Otherwise all
        entries and feedback of the user or session, and with `turns` the conversations as well.
        """
        whose = (user_id, session_id)
        with database.writing(self._engine) as connection:
            if entries is not None:
                counts = erasure.erase_entries(connection, entries, *whose)
            else:
                counts = erasure.erase_all(connection, *whose, turns=turns)
        database.shred(self._engine)
        return counts
