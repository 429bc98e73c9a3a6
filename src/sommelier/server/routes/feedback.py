"""What people did with items: stored once, and counted in the very next list."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Annotated, Self

from fastapi import APIRouter, Body
from pydantic import BaseModel, Discriminator, Tag, model_validator
from pydantic import Field as Setting

from sommelier.errors import UnknownName
from sommelier.server.callers import Feeder, Here, session_of
from sommelier.server.hosting import Hosted
from sommelier.server.problems import Fault, Faulty, answers
from sommelier.server.shapes import Identifier, RecommendationId, Shape
from sommelier.state.feedback import SEEN, Event

__all__ = ["FeedbackEvent", "Stored", "Told", "feedback", "router"]

router = APIRouter(tags=["feedback"])
_AHEAD = 300.0  # seconds that a clock may be ahead of ours
_SUGGEST = 10_000  # items among which the nearest to an unknown one is looked for


class FeedbackEvent(Shape):
    """One thing that somebody did with an item."""

    event_id: Annotated[
        Identifier, Setting(description="yours; sent again it counts once", examples=["e-1001"])
    ]
    item_id: Annotated[Identifier, Setting(examples=["603"])]
    feedback_type: Annotated[
        str,
        Setting(
            description="any word; these leave the item out from then on: "
            + ", ".join(sorted(SEEN)),
            pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$",
            examples=["like"],
        ),
    ]
    user_id: Annotated[Identifier | None, Setting(examples=["42"])] = None
    session_id: Identifier | None = None
    value: float | None = None
    timestamp: Annotated[
        datetime | None,
        Setting(description="ISO 8601 or seconds since 1970; without one, now; UTC unless it says"),
    ] = None
    recommendation_id: RecommendationId | None = None
    impression: Annotated[
        list[Identifier] | None, Setting(description="item_ids as they were shown", max_length=1000)
    ] = None

    @model_validator(mode="after")
    def _somebodys(self) -> Self:
        if self.user_id is None and self.session_id is None:
            raise ValueError("give a user_id, a session_id, or both")
        return self

    def event(self, now: float, user_id: str | None) -> Event:
        """Return the event as it is stored, for the person that the key may speak for."""
        at = self.timestamp
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        return Event(
            event_id=self.event_id,
            item_id=self.item_id,
            feedback_type=self.feedback_type.lower(),
            time=now if at is None else at.timestamp(),
            value=self.value,
            user_id=user_id,
            session_id=self.session_id,
            recommendation_id=self.recommendation_id,
            impression=None if self.impression is None else tuple(self.impression),
        )


Told = Annotated[
    Annotated[FeedbackEvent, Tag("event")]
    | Annotated[list[FeedbackEvent], Setting(min_length=1, max_length=1000), Tag("events")],
    Discriminator(lambda told: "events" if isinstance(told, list) else "event"),
]


class Stored(BaseModel):
    """What came of it."""

    stored: Annotated[int, Setting(description="events that are new")]
    known: Annotated[int, Setting(description="events that had been stored before")]


@router.post("/feedback", response_model=Stored, responses=answers(409))
async def feedback(hosted: Here, caller: Feeder, told: Annotated[Told, Body()]) -> Stored:
    """Store one event or up to 1,000: all of them, or none.

    Once this is answered, each event lasts and counts in the next list of that person.
    """
    sent = told if isinstance(told, list) else [told]
    now = time.time()
    events = [one.event(now, caller.for_user(one.user_id)) for one in sent]
    _check(hosted, events, now)
    for user_id, session_id in {(e.user_id, e.session_id) for e in events}:
        await session_of(hosted, caller, user_id, session_id)
    untimed = {one.event_id for one in sent if one.timestamp is None}
    new = await asyncio.to_thread(hosted.store.add_feedback, events, untimed=untimed)
    return Stored(stored=new, known=len(events) - new)


def _check(hosted: Hosted, events: list[Event], now: float) -> None:
    """Refuse items that there are not, and events that have yet to happen."""
    items = hosted.shelf.items
    for event in events:
        if event.item_id not in items:
            near = hosted.lists.box.catalog.ids
            raise UnknownName("item", event.item_id, near if len(near) <= _SUGGEST else ())
    ahead = [
        Fault(field=f"body.{at}.timestamp", rule="is more than 5 minutes ahead of this clock")
        for at, event in enumerate(events)
        if event.time > now + _AHEAD
    ]
    if ahead:
        told = datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
        raise Faulty(ahead, hint=f"Here it is {told}. Set the clock that made the timestamp.")
