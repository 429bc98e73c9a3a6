"""People: the conversation, what they did with items, and what is known of them."""

import asyncio
import secrets
import time
import uuid
from typing import Annotated, Any, Final

from pydantic import Field as Setting

from sommelier.errors import UsageError
from sommelier.hostile import harmless
from sommelier.server.callers import session_of
from sommelier.server.mcp.items import listed, shown_row, title_of
from sommelier.server.mcp.tools.base import Asked, Person, Tool, items_schema
from sommelier.server.openai.history import voice_of
from sommelier.server.shapes import Identifier, RecommendationId, Words
from sommelier.state.feedback import Event
from sommelier.state.profiles import Preference
from sommelier.state.sessions import recommendation_id
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["PEOPLE", "Feedback", "Said"]

_STRING: Final = {"type": "string"}
_PLACE: Final = 128  # bits of an id that is given out


class Said(Person):
    """A message of a person."""

    message: Annotated[Words, Setting(min_length=1, max_length=8_000)]


class Feedback(Person):
    """What a person did with an item."""

    item_id: Identifier
    feedback_type: Annotated[
        str,
        Setting(
            description="like, dislike, seen, accept, reject, or a word of the shop's own",
            min_length=1,
            max_length=64,
        ),
    ]
    event_id: Annotated[
        Identifier | None, Setting(description="makes a repeated call count once")
    ] = None
    recommendation_id: RecommendationId | None = None


async def _chat(asked: Asked, told: Said) -> Json:
    hosted = asked.hosted
    voice = await voice_of(hosted, asked.caller, told.user_id, told.session_id)
    place = voice.session_id or secrets.token_hex(_PLACE // 8)
    session, turn = await hosted.say(voice.user_id, place, told.message)
    return {
        "session_id": session.id,
        "recommendation_id": recommendation_id(session.id, turn.number),
        "reply": harmless(turn.reply),
        "items": await listed(hosted, turn.items),
    }


async def _feedback(asked: Asked, told: Feedback) -> Json:
    hosted = asked.hosted
    user_id = asked.caller.for_user(told.user_id)
    session = await session_of(hosted, asked.caller, told.user_id, told.session_id)
    await asyncio.to_thread(shown_row, hosted, told.item_id)
    if session is not None:
        user_id = session.user_id
    event = Event(
        event_id=told.event_id or uuid.uuid4().hex,
        item_id=told.item_id,
        feedback_type=told.feedback_type,
        time=time.time(),
        user_id=user_id,
        session_id=told.session_id,
        recommendation_id=told.recommendation_id,
    )
    stored = await asyncio.to_thread(hosted.store.add_feedback, [event], untimed={event.event_id})
    return {"event_id": event.event_id, "stored": bool(stored)}


async def _profile(asked: Asked, told: Person) -> Json:
    hosted = asked.hosted
    user_id = asked.caller.for_user(told.user_id)
    session = await session_of(hosted, asked.caller, told.user_id, told.session_id)
    if user_id is None and told.session_id is None:
        raise UsageError("Whose profile? Give a user_id, a session_id, or both.")
    if session is not None:
        user_id = session.user_id

    def look() -> Json:
        known = hosted.profile(user_id, session.id if session else None)
        told = [_preference(asked, preference) for preference in known.preferences]
        return {"preferences": told, "seen": sorted(known.seen)}

    return await asyncio.to_thread(look)


def _preference(asked: Asked, preference: Preference) -> Json:
    entry = preference.entry
    told: dict[str, Any] = {"polarity": entry.polarity, "source": entry.source}
    if entry.item_id is not None:
        told["item_id"] = entry.item_id
        if entry.item_id in asked.hosted.shelf.items:
            told["title"] = title_of(asked.hosted, asked.hosted.shelf.items.get(entry.item_id))
    elif entry.condition is not None:
        told["condition"] = entry.condition
    else:
        told["wish"] = harmless(entry.wish or "")
    return told | {"weight": round(preference.weight, 3)}


def _answered(box: Toolbox) -> Json:
    return {
        "session_id": {**_STRING, "description": "give it again to go on"},
        "recommendation_id": {**_STRING, "description": "name it in feedback"},
        "reply": _STRING,
        "items": items_schema(box),
    }


def _kept(_box: Toolbox) -> Json:
    stored = {"type": "boolean", "description": "false where this event was known already"}
    return {"event_id": _STRING, "stored": stored}


def _known(_box: Toolbox) -> Json:
    one = {
        "type": "object",
        "properties": {
            "polarity": {"enum": ["like", "dislike", "want", "avoid"]},
            "source": {"enum": ["said", "did", "inferred"]},
            "weight": {"type": "number", "description": "fades; negative ones repel"},
            "item_id": _STRING,
            "title": _STRING,
            "condition": {"type": "object"},
            "wish": _STRING,
        },
        "required": ["polarity", "source", "weight"],
    }
    seen = {"type": "array", "items": _STRING, "description": "item_ids"}
    return {"preferences": {"type": "array", "items": one}, "seen": seen}


PEOPLE = (
    Tool("chat", Said, _answered, _chat, scope="chat", reads=False, repeats=False),
    Tool("feedback", Feedback, _kept, _feedback, scope="feedback", reads=False),
    Tool("profile", Person, _known, _profile),
)
