"""Conversations: a session, and the turns that were acknowledged in it. Pure values."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Self

from sommelier.types import Json

__all__ = ["Session", "Turn", "recommendation_id"]


def recommendation_id(session_id: str, number: int) -> str:
    """Return what feedback calls the list of a turn, at every door: SESSION:TURN.

    It holds the id of the session, so it is told only together with it, to whom the session is.
    """
    return f"{session_id}:{number}"


@dataclass(frozen=True, kw_only=True)
class Session:
    """One conversation with one person, known (`user_id`) or not. Stored with its first turn."""

    id: str
    user_id: str | None = None
    created: float  # seconds since 1970 UTC
    updated: float
    title: str = ""  # what lists call it: the first message, unless given

    @classmethod
    def new(
        cls, *, user_id: str | None = None, title: str = "", session_id: str | None = None
    ) -> Self:
        """Begin a session; without `session_id` it gets a fresh one."""
        now = time.time()
        fresh = session_id or secrets.token_hex(16)  # whoever knows it may read along
        return cls(id=fresh, user_id=user_id, created=now, updated=now, title=title)


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One message and everything it led to. Append-only: a turn never changes once stored."""

    session_id: str
    number: int  # from 1, without gaps
    message: str
    record: Json  # what was answered: plan, funnel, items, reply, usage
    time: float  # seconds since 1970 UTC
    state: Json = field(default_factory=dict)  # what resuming needs: candidate versions, ...
