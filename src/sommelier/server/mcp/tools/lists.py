"""Lists: for a person, by words and conditions, and what is like an item."""

import asyncio
import uuid
from typing import Annotated, Any, Final

from pydantic import Field as Setting

from sommelier.errors import UsageError
from sommelier.server.callers import session_of
from sommelier.server.mcp.items import listed
from sommelier.server.mcp.tools.base import (
    Asked,
    Condition,
    Person,
    Tool,
    items_schema,
    where_of,
)
from sommelier.server.shapes import Identifier, Shape, Words
from sommelier.shop.lists import Listed, Wanted
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["LISTS", "Recommend", "Search", "Similar"]

_STRING: Final = {"type": "string"}
_Count = Annotated[int, Setting(description="how many", ge=1, le=50)]
_Many = Annotated[tuple[Identifier, ...], Setting(max_length=1_000)]


class Recommend(Person):
    """A list for a person."""

    n: _Count = 10
    where: Condition = None
    instruction: Annotated[
        Words, Setting(description="what the order should follow, in words", max_length=2_000)
    ] = ""
    exclude: Annotated[_Many, Setting(description="item_ids to leave out")] = ()
    history: Annotated[_Many, Setting(description="item_ids met before, oldest first")] = ()


class Search(Shape):
    """Items by words and conditions."""

    query: Annotated[Words, Setting(description="free words", max_length=2_000)] = ""
    where: Condition = None
    n: _Count = 10


class Similar(Shape):
    """What is like an item."""

    item_id: Identifier
    n: _Count = 10
    where: Condition = None


async def _recommend(asked: Asked, told: Recommend) -> Json:
    hosted = asked.hosted
    user_id = asked.caller.for_user(told.user_id)
    session = await session_of(hosted, asked.caller, told.user_id, told.session_id)
    if session is not None:
        user_id = session.user_id
    wanted = Wanted(
        n=told.n,
        where=where_of(told.where) or "",
        instruction=told.instruction,
        exclude=told.exclude,
        history=told.history,
        explain=True,
    )

    def make() -> Listed:
        profile = hosted.profile(user_id, session.id if session else None)
        return hosted.lists.recommend(user_id, profile, wanted)

    made = await asyncio.to_thread(make)
    return {
        "recommendation_id": uuid.uuid4().hex,
        "engine": made.engine,
        "fallback": made.fallback or None,
        "items": await listed(hosted, made.items),
    }


async def _search(asked: Asked, told: Search) -> Json:
    if not told.query.strip() and told.where is None:
        raise UsageError("A search needs words (query), a condition (where), or both.")
    hosted, where = asked.hosted, where_of(told.where) or ""
    wanted = Wanted(n=told.n, where=where, instruction=told.query.strip())

    def make() -> tuple[Listed, int]:
        return hosted.lists.recommend(None, Profile(), wanted), hosted.lists.count(where)

    made, fitting = await asyncio.to_thread(make)
    return {"fitting": fitting, "items": await listed(hosted, made.items)}


async def _similar(asked: Asked, told: Similar) -> Json:
    hosted = asked.hosted
    wanted = Wanted(n=told.n, where=where_of(told.where) or "", explain=True)
    made = await asyncio.to_thread(hosted.lists.similar, told.item_id, wanted)
    return {"items": await listed(hosted, made.items)}


def _recommended(box: Toolbox) -> Json:
    fallback: dict[str, Any] = {
        "type": ["string", "null"],
        "description": "what stood in where the engine knew nothing of the person",
    }
    return {
        "recommendation_id": {**_STRING, "description": "name it in feedback"},
        "engine": _STRING,
        "fallback": fallback,
        "items": items_schema(box),
    }


def _found(box: Toolbox) -> Json:
    told = {"type": "integer", "description": "how many items satisfy the condition"}
    return {"fitting": told, "items": items_schema(box)}


LISTS = (
    Tool("recommend", Recommend, _recommended, _recommend),
    Tool("search", Search, _found, _search, tells_conditions=True),
    Tool("similar", Similar, lambda box: {"items": items_schema(box)}, _similar),
)
