"""Facts: of items, side by side, over many items, and why an item suits a person."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field as Setting

from sommelier.hostile import harmless, named
from sommelier.server.callers import session_of
from sommelier.server.mcp.items import BRIEF, WHOLE, facts_of, shown_row, title_of
from sommelier.server.mcp.tools.base import Asked, Condition, Person, Tool, items_schema, where_of
from sommelier.server.shapes import Identifier, Shape, Words
from sommelier.tools.base import Toolbox
from sommelier.tools.lookup import aggregate
from sommelier.types import Json

__all__ = ["FACTS", "Aggregate", "Compare", "Explain", "Lookup"]

_STRING: Final = {"type": "string"}
_TITLES: Final = {"type": "object", "additionalProperties": _STRING}
_VALUES: Final = 50  # words of a field that are told with their counts


class Lookup(Shape):
    """Facts of items."""

    item_ids: Annotated[list[Identifier], Setting(min_length=1, max_length=50)]
    fields: Annotated[tuple[str, ...], Setting(description="all without it")] = ()


class Compare(Shape):
    """Items side by side."""

    item_ids: Annotated[list[Identifier], Setting(min_length=2, max_length=6)]
    fields: Annotated[tuple[str, ...], Setting(description="all without it")] = ()


class Explain(Person):
    """Why an item suits a person."""

    item_id: Identifier
    instruction: Annotated[
        Words, Setting(description="what was wished for, in words", max_length=2_000)
    ] = ""


class Aggregate(Shape):
    """A number over many items."""

    operation: Annotated[
        Literal["count", "mean", "min", "max", "values"],
        Setting(description="mean, min and max of a number or date; values of a category or tags"),
    ] = "count"
    field: Annotated[str, Setting(description="not needed for count")] = ""
    where: Condition = None


async def _lookup(asked: Asked, told: Lookup) -> Json:
    def look() -> list[Json]:
        rows = [shown_row(asked.hosted, item_id) for item_id in told.item_ids]
        return [_entry(asked, row, told.fields, WHOLE) for row in rows]

    return {"items": await asyncio.to_thread(look)}


async def _compare(asked: Asked, told: Compare) -> Json:
    ids = list(dict.fromkeys(told.item_ids))

    def look() -> list[Json]:
        return [_entry(asked, shown_row(asked.hosted, i), told.fields, BRIEF) for i in ids]

    entries = await asyncio.to_thread(look)
    names = dict.fromkeys(name for entry in entries for name in entry["facts"])
    same: Json = {}
    differ: Json = {}
    for name in names:
        values = [entry["facts"].get(name) for entry in entries]
        if all(value == values[0] for value in values):
            same[name] = values[0]
        else:
            differ[name] = dict(zip(ids, values, strict=True))
    titles = {entry["item_id"]: entry["title"] for entry in entries}
    return {"titles": titles, "same": same, "differ": differ}


async def _explain(asked: Asked, told: Explain) -> Json:
    hosted = asked.hosted
    user_id = asked.caller.for_user(told.user_id)
    session = await session_of(hosted, asked.caller, told.user_id, told.session_id)
    if session is not None:
        user_id = session.user_id

    def make() -> Json:
        row = shown_row(hosted, told.item_id)
        profile = hosted.profile(user_id, session.id if session else None)
        found = hosted.lists.why(user_id, profile, told.item_id, told.instruction)
        reasons = [harmless(reason) for reason in found]
        return {"item_id": told.item_id, "title": title_of(hosted, row), "reasons": reasons}

    return await asyncio.to_thread(make)


async def _aggregate(asked: Asked, told: Aggregate) -> Json:
    box = asked.hosted.lists.box
    where = where_of(told.where)
    answer = await asyncio.to_thread(aggregate, box, told.operation, told.field, where)
    value: Any = answer.value
    if told.operation == "values":
        value = {named(word, ""): count for word, count in answer.value[:_VALUES]}
    return {"items": answer.n_items, "value": value, "item_id": answer.item_id or None}


def _entry(asked: Asked, row: Json, fields: Sequence[str], most: int) -> Json:
    hosted = asked.hosted
    item_id = row[hosted.lists.box.schema.id_field]
    facts = facts_of(hosted, row, fields, most)
    return {"item_id": item_id, "title": title_of(hosted, row), "facts": facts}


def _compared(_box: Toolbox) -> Json:
    same = {"type": "object", "description": "field -> the value that all have"}
    differ = {"type": "object", "description": "field -> the value of each item_id"}
    return {"titles": _TITLES, "same": same, "differ": differ}


def _explained(_box: Toolbox) -> Json:
    return {"item_id": _STRING, "title": _STRING, "reasons": {"type": "array", "items": _STRING}}


def _aggregated(_box: Toolbox) -> Json:
    value = {"description": "a number; for values, how many items each word stands on"}
    found = {"type": ["string", "null"], "description": "the item of a min or max"}
    return {"items": {"type": "integer"}, "value": value, "item_id": found}


FACTS = (
    Tool("lookup", Lookup, lambda box: {"items": items_schema(box, ranked=False)}, _lookup),
    Tool("compare", Compare, _compared, _compare),
    Tool("explain", Explain, _explained, _explain),
    Tool("aggregate", Aggregate, _aggregated, _aggregate),
)
