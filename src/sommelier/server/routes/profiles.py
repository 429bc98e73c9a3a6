"""What the recommender knows about a person: to see, to change, to take along, and to erase."""

import asyncio
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, model_validator
from pydantic import Field as Setting

from sommelier.server.callers import Feeder, Here, Reader
from sommelier.server.hosting import Hosted
from sommelier.server.problems import answers
from sommelier.server.routes.addresses import AddressId
from sommelier.server.routes.items import answer
from sommelier.server.shapes import Shape
from sommelier.state.profiles import Entry, Polarity, Preference, Scope
from sommelier.types import Json

__all__ = [
    "Changes",
    "EntryId",
    "Erased",
    "ProfileAnswer",
    "ProfileEntry",
    "edit_entry",
    "erase_entry",
    "erase_profile",
    "export_user",
    "get_profile",
    "router",
]

router = APIRouter(tags=["profiles"])
EntryId = Annotated[int, Path(ge=1, le=2**31 - 1)]


class ProfileEntry(BaseModel):
    """One thing known of a person: about an item, a condition on fields, or a free wish."""

    id: int
    polarity: Polarity
    source: Annotated[str, Setting(description="said, did, or inferred")]
    weight: Annotated[float, Setting(description="now: older ones weigh less, refusals below 0")]
    time: Annotated[float, Setting(description="seconds since 1970")]
    scope: Scope
    item_id: str | None = None
    title: str | None = None
    condition: Annotated[
        Json | None, Setting(examples=[{"field": "genres", "op": "=", "value": "Horror"}])
    ] = None
    wish: str | None = None


class ProfileAnswer(BaseModel):
    """What counts for a person now."""

    user_id: str
    entries: list[ProfileEntry]
    seen: Annotated[list[str], Setting(description="item_ids that are no discovery any more")]
    events: Annotated[int, Setting(description="how many items of the log")]


class Changes(Shape):
    """What to change of an entry."""

    polarity: Polarity | None = None
    weight: Annotated[float | None, Setting(gt=0, le=100)] = None
    scope: Scope | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("give a polarity, a weight or a scope")
        return self


class Erased(BaseModel):
    """How many rows are gone for good."""

    erased: Annotated[dict[str, int], Setting(examples=[{"entries": 3, "feedback": 5}])]


@router.get("/users/{user_id}/profile", response_model=ProfileAnswer, responses=answers())
async def get_profile(user_id: AddressId, hosted: Here, caller: Reader) -> Response:
    """Return what counts for a user now; for somebody unknown, nothing."""
    name = caller.for_user(user_id) or user_id
    profile = await asyncio.to_thread(hosted.store.profile, name)
    return answer(
        {
            "user_id": name,
            "entries": [_told(hosted, one.entry, one) for one in profile.preferences],
            "seen": sorted(profile.seen),
            "events": len(hosted.lists.box.history(name)),
        }
    )


@router.delete("/users/{user_id}/profile", response_model=Erased, responses=answers())
async def erase_profile(
    user_id: AddressId,
    hosted: Here,
    caller: Feeder,
    conversations: Annotated[bool, Query(description="erase the conversations too")] = True,
) -> Response:
    """Erase everything learned from a user: entries, feedback, and the conversations."""
    name = caller.for_user(user_id) or user_id
    erased = await asyncio.to_thread(hosted.store.erase, name, turns=conversations)
    return answer({"erased": erased})


@router.get("/users/{user_id}/export", response_model=Json, responses=answers())
async def export_user(user_id: AddressId, hosted: Here, caller: Reader) -> Response:
    """Return everything stored of a user, to take along."""
    name = caller.for_user(user_id) or user_id
    return answer(await asyncio.to_thread(hosted.store.export, name))


@router.patch(
    "/users/{user_id}/profile/{entry_id}", response_model=ProfileEntry, responses=answers()
)
async def edit_entry(
    user_id: AddressId, entry_id: EntryId, hosted: Here, caller: Feeder, changes: Changes
) -> Response:
    """Change one entry: the changed one stands in its place, under an id of its own."""
    name = caller.for_user(user_id) or user_id
    told = changes.model_dump(exclude_none=True)
    entry = await asyncio.to_thread(lambda: hosted.store.edit(name, entry_id, **told))
    return answer(_told(hosted, entry))


@router.delete("/users/{user_id}/profile/{entry_id}", response_model=Erased, responses=answers())
async def erase_entry(
    user_id: AddressId, entry_id: EntryId, hosted: Here, caller: Feeder
) -> Response:
    """Erase one entry, and what it once superseded."""
    name = caller.for_user(user_id) or user_id
    erased = await asyncio.to_thread(hosted.store.erase, name, entries=[entry_id])
    return answer({"erased": erased})


def _told(hosted: Hosted, entry: Entry, counted: Preference | None = None) -> Json:
    catalog = hosted.lists.box.catalog
    at = catalog.index.get(entry.item_id) if entry.item_id is not None else None
    return {
        "id": entry.id,
        "polarity": entry.polarity,
        "source": entry.source,
        "weight": round(counted.weight if counted else entry.sign * entry.weight, 6),
        "time": entry.time,
        "scope": entry.scope,
        "item_id": entry.item_id,
        "title": None if at is None else catalog.titles[at],
        "condition": entry.condition,
        "wish": entry.wish,
    }
