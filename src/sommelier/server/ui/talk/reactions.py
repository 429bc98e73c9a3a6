"""What the buttons of a card do: one event, or the end of what an earlier one left."""

import time
import uuid
from typing import Final

from sommelier.state.feedback import Event
from sommelier.state.profiles import Profile
from sommelier.state.store import Store

__all__ = ["REACTIONS", "react", "standing", "take_back"]

REACTIONS: Final = ("like", "dislike", "seen")


def standing(profile: Profile, item_id: str) -> frozenset[str]:
    """Return which of the reactions hold for an item now."""
    said = {"like"} if item_id in profile.liked else set()
    said |= {"dislike"} if item_id in profile.disliked else set()
    return frozenset(said or ({"seen"} if item_id in profile.seen else set()))


def react(store: Store, person: str, session_id: str | None, item_id: str, kind: str) -> None:
    """Store a reaction; it counts for the next list, in every worker."""
    event = Event(
        event_id=uuid.uuid4().hex,
        item_id=item_id,
        feedback_type=kind,
        time=time.time(),
        user_id=person,
        session_id=session_id,
    )
    store.add_feedback([event])


def take_back(store: Store, person: str, item_id: str) -> None:
    """Erase what is held for or against an item; that it was met stays known."""
    held = [e.id for e in store.entries(person) if e.item_id == item_id and e.id is not None]
    if held:
        store.erase(person, entries=held)
