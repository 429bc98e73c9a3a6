"""What the buttons of a card do: one event, or the end of what earlier ones left.

An event names the list that the item stood in, and all that was shown there, so that the log can
tell what was chosen from what was passed over.
"""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sommelier.state.feedback import MEANING, Event
from sommelier.state.profiles import Profile
from sommelier.state.store import Store

__all__ = ["ALONE", "REACTIONS", "Shown", "react", "standing", "take_back", "toggle"]

_JUDGED: Final = frozenset(MEANING)
# button -> the events that its second press takes back. What somebody bought stays bought.
REACTIONS: Final[Mapping[str, frozenset[str]]] = {
    "like": _JUDGED,
    "dislike": _JUDGED,
    "seen": _JUDGED | {"seen"},
}


@dataclass(frozen=True)
class Shown:
    """The list that an item was shown in."""

    session_id: str | None = None
    recommendation_id: str | None = None
    impression: tuple[str, ...] | None = None  # item_ids, as they were shown


ALONE: Final = Shown()  # an item that was looked up


def standing(profile: Profile, item_id: str) -> frozenset[str]:
    """Return which of the reactions hold for an item now."""
    said = {"like"} if item_id in profile.liked else set()
    said |= {"dislike"} if item_id in profile.disliked else set()
    return frozenset(said or ({"seen"} if item_id in profile.seen else set()))


def toggle(
    store: Store, held: frozenset[str], person: str, item_id: str, kind: str, shown: Shown = ALONE
) -> str:
    """Do what a press means where these reactions hold; returns the name of what to tell."""
    if kind not in held:
        react(store, person, item_id, kind, shown)
        return kind
    return "taken_back" if take_back(store, person, item_id, kind) else "stays"


def react(store: Store, person: str, item_id: str, kind: str, shown: Shown = ALONE) -> None:
    """Store a reaction; it counts for the next list, in every worker."""
    event = Event(
        event_id=uuid.uuid4().hex,
        item_id=item_id,
        feedback_type=kind,
        time=time.time(),
        user_id=person,
        session_id=shown.session_id,
        recommendation_id=shown.recommendation_id,
        impression=shown.impression,
    )
    store.add_feedback([event])


def take_back(store: Store, person: str, item_id: str, kind: str) -> bool:
    """Take a reaction back; returns whether there was one: what was bought or read is none."""
    return bool(store.take_back(item_id, REACTIONS[kind], person))
