"""Which conversation a request goes on with.

A request that names its session goes on where that stands. One that does not brings its history:
the digest of all that the user said before the last message leads to the session in which exactly
that was said, and nothing since, so a client that sends everything again each time stays in one
session, on any worker. Where there is none (the client edited its history, or began elsewhere) the
last of the earlier messages are said again in a new session.

Nobody comes into another's session that way: to know the digest is to know everything that was said
in it, and it is taken together with the key and the user.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from sommelier.agent.turn import Turn
from sommelier.errors import Conflict, UsageError
from sommelier.server.callers import session_of
from sommelier.server.hosting import Hosted
from sommelier.server.keyring import Caller
from sommelier.state.sessions import recommendation_id

__all__ = ["Talked", "Voice", "talk", "voice_of"]

_OWN_ID: Final = r"[\w.:+=@-]{16,128}"  # a session id of a client's own: too long to be guessed
_AGAIN: Final = 12  # earlier messages that are said again at most
_SAID: Final = 2_000  # ... and so many characters of each


@dataclass(frozen=True)
class Voice:
    """Whom a request speaks for, and which conversation it goes on with."""

    user_id: str | None
    session_id: str | None


@dataclass(frozen=True)
class Talked:
    """A turn, and the session it was said in."""

    session_id: str
    turn: Turn

    @property
    def recommendation_id(self) -> str:
        """What feedback calls the list of this turn."""
        return recommendation_id(self.session_id, self.turn.number)


async def voice_of(
    hosted: Hosted, caller: Caller, user: str | None, session_id: str | None
) -> Voice:
    """Return whom a request speaks for; a session id of its own must be hard to guess."""
    user_id = caller.for_user(user)
    if session_id is None:
        return Voice(user_id, None)
    session = await session_of(hosted, caller, user, session_id)
    if session is None and not re.fullmatch(_OWN_ID, session_id):
        raise UsageError(
            "A session id of your own has 16 to 128 letters, digits or . : + = @ - _.",
            hint="Leave it out to be given one.",
        )
    return Voice(user_id if session is None else session.user_id, session_id)


async def talk(
    hosted: Hosted, brain: str, caller: Caller, voice: Voice, said: Sequence[str]
) -> Talked:
    """Return the turn that answers the last of `said`. It is stored before it is returned.

    Whoever waits may go away meanwhile: what was begun is finished.
    """
    if voice.session_id is not None:
        session, turn = await hosted.say(voice.user_id, voice.session_id, said[-1], brain)
        return Talked(session.id, turn)
    return await hosted.finished(_found(hosted, brain, caller, voice, said))


async def _found(
    hosted: Hosted, brain: str, caller: Caller, voice: Voice, said: Sequence[str]
) -> Talked:
    """Answer in the session that the history leads to, and note where it leads now."""
    who = (caller.key_id, voice.user_id or "")
    talked = await _gone_on(hosted, brain, who, voice, said) if len(said) > 1 else None
    if talked is None:
        talked = await _begun(hosted, brain, voice, said)
    place = (talked.session_id, talked.turn.number, _digest(who, said))
    await asyncio.to_thread(hosted.store.remember, *place)
    return talked


async def _gone_on(
    hosted: Hosted, brain: str, who: tuple[str, str], voice: Voice, said: Sequence[str]
) -> Talked | None:
    """Answer in the session of all that was said before, unless others were quicker there."""
    digest = _digest(who, said[:-1])
    place = await asyncio.to_thread(hosted.store.remembered, digest, voice.user_id)
    if place is None:
        return None
    async with hosted.talk(voice.user_id, place[0], brain) as chat:
        if chat.working.turns != place[1]:
            return None
        try:
            return Talked(place[0], await chat.say(said[-1]))
        except Conflict:
            return None


async def _begun(hosted: Hosted, brain: str, voice: Voice, said: Sequence[str]) -> Talked:
    """Answer in a new session, in which what was said before is said first."""
    *earlier, message = said
    async with hosted.talk(voice.user_id, secrets.token_hex(16), brain) as chat:
        for former in earlier[-_AGAIN:]:
            await chat.say(former[:_SAID])
        return Talked(chat.session.id, await chat.say(message))


def _digest(who: tuple[str, str], said: Sequence[str]) -> str:
    return hashlib.sha256(orjson.dumps([*who, *said])).hexdigest()
