"""Who may use a service, and what was done with its administration: API keys and the audit.

A secret is 256 random bits, told once and stored as its digest only. Knows nothing of requests.
"""

import contextlib
import secrets
import time as clock
from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Final

import sqlalchemy as sa

from sommelier.errors import StateError, UnknownName, UsageError
from sommelier.state import tables
from sommelier.state.database import glancing, writing
from sommelier.types import Json

__all__ = ["SCOPES", "AccessStore", "Audited", "Key"]

SCOPES: Final = ("read", "feedback", "chat", "admin")
_PREFIX: Final = "som_"  # so that people and scanners recognise a leaked one
_NOTED: Final = 600.0  # seconds between two notes of a key's use: each is a write


@dataclass(frozen=True, kw_only=True)
class Key:
    """One API key, without its secret. `admin` implies every other scope."""

    id: str
    name: str
    scopes: tuple[str, ...]
    user_id: str | None = None  # the only person that it may speak for
    created: float  # this and the following: seconds since 1970 UTC
    expires: float | None = None
    revoked: float | None = None
    last_used: float | None = None  # within ten minutes

    def valid(self, now: float) -> bool:
        """Return whether it is neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or now < self.expires)


@dataclass(frozen=True, kw_only=True)
class Audited:
    """One administrative act."""

    id: int
    time: float  # seconds since 1970 UTC
    key_id: str | None
    action: str
    detail: Json


_KEY: Final = [column for column in tables.api_keys.c if column.name != "digest"]


class AccessStore:
    """The store's methods about keys and the audit."""

    _engine: sa.Engine

    def create_key(
        self,
        scopes: Iterable[str],
        *,
        name: str = "",
        user_id: str | None = None,
        expires: float | None = None,
        now: float | None = None,
    ) -> tuple[Key, str]:
        """Make a key; returns it with its secret, which is never told again."""
        now = clock.time() if now is None else now
        given = set(scopes)
        if not given or given - set(SCOPES):
            raise UsageError(
                f"A key cannot have the scopes {', '.join(sorted(given)) or '(none)'}.",
                hint=f"One or more of: {', '.join(SCOPES)}.",
            )
        if expires is not None and not now < expires < float("inf"):
            raise UsageError("A key must expire in the future.")
        secret = _PREFIX + secrets.token_urlsafe(32)
        key = Key(
            id=secrets.token_hex(6),
            name=name,
            scopes=tuple(scope for scope in SCOPES if scope in given),
            user_id=user_id,
            created=now,
            expires=expires,
        )
        with writing(self._engine) as connection:
            values = {**vars(key), "digest": _digest(secret)}
            connection.execute(sa.insert(tables.api_keys).values(**values))
        return key, secret

    def key_of(self, secret: str, *, now: float | None = None) -> Key | None:
        """Return the key of a secret; None if it is unknown, revoked or expired."""
        now = clock.time() if now is None else now
        table, digest = tables.api_keys, _digest(secret)
        with glancing(self._engine) as connection:
            named = sa.select(table.c.digest, *_KEY).where(table.c.digest == digest)
            row = connection.execute(named).mappings().first()
        if row is None or not compare_digest(row["digest"], digest):
            return None
        key = _key_of({name: row[name] for name in row if name != "digest"})
        if not key.valid(now):
            return None
        if now - (key.last_used or 0.0) < _NOTED:
            return key
        with contextlib.suppress(StateError):  # a full disk shuts nobody out
            self._note(key.id, last_used=now)
        return replace(key, last_used=now)

    def keys(self) -> list[Key]:
        """Return all keys ever made, oldest first."""
        with glancing(self._engine) as connection:
            table = tables.api_keys
            found = connection.execute(sa.select(*_KEY).order_by(table.c.created, table.c.id))
            return [_key_of(row) for row in found.mappings()]

    def has_keys(self) -> bool:
        """Return whether a key was ever made; a revoked one counts, so nothing opens again."""
        with glancing(self._engine) as connection:
            made = sa.select(sa.literal(1)).select_from(tables.api_keys).limit(1)
            return connection.execute(made).first() is not None

    def revoke_key(self, key_id: str) -> Key:
        """Make a key invalid for good; UnknownName if there is none."""
        known = {key.id: key for key in self.keys()}
        if key_id not in known:
            raise UnknownName("key", key_id, known, hint="`sommelier keys list` shows the ids.")
        if known[key_id].revoked is not None:
            return known[key_id]
        now = clock.time()
        self._note(key_id, revoked=now)
        return replace(known[key_id], revoked=now)

    def audit(self, action: str, key_id: str | None = None, detail: Json | None = None) -> None:
        """Record an administrative act."""
        row = {"time": clock.time(), "key_id": key_id, "action": action, "detail": detail or {}}
        with writing(self._engine) as connection:
            connection.execute(sa.insert(tables.audit).values(**row))

    def audited(self, *, last: int = 100) -> list[Audited]:
        """Return the last acts, oldest first."""
        table = tables.audit
        with glancing(self._engine) as connection:
            found = connection.execute(sa.select(table).order_by(table.c.id.desc()).limit(last))
            return [Audited(**row) for row in found.mappings()][::-1]

    def _note(self, key_id: str, **values: float) -> None:
        table = tables.api_keys
        with writing(self._engine) as connection:
            connection.execute(sa.update(table).where(table.c.id == key_id).values(**values))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key_of(row: Any) -> Key:
    return Key(**{**row, "scopes": tuple(row["scopes"])})
