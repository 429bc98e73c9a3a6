"""Who there is, with what the shop knows of each: free attributes, for personas and for exports."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Query, Response
from pydantic import BaseModel
from pydantic import Field as Setting

from sommelier.data.edits import user_faults
from sommelier.server.callers import Admin, Here, Reader
from sommelier.server.problems import Fault, Faulty, answers
from sommelier.server.routes.addresses import AddressId
from sommelier.server.routes.items import Edited, answer
from sommelier.server.shapes import Cursor, Shape, cursor, resumed
from sommelier.types import USER_ID, Json

__all__ = [
    "UserRow",
    "UsersPage",
    "UsersRequest",
    "delete_user",
    "get_user",
    "list_users",
    "patch_user",
    "put_users",
    "router",
]

router = APIRouter(tags=["users"])
_ROWS = 10_000

UserRow = Annotated[
    dict[str, Any], Setting(examples=[{"user_id": "42", "country": "NZ", "age": 31}])
]


class UsersPage(BaseModel):
    """Users by their ids, and where the next page begins."""

    users: list[UserRow]
    next_cursor: Annotated[str | None, Setting(description="nothing behind the last page")] = None


class UsersRequest(Shape):
    """Which page is asked for."""

    limit: Annotated[int, Setting(ge=1, le=1000)] = 100
    cursor: Cursor = ""


@router.put("/users", response_model=Edited, responses=answers())
@router.post("/users", response_model=Edited, responses=answers(), operation_id="add_users")
async def put_users(
    hosted: Here,
    _caller: Admin,
    rows: Annotated[list[UserRow], Body(min_length=1, max_length=_ROWS)],
) -> Response:
    """Store whole users, new or known by their `user_id`: all of them, or none."""
    _check(rows)
    revision = await asyncio.to_thread(hosted.store.put_users, rows)
    await hosted.edited()
    return answer({"stored": len(rows), "revision": revision})


@router.get("/users", response_model=UsersPage, responses=answers())
async def list_users(
    hosted: Here, _caller: Admin, wanted: Annotated[UsersRequest, Query()]
) -> Response:
    """Return users page by page, by id. Only for a key with the scope admin."""
    after = resumed(wanted.cursor, "users") if wanted.cursor else ""
    found = await asyncio.to_thread(lambda: hosted.shelf.users.page(after, wanted.limit + 1))
    more = len(found) > wanted.limit
    last = cursor(found[wanted.limit - 1][USER_ID], "users") if more else None
    return answer({"users": found[: wanted.limit], "next_cursor": last})


@router.get("/users/{user_id}", response_model=UserRow, responses=answers())
async def get_user(user_id: AddressId, hosted: Here, caller: Reader) -> Response:
    """Return what is known of one user."""
    name = caller.for_user(user_id) or user_id
    return answer(await asyncio.to_thread(lambda: hosted.shelf.users.get(name)))


@router.patch("/users/{user_id}", response_model=UserRow, responses=answers())
async def patch_user(
    user_id: AddressId,
    hosted: Here,
    _caller: Admin,
    changes: Annotated[UserRow, Body(examples=[{"country": "NZ"}])],
) -> Response:
    """Change attributes of one user; null empties one."""
    former = orjson.loads(orjson.dumps(hosted.shelf.users.get(user_id)))
    if changes.setdefault(USER_ID, user_id) != user_id:
        raise Faulty([Fault(field="body.user_id", rule="cannot be changed")])
    _check([changes], "body")
    await asyncio.to_thread(hosted.store.put_users, [{**former, **changes}])
    await hosted.edited()
    return answer(hosted.shelf.users.get(user_id))


@router.delete("/users/{user_id}", status_code=204, responses=answers())
async def delete_user(user_id: AddressId, hosted: Here, _caller: Admin) -> None:
    """Delete a user's row, and with the next refresh their events. Their profile: see erase."""
    hosted.shelf.users.get(user_id)
    await asyncio.to_thread(hosted.store.drop_users, [user_id])
    await hosted.edited()


def _check(rows: list[Json], where: str = "") -> None:
    """Refuse rows that are no rows of a table: each rule that one breaks is told with its place."""
    faults = [
        Fault(field=f"{where or f'body.{at}'}.{fault.field}", rule=fault.rule)
        for at, row in enumerate(rows)
        for fault in user_faults(row)
    ]
    if faults:
        raise Faulty(faults, hint="Nothing was stored. Mend these rows and send all again.")
