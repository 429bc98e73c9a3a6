"""The store: what must outlast the program, behind one small class.

Every method is one transaction: when it returns, its work is on disk; when it raises, nothing of it
is. Several processes may share one SQLite file or one PostgreSQL schema. Safe to call from several
threads; synchronous, so an asynchronous caller gives it a thread.
"""

import time as clock
from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa

from sommelier.errors import UnknownName
from sommelier.state import copying, database, glance, ownership, rows, tables
from sommelier.state.access import AccessStore
from sommelier.state.edits import EDITS, EditStore
from sommelier.state.feedback import Event
from sommelier.state.profiles import HALF_LIFE, Entry, Profile
from sommelier.state.sessions import Session, Turn
from sommelier.types import Json

__all__ = ["Store"]


class Store(EditStore, AccessStore):
    """Profiles, sessions, feedback, edits and keys in one database. Open it with `Store.open`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._watch = database.Watch(engine)

    @classmethod
    def open(cls, where: str | Path, schema: str | None = None) -> Self:
        """Open a SQLite path or a database URL, made or migrated where needed; StateError.

        `schema` is the PostgreSQL schema to use, one a workspace; a SQLite file has no need of it.
        """
        engine = database.connect(where, schema)
        try:
            database.migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self._watch.close()
        self._engine.dispose()

    def check(self) -> None:
        """StateError if the database does not answer now, or is none of ours."""
        with database.glancing(self._engine) as connection:
            connection.exec_driver_sql("SELECT version_num FROM alembic_version")

    def version(self) -> int:
        """Return a number that is another one after anybody, anywhere, wrote anything.

        So whatever was read after asking stays true while the number stays the same.
        """
        return self._watch.version()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def save(self, folder: Path) -> Path:
        """Write one moment of everything into a folder, while others write; returns the file."""
        if database.is_lite(self._engine):
            copy = folder / "state.db"
            database.copy_file(Path(str(self._engine.url.database)), copy)
            return copy
        copy = folder / "state.jsonl"
        with copy.open("w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in copying.dump(self._engine))
        return copy

    def load(self, file: Path) -> int:
        """Fill this store, which must be empty, with what `save` wrote; returns how many rows."""
        if file.suffix == ".db":
            with type(self).open(file) as saved:
                return copying.load(self._engine, copying.dump(saved._engine))
        with file.open(encoding="utf-8") as lines:
            return copying.load(self._engine, lines)

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
        after: int | None = None,
    ) -> Turn:
        """Store a turn and all that was learned in it; only what this returns may be acknowledged.

        The first turn stores its session. Entries and events get the session's ids. `retract` takes
        entries back by id (they stay in the trail). `state` is what resuming will need. With
        `after` the turn is stored only if the session's last number is still that one (0: none);
        Conflict otherwise, so that two workers never overwrite one another's working state.
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
        with database.writing(self._engine, *_owners(session.user_id, session.id)) as connection:
            stored = rows.add_turn(connection, session, turn, after)
            if retract:
                whose = rows.owned(tables.entries, session.user_id, session.id)
                rows.retract(connection, retract, whose)
            rows.add_entries(connection, (replace(entry, **owner) for entry in entries))
            rows.add_feedback(connection, (replace(event, **owner) for event in feedback))
        return stored

    def remember(self, session_id: str, number: int, digest: str) -> None:
        """Note by which messages a session came to its turn `number`: `remembered` finds it so."""
        with database.writing(self._engine, ("session", session_id)) as connection:
            rows.remember(connection, session_id, number, digest)

    def remembered(self, digest: str, user_id: str | None) -> tuple[str, int] | None:
        """Return the session that messages of this digest led to, and its last turn.

        None where there is none, where it went on otherwise, or where it is somebody else's.
        """
        with database.reading(self._engine) as connection:
            return rows.remembered(connection, digest, user_id)

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
        if user_id is None and session_id is None:
            return Profile()
        now = clock.time() if now is None else now
        return glance.profile(self._engine, self._watch, user_id, session_id, now, half_life)

    def add_entries(self, entries: Iterable[Entry]) -> list[Entry]:
        """Store entries outside a turn; returns them with their ids."""
        given = list(entries)
        owners = {owner for one in given for owner in _owners(one.user_id, one.session_id)}
        with database.writing(self._engine, *owners) as connection:
            return rows.add_entries(connection, given)

    def edit(self, user_id: str, entry_id: int, **changes: Any) -> Entry:
        """Change one entry of a user: the changed one supersedes it. UnknownName if not theirs."""
        with database.writing(self._engine, *_owners(user_id)) as connection:
            old = ownership.entry_of(connection, user_id, entry_id)
            changed = replace(old, id=None, source="said", time=clock.time(), active=True)
            [new] = rows.add_entries(connection, [replace(changed, **changes)])
            rows.supersede(connection, [old], new)
            return new

    def feedback(self, user_id: str | None = None, session_id: str | None = None) -> list[Event]:
        """Return a person's feedback, oldest first, also what was taken back."""
        with database.reading(self._engine) as connection:
            return rows.events_where(connection, rows.owned(tables.feedback, user_id, session_id))

    def events(self, types: Iterable[str]) -> list[Event]:
        """Return everybody's feedback of these types that counts, oldest first."""
        table = tables.feedback
        with database.reading(self._engine) as connection:
            counts = table.c.feedback_type.in_(list(types)), table.c.taken_back.is_(None)
            return rows.events_where(connection, *counts)

    def add_feedback(self, events: Iterable[Event], *, untimed: Container[str] = ()) -> int:
        """Store events, each id once however often it comes; returns how many were new.

        Conflict, and nothing is stored, if an id comes with another body than before. `untimed` are
        the ids whose time is only that of their arrival, and so may differ.
        """
        given = list(events)
        owners = {owner for one in given for owner in _owners(one.user_id, one.session_id)}
        with database.writing(self._engine, *owners) as connection:
            return rows.add_feedback(connection, given, untimed)

    def take_back(
        self,
        item_id: str,
        types: Collection[str],
        user_id: str | None = None,
        session_id: str | None = None,
        *,
        time: float | None = None,
    ) -> int:
        """Take a person's events of these types about an item back: they count no more.

        Nor does what they left in the profile; all of it stays in the trail, with the time. Done
        again it changes nothing. Returns how many events and entries counted until now.
        """
        now = clock.time() if time is None else time
        with database.writing(self._engine, *_owners(user_id, session_id)) as connection:
            return rows.take_back(connection, (user_id, session_id), item_id, types, now)

    def adopt(self, session_id: str, user_id: str) -> dict[str, int]:
        """Make a stranger's session, with what was learned in it, a user's: they logged in.

        Of what contradicts the user's own entries the newest counts. Returns how many rows of each
        table changed hands; UnknownName if the session is somebody else's.
        """
        with database.writing(self._engine, *_owners(user_id, session_id)) as connection:
            return ownership.adopt(connection, session_id, user_id)

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
        edit = self.user_edit(user_id)
        return {
            "user_id": user_id,
            "user": None if edit is None else edit.row,
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
        with database.writing(self._engine, EDITS, *_owners(*whose)) as connection:
            if entries is not None:
                counts = ownership.erase_entries(connection, entries, *whose)
            else:
                counts = ownership.erase_all(connection, *whose, turns=turns)
        database.shred(self._engine)
        return counts


def _owners(user_id: str | None, session_id: str | None = None) -> list[tuple[str, str]]:
    """Return under whose names a write queues."""
    named = (("user", user_id), ("session", session_id))
    return [(kind, name) for kind, name in named if name is not None]
