"""The profile in one statement: what every request asks first, and so the store's hottest path.

One statement sees one moment without a transaction, and is built once for each way of asking.
"""

import json
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from sommelier.state import rows, tables
from sommelier.state.database import Watch, glancing
from sommelier.state.feedback import SEEN
from sommelier.state.profiles import Entry, Profile, profile_of

__all__ = ["profile"]

_FIELDS: Final = (
    "polarity", "source", "time", "item_id", "condition", "wish", "weight", "scope", "user_id",
    "session_id", "id",
)  # fmt: skip


def profile(
    engine: sa.Engine,
    watch: Watch,
    user_id: str | None,
    session_id: str | None,
    now: float,
    half_life: float | None,
) -> Profile:
    """Return what counts now: a user's lasting entries and those of a session."""
    found = _found(engine, watch, user_id, session_id)
    said: list[tuple[str, Entry]] = []
    seen: list[str] = []
    for subject, *cells in found:
        if subject is None:
            seen.append(cells[3])
        else:
            row = dict(zip(_FIELDS, cells, strict=True), active=True, superseded_by=None)
            said.append((subject, rows.entry_of(row)))
    said.sort(key=lambda one: (one[1].time, one[1].id))
    return profile_of(said, now, half_life, seen=seen)


def _found(
    engine: sa.Engine, watch: Watch, user_id: str | None, session_id: str | None
) -> Iterable[Any]:
    kind = (user_id is not None, session_id is not None)
    statement, names = _plain(*kind)
    quick = watch.glance(statement, {**names, "user": user_id, "session": session_id})
    if quick is None:
        with glancing(engine) as connection:
            return connection.execute(_asked(*kind), {"user": user_id, "session": session_id}).all()
    at = 1 + _FIELDS.index("condition")
    return (
        row if row[at] is None else (*row[:at], json.loads(row[at]), *row[at + 1 :])
        for row in quick
    )


@cache
def _plain(user: bool, session: bool) -> tuple[str, dict[str, Any]]:
    """Return the statement as SQLite reads it, and the values that never change."""
    told = _asked(user, session).compile(dialect=sqlite.dialect(paramstyle="named"))
    whole = told.construct_expanded_state({"user": None, "session": None})
    return whole.statement, dict(whole.parameters)


@cache
def _asked(user: bool, session: bool) -> sa.CompoundSelect[Any]:
    """Return the statement; its rows without a subject are items that the person has met."""
    table, met = tables.entries, tables.feedback
    lasting = (table.c.user_id == sa.bindparam("user")) & (table.c.scope == "lasting")
    here = table.c.session_id == sa.bindparam("session")
    said = sa.select(table.c.subject, *(table.c[name] for name in _FIELDS)).where(
        table.c.active.is_(True), sa.or_(*[lasting] * user, *[here] * session)
    )
    nothing: list[sa.ColumnElement[Any]] = [
        sa.cast(sa.null(), table.c[name].type).label(name) for name in _FIELDS if name != "item_id"
    ]
    nothing.insert(_FIELDS.index("item_id"), met.c.item_id)
    theirs = sa.select(tables.sessions.c.id).where(
        tables.sessions.c.user_id == sa.bindparam("user")
    )
    # One branch a way of owning: PostgreSQL would read the whole table for an OR of them.
    mine = [met.c.user_id == sa.bindparam("user"), met.c.session_id.in_(theirs)]
    whose = [*mine * user, *[met.c.session_id == sa.bindparam("session")] * session]
    seen = (
        sa.select(sa.cast(sa.null(), sa.Text).label("subject"), *nothing).where(
            one, met.c.feedback_type.in_(sorted(SEEN)), met.c.taken_back.is_(None)
        )
        for one in whose
    )
    return sa.union_all(said, *seen)
