"""Conversations as they are stored: listed, read again, handed over at login, and erased."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from pydantic import Field as Setting

from sommelier.errors import UnknownName, UsageError
from sommelier.server.callers import Feeder, Here, Talker, session_of
from sommelier.server.hosting import Hosted
from sommelier.server.keyring import Caller
from sommelier.server.problems import answers
from sommelier.server.routes.addresses import AddressId
from sommelier.server.routes.items import answer
from sommelier.server.routes.profiles import Erased
from sommelier.server.shapes import Cursor, Identifier, Shape, cursor, resumed
from sommelier.state.sessions import Session, recommendation_id
from sommelier.types import Json

__all__ = [
    "Login",
    "Merged",
    "SessionAnswer",
    "SessionShown",
    "SessionsPage",
    "SessionsRequest",
    "TurnShown",
    "delete_session",
    "get_session",
    "list_sessions",
    "login",
    "router",
]

router = APIRouter(tags=["conversations"])


class SessionShown(BaseModel):
    """One conversation."""

    session_id: str
    user_id: str | None = None
    title: Annotated[str, Setting(description="its first message")]
    created: Annotated[float, Setting(description="seconds since 1970")]
    updated: float


class SessionsPage(BaseModel):
    """Conversations, the one that began last first."""

    sessions: list[SessionShown]
    next_cursor: Annotated[str | None, Setting(description="nothing behind the last page")] = None


class TurnShown(BaseModel):
    """One turn of it, as it was answered."""

    turn: int
    recommendation_id: Annotated[str, Setting(description="name it in feedback")]
    message: str
    reply: str
    items: list[Json]
    time: Annotated[float, Setting(description="seconds since 1970")]


class SessionAnswer(SessionShown):
    """One conversation with its turns, oldest first."""

    turns: list[TurnShown]


class SessionsRequest(Shape):
    """Whose conversations are asked for."""

    user_id: Annotated[
        Identifier | None, Setting(description="a key that is bound to a person needs none")
    ] = None
    limit: Annotated[int, Setting(ge=1, le=200)] = 50
    cursor: Cursor = ""


class Login(Shape):
    """Who the anonymous person of a session turned out to be."""

    user_id: Annotated[Identifier, Setting(examples=["42"])]


class Merged(BaseModel):
    """How many rows became the user's."""

    merged: Annotated[dict[str, int], Setting(examples=[{"sessions": 1, "entries": 2}])]


@router.get("/sessions", response_model=SessionsPage, responses=answers())
async def list_sessions(
    hosted: Here, caller: Talker, wanted: Annotated[SessionsRequest, Query()]
) -> Response:
    """Return the conversations of a user."""
    user_id = caller.for_user(wanted.user_id)
    if user_id is None:
        raise UsageError("Whose conversations?", hint="Give a user_id.")
    after = resumed(wanted.cursor, "sessions", user_id) if wanted.cursor else ""
    found = await asyncio.to_thread(hosted.store.sessions, user_id)
    placed = sorted(((_place(one), one) for one in found), reverse=True, key=lambda one: one[0])
    rest = [one for place, one in placed if not after or place < after]
    more = len(rest) > wanted.limit
    last = cursor(_place(rest[wanted.limit - 1]), "sessions", user_id) if more else None
    shown = [_shown(one) for one in rest[: wanted.limit]]
    return answer({"sessions": shown, "next_cursor": last})


@router.get("/sessions/{session_id}", response_model=SessionAnswer, responses=answers())
async def get_session(session_id: AddressId, hosted: Here, caller: Talker) -> Response:
    """Return one conversation with everything that was said in it."""
    session = await _existing(hosted, caller, session_id)
    turns = await asyncio.to_thread(hosted.store.turns, session_id)
    told = [
        {
            "turn": turn.number,
            "recommendation_id": recommendation_id(session_id, turn.number),
            "message": turn.message,
            "reply": turn.record.get("reply", ""),
            "items": turn.record.get("items", []),
            "time": turn.time,
        }
        for turn in turns
    ]
    return answer({**_shown(session), "turns": told})


@router.delete("/sessions/{session_id}", response_model=Erased, responses=answers())
async def delete_session(session_id: AddressId, hosted: Here, caller: Talker) -> Response:
    """Erase one conversation for good, and what was learned in it."""
    await _existing(hosted, caller, session_id)
    erased = await asyncio.to_thread(lambda: hosted.store.erase(session_id=session_id, turns=True))
    return answer({"erased": erased})


@router.post("/sessions/{session_id}/login", response_model=Merged, responses=answers())
async def login(session_id: AddressId, hosted: Here, caller: Feeder, who: Login) -> Response:
    """Make an anonymous session a user's, with all that was said and done in it."""
    user_id = caller.for_user(who.user_id) or who.user_id
    merged = await asyncio.to_thread(hosted.store.adopt, session_id, user_id)
    return answer({"merged": merged})


async def _existing(hosted: Hosted, caller: Caller, session_id: str) -> Session:
    session = await session_of(hosted, caller, None, session_id)
    if session is None:
        raise UnknownName("session", session_id, [])
    return session


def _place(session: Session) -> str:
    """Return where a session stands among others: by its beginning, which never changes."""
    return f"{session.created:018.6f} {session.id}"


def _shown(session: Session) -> Json:
    return {
        "session_id": session.id,
        "user_id": session.user_id,
        "title": session.title,
        "created": session.created,
        "updated": session.updated,
    }
