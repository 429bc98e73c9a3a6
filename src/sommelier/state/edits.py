"""Edits of the catalogue and its users: the newest row per id, until a refresh takes them in.

A row is plain JSON by field name; None says that it was deleted. Revisions rise with every change,
over items and users together. Knows nothing of schemas: who lets rows in checks them.
"""

import time as clock
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from sommelier.errors import UsageError
from sommelier.state import database, tables
from sommelier.state.database import glancing, reading, writing
from sommelier.types import ITEM_ID, USER_ID, Json

__all__ = ["EDITS", "Edit", "EditStore", "Edits", "next_revision"]

EDITS: Final = "edits"  # revisions come into sight in their order


@dataclass(frozen=True)
class Edit:
    """The newest state of one item or user."""

    id: str
    row: Json | None  # None: deleted
    revision: int
    time: float  # seconds since 1970 UTC


@dataclass(frozen=True)
class Edits:
    """All edits at one moment, in the order of their revisions."""

    items: list[Edit]
    users: list[Edit]

    @property
    def revision(self) -> int:
        """The highest one; 0 without any."""
        return max((edit.revision for edit in (*self.items, *self.users)), default=0)


class EditStore:
    """The store's methods about edits."""

    _engine: sa.Engine

    def put_items(self, rows: Iterable[Json]) -> int:
        """Store whole items, each with its `item_id`; returns the revision that they got."""
        return self._put(tables.item_edits, ITEM_ID, rows)

    def put_users(self, rows: Iterable[Json]) -> int:
        """Store whole users, each with its `user_id`; returns the revision that they got."""
        return self._put(tables.user_edits, USER_ID, rows)

    def drop_items(self, ids: Iterable[str]) -> int:
        """Record that items are deleted; returns the revision of that."""
        return self._write(tables.item_edits, dict.fromkeys(ids))

    def drop_users(self, ids: Iterable[str]) -> int:
        """Record that users are deleted; returns the revision of that."""
        return self._write(tables.user_edits, dict.fromkeys(ids))

    def item_edit(self, item_id: str) -> Edit | None:
        """Return the newest state of one item; None if it was never edited."""
        return self._one(tables.item_edits, item_id)

    def user_edit(self, user_id: str) -> Edit | None:
        """Return the newest state of one user; None if they were never edited."""
        return self._one(tables.user_edits, user_id)

    def item_edits(self, after: int = 0) -> list[Edit]:
        """Return the items edited after a revision."""
        return self.edits(after).items

    def user_edits(self, after: int = 0) -> list[Edit]:
        """Return the users edited after a revision."""
        return self.edits(after).users

    def edits(self, after: int = 0) -> Edits:
        """Return everything edited after a revision, of one moment."""
        with reading(self._engine) as connection:
            both = (tables.item_edits, tables.user_edits)
            return Edits(*(_after(connection, table, after) for table in both))

    def revision(self) -> int:
        """Return the highest revision; 0 without any edits. One look at two indexes."""
        with glancing(self._engine) as connection:
            return int(connection.execute(sa.select(_highest())).scalar_one())

    def _put(self, table: sa.Table, key: str, rows: Iterable[Json]) -> int:
        named: dict[str, Json | None] = {}
        for row in rows:
            name = row.get(key)
            if not isinstance(name, str) or not name:
                raise UsageError(f"A row needs a {key}, a text that is not empty.")
            named[name] = row
        return self._write(table, named)

    def _write(self, table: sa.Table, rows: dict[str, Json | None]) -> int:
        with writing(self._engine, EDITS) as connection:
            revision = next_revision(connection)
            told = {"revision": revision, "time": clock.time()}
            made = [{"id": name, "row": row, **told} for name, row in sorted(rows.items())]
            if not made:
                return revision - 1
            new = database.insert_new(connection, table, made)
            for values in (one for one in made if one["id"] not in new):
                known = table.c.id == values["id"]
                connection.execute(sa.update(table).where(known).values(**values))
            return revision

    def _one(self, table: sa.Table, name: str) -> Edit | None:
        with glancing(self._engine) as connection:
            row = connection.execute(sa.select(table).where(table.c.id == name)).first()
        return None if row is None else Edit(*row)


def next_revision(connection: sa.Connection) -> int:
    """Return a revision above all others."""
    return int(connection.execute(sa.select(_highest())).scalar_one()) + 1


def _highest() -> sa.ColumnElement[int]:
    items, users = (
        sa.func.coalesce(sa.select(sa.func.max(table.c.revision)).scalar_subquery(), 0)
        for table in (tables.item_edits, tables.user_edits)
    )
    return sa.case((items > users, items), else_=users)


def _after(connection: sa.Connection, table: sa.Table, after: int) -> list[Edit]:
    newer = sa.select(table).where(table.c.revision > after)
    found = connection.execute(newer.order_by(table.c.revision, table.c.id))
    return [Edit(*row) for row in found]
