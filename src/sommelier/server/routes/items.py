"""The catalogue: read, searched and edited. Edits count at once, and are learned seconds later."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel
from pydantic import Field as Setting

from sommelier.data.edits import item_faults
from sommelier.server.callers import Admin, Here, Reader
from sommelier.server.hosting import Hosted
from sommelier.server.problems import Fault, Faulty, answers
from sommelier.server.routes.addresses import AddressId
from sommelier.server.shapes import Cursor, Filter, Identifier, Shape, Words, cursor, resumed
from sommelier.types import ITEM_ID, Json

__all__ = [
    "Edited",
    "ItemsPage",
    "ItemsRequest",
    "Row",
    "answer",
    "delete_item",
    "get_item",
    "list_items",
    "patch_item",
    "put_items",
    "router",
]

router = APIRouter(tags=["catalogue"])
_ROWS = 10_000

Row = Annotated[
    dict[str, Any],
    Setting(examples=[{"item_id": "603", "title": "The Matrix", "year": 1999}]),
]


class ItemsPage(BaseModel):
    """Items by their ids, and where the next page begins."""

    items: list[Row]
    next_cursor: Annotated[str | None, Setting(description="nothing behind the last page")] = None


class Edited(BaseModel):
    """What was stored."""

    stored: int
    revision: Annotated[int, Setting(description="rises with every edit")]


class ItemsRequest(Shape):
    """Which items are asked for."""

    filter: Filter = ""
    q: Annotated[Words, Setting(description="words of the title", max_length=200)] = ""
    fields: Annotated[
        tuple[Identifier, ...],
        Setting(description="fields to tell; all without any", max_length=100),
    ] = ()
    limit: Annotated[int, Setting(ge=1, le=1000)] = 100
    cursor: Cursor = ""


def answer(content: object) -> Response:
    """Return plain data as JSON, days as ISO 8601."""
    return Response(
        orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS), media_type="application/json"
    )


@router.put("/items", response_model=Edited, responses=answers())
@router.post("/items", response_model=Edited, responses=answers(), operation_id="add_items")
async def put_items(
    hosted: Here,
    _caller: Admin,
    rows: Annotated[list[Row], Body(min_length=1, max_length=_ROWS)],
) -> Response:
    """Store whole items, new or known by their `item_id`: all of them, or none.

    A field that a row leaves out is empty from then on; to change single ones, patch the item.
    """
    checked = await asyncio.to_thread(_checked, hosted, rows)
    revision = await asyncio.to_thread(hosted.store.put_items, checked)
    await hosted.edited()
    return answer({"stored": len(checked), "revision": revision})


@router.get("/items", response_model=ItemsPage, responses=answers())
async def list_items(
    hosted: Here, _caller: Reader, wanted: Annotated[ItemsRequest, Query()]
) -> Response:
    """Return items page by page, by id; what is added meanwhile disturbs no page."""
    about = ("items", wanted.filter, wanted.q)
    after = resumed(wanted.cursor, *about) if wanted.cursor else ""
    kept = _fields(hosted, wanted.fields)
    found = await asyncio.to_thread(
        hosted.shelf.found, after, wanted.limit + 1, wanted.filter, wanted.q
    )
    shown = [{name: row[name] for name in kept} for row in found[: wanted.limit]]
    more = len(found) > wanted.limit
    last = cursor(found[wanted.limit - 1][ITEM_ID], *about) if more else None
    return answer({"items": shown, "next_cursor": last})


@router.get("/items/{item_id}", response_model=Row, responses=answers())
async def get_item(item_id: AddressId, hosted: Here, _caller: Reader) -> Response:
    """Return one item as it is now."""
    return answer(_told(hosted, item_id))


@router.patch("/items/{item_id}", response_model=Row, responses=answers())
async def patch_item(
    item_id: AddressId,
    hosted: Here,
    _caller: Admin,
    changes: Annotated[Row, Body(examples=[{"price": 12.5, "in_stock": False}])],
) -> Response:
    """Change fields of one item; null empties one."""
    former = orjson.loads(orjson.dumps(hosted.shelf.items.get(item_id)))  # days as they are sent
    if changes.setdefault(ITEM_ID, item_id) != item_id:
        raise Faulty([Fault(field="body.item_id", rule="cannot be changed")])
    _checked(hosted, [changes], "body")
    await asyncio.to_thread(hosted.store.put_items, [_told_of({**former, **changes})])
    await hosted.edited()
    return answer(_told(hosted, item_id))


@router.delete("/items/{item_id}", status_code=204, responses=answers())
async def delete_item(item_id: AddressId, hosted: Here, _caller: Admin) -> None:
    """Delete one item: no list, talk or search shows it from then on."""
    hosted.shelf.items.get(item_id)
    await asyncio.to_thread(hosted.store.drop_items, [item_id])
    await hosted.edited()


def _checked(hosted: Hosted, rows: list[Json], where: str = "") -> list[Json]:
    """Return the rows as they are stored; each rule that one breaks is told with its place."""
    schema = hosted.lists.box.schema
    broken = [
        Fault(field=f"{where or f'body.{at}'}.{fault.field}", rule=fault.rule)
        for at, row in enumerate(rows)
        for fault in item_faults(row, schema)
    ]
    if broken:
        raise Faulty(broken, hint="Nothing was stored. Mend these rows and send all again.")
    return [_told_of(row) for row in rows]


def _told_of(row: Json) -> Json:
    return {name: value for name, value in row.items() if value is not None}


def _told(hosted: Hosted, item_id: str) -> Json:
    row = hosted.shelf.items.get(item_id)
    return {name: row[name] for name in _fields(hosted)}


def _fields(hosted: Hosted, named: Sequence[str] = ()) -> list[str]:
    """Return the fields that are told; a hidden one is not, and an unknown one is refused."""
    known = [field.name for field in hosted.lists.box.schema if not field.hidden]
    wanted = [part for name in named for part in name.split(",") if part]
    faults = [
        Fault(field="query.fields", rule=f"there is no field {name!r}")
        for name in wanted
        if name not in known
    ]
    if faults:
        raise Faulty(faults, hint=f"Fields: {', '.join(known)}.")
    return [name for name in known if name in wanted or name == ITEM_ID] if wanted else known
