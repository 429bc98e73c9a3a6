"""Who calls, and what they may: keys, scopes, and the person a key is bound to.

While a workspace has no keys everybody may everything: that is how one begins, on one's own
machine. From the first key on every request needs one. What a key may is remembered for a second,
so a revoked one is refused everywhere within that time.
"""

import asyncio
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from starlette.exceptions import HTTPException

from sommelier.state.store import Store

__all__ = ["SCOPES", "Caller", "Keyring", "Scope"]

_REMEMBERED: Final = 1.0  # seconds
_MANY: Final = 10_000  # remembered secrets, wrong ones among them
Scope = Literal["read", "feedback", "chat", "admin"]
SCOPES: Final[tuple[Scope, ...]] = ("read", "feedback", "chat", "admin")


@dataclass(frozen=True)
class Caller:
    """One key's holder; without keys, anybody."""

    key_id: str = ""
    scopes: frozenset[str] = frozenset(SCOPES)
    user_id: str | None = None  # the only person that this key may speak for

    def may(self, scope: Scope) -> bool:
        """Return whether a scope is among the key's; admin implies all."""
        return scope in self.scopes or "admin" in self.scopes

    def for_user(self, user_id: str | None) -> str | None:
        """Return whom a request is for; 403 for somebody else than the key's own person."""
        if self.user_id is None:
            return user_id
        if user_id not in (None, self.user_id):
            raise HTTPException(403, "This key speaks for one person, and not for this one.")
        return self.user_id


class Keyring:
    """The keys of one workspace, as the store has them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[bytes, tuple[float, Caller | None]] = {}  # digest -> (until, who)

    async def caller(self, secret: str | None) -> Caller | None:
        """Return who holds a secret; None for a stranger."""
        now, digest = time.monotonic(), sha256((secret or "").encode()).digest()  # never long
        until, found = self._known.get(digest, (0.0, None))
        if now >= until:
            if len(self._known) > _MANY:
                self._known.clear()
            found = await asyncio.to_thread(self._look_up, secret)
            self._known[digest] = (now + _REMEMBERED, found)
        return found

    def _look_up(self, secret: str | None) -> Caller | None:
        if not self._store.has_keys():
            return Caller()
        key = self._store.key_of(secret) if secret else None
        return Caller(key.id, frozenset(key.scopes), key.user_id) if key else None
