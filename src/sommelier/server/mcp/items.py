"""Items as a model reads them: facts as data, bounded and made harmless, and only what is shown.

What strangers wrote (titles, texts, tags) goes out without markup, links and orders to machines.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sommelier.agent.turn import Item
from sommelier.data.schema import Field, Kind
from sommelier.errors import UnknownName
from sommelier.hostile import harmless, named, prose
from sommelier.server.hosting import Hosted
from sommelier.types import Json

__all__ = ["BRIEF", "WHOLE", "facts_of", "listed", "shown_row", "title_of"]

BRIEF: Final = 300  # characters of a text in a list
WHOLE: Final = 4_000  # ... and where one item is looked up
_TAGS: Final = 20
_DERIVED: Final = ("average_rating", "popularity")  # of a log that is simulated: no facts


def shown_row(hosted: Hosted, item_id: str) -> Json:
    """Return an item's row as it is now; UnknownName for what is not there or not to be shown."""
    row = hosted.shelf.items.get(item_id)
    box = hosted.lists.box
    if item_id not in box or not hosted.lists.may_be_shown(box.catalog.nums([item_id])).all():
        raise UnknownName("item", item_id, [], hint="Items are found with the tool search.")
    return row


def title_of(hosted: Hosted, row: Json) -> str:
    """Return what an item is called, as it may be shown."""
    schema = hosted.lists.box.schema
    item_id = row[schema.id_field]
    return named(str(row.get(schema.title_field) or item_id), item_id)


def facts_of(
    hosted: Hosted, row: Json, fields: Sequence[str] = (), most: int = BRIEF
) -> dict[str, Any]:
    """Return a row's visible facts, all or those of `fields`; UnknownName for a foreign field."""
    schema = hosted.lists.box.schema
    wanted = {schema[name].name for name in fields}
    made_up = _DERIVED if "simulated" in hosted.shop.workspace.label else ()
    told = {}
    for field in schema:
        value = row.get(field.name)
        if field.hidden or field.kind in (Kind.ID, Kind.TITLE) or value in (None, "", []):
            continue
        if field.name not in made_up and (not wanted or field.name in wanted):
            told[field.name] = _fact(field, value, most)
    return {name: value for name, value in told.items() if value not in ("", [])}


async def listed(hosted: Hosted, items: Sequence[Item]) -> list[Json]:
    """Return the items of a list with their facts."""
    return await asyncio.to_thread(lambda: [_listed(hosted, item) for item in items])


def _listed(hosted: Hosted, item: Item) -> Json:
    row = hosted.shelf.items.get(item.item_id)
    told = item.to_json() | {"title": title_of(hosted, row), "facts": facts_of(hosted, row)}
    return told | {"reasons": [harmless(reason) for reason in item.reasons]}


def _fact(field: Field, value: Any, most: int) -> Any:
    match value:
        case float() if value.is_integer():
            return int(value)
        case bool() | int() | float():
            return value
        case date():
            return value.isoformat()
        case list() | tuple():
            return [named(str(one), "") for one in value[:_TAGS] if named(str(one), "")]
        case _ if field.kind is Kind.TEXT:
            return prose(str(value), most)
        case _:
            return named(str(value), "")
