"""The conversation: one message in, one turn out, whole or as a stream of what happens."""

import asyncio
import logging
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from pydantic import Field as Setting

from sommelier.agent.turn import Turn
from sommelier.errors import SommelierError
from sommelier.server.callers import Here, Talker, session_of
from sommelier.server.problems import answers, told
from sommelier.server.routes.items import answer
from sommelier.server.shapes import Identifier, ListedItem, Shape, Words
from sommelier.state.sessions import Session, recommendation_id
from sommelier.types import Json

__all__ = ["ChatAnswer", "ChatRequest", "chat", "router"]

router = APIRouter(tags=["conversations"])
_BREATH = 15.0  # seconds of silence after which a stream says that it lives
_PIECE = re.compile(r"\S{1,40}\s*|\s+")  # one word, or a piece of a text without spaces
_log = logging.getLogger("sommelier.server")


class ChatRequest(Shape):
    """What somebody says."""

    message: Annotated[
        Words,
        Setting(min_length=1, max_length=8_000, examples=["something funny from the nineties"]),
    ]
    user_id: Annotated[Identifier | None, Setting(description="who says it, if known")] = None
    session_id: Annotated[
        Identifier | None, Setting(description="the conversation to go on with; none begins one")
    ] = None
    stream: Annotated[bool, Setting(description="answer with Server-Sent Events")] = False


class ChatAnswer(BaseModel):
    """A turn: the plan, what came of it step by step, the items, and the reply."""

    session_id: str
    recommendation_id: Annotated[
        str, Setting(description="SESSION:TURN; name it in feedback", examples=["9f…:1"])
    ]
    turn: Annotated[int, Setting(description="from 1")]
    message: str
    plan: Json
    funnel: Annotated[list[Json], Setting(description="each tool, items before and after")]
    items: list[ListedItem]
    reply: str
    usage: Annotated[Json, Setting(description="calls and tokens of a language model, and time")]
    brain: str
    fell_back: str = ""
    phrased: bool = False
    language: str = "en"


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The turn; with `stream`, the events start, plan, funnel, items, text "
        "(in pieces) and done, or error with a problem.",
        "content": {
            "text/event-stream": {
                "schema": {
                    "type": "object",
                    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
                    "required": ["event", "data"],
                },
                "example": 'event: start\ndata: {"session_id": "9f…"}\n\n',
            }
        },
    }
}


@router.post("/chat", response_model=ChatAnswer, responses=_STREAM | answers(409, 502))
async def chat(hosted: Here, caller: Talker, said: ChatRequest) -> Response:
    """Answer a message. Messages of one session are answered one after the other.

    A turn is stored before it is told, and also where the caller went away meanwhile.
    """
    session = await session_of(hosted, caller, said.user_id, said.session_id)
    user_id = caller.for_user(said.user_id)
    if session is not None and user_id is None:
        user_id = session.user_id
    place = said.session_id or secrets.token_hex(16)
    answered = hosted.say(user_id, place, said.message)
    if said.stream:
        events = _events(place, hosted.begun(answered))
        calm = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=calm)
    _, turn = await answered
    return answer({**_ids(place, turn), **turn.to_json()})


def _ids(session_id: str, turn: Turn) -> Json:
    listed = recommendation_id(session_id, turn.number)
    return {"session_id": session_id, "recommendation_id": listed}


async def _events(
    session_id: str, answered: "asyncio.Task[tuple[Session, Turn]]"
) -> AsyncIterator[bytes]:
    """Tell a turn while it is made; the turn goes on where nobody listens any more."""
    yield _event("start", {"session_id": session_id})
    try:
        while not (await asyncio.wait({answered}, timeout=_BREATH))[0]:
            yield b": still at it\n\n"
        _, turn = answered.result()
    except SommelierError as error:
        yield _event("error", told(error.http_status, error.message, hint=error.hint))
        return
    except Exception:
        _log.exception("a turn failed")
        detail = "This should not have happened; the log of the service says more."
        yield _event("error", told(500, detail))
        raise
    record, ids = turn.to_json(), _ids(session_id, turn)
    for name in ("plan", "funnel"):
        yield _event(name, {name: record[name]})
    yield _event("items", {"recommendation_id": ids["recommendation_id"], "items": record["items"]})
    for piece in _pieces(turn.reply):
        yield _event("text", {"text": piece})
    rest = {k: v for k, v in record.items() if k not in ("plan", "funnel", "items", "message")}
    yield _event("done", {**ids, **rest})


def _event(name: str, data: Json) -> bytes:
    return b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


def _pieces(text: str) -> Iterator[str]:
    """Cut a reply into words; joined they are the reply again."""
    yield from (found[0] for found in _PIECE.finditer(text))
