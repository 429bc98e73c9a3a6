"""Lists: for a user, for a session or a bare history, and what is like an item."""

import asyncio
import uuid
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from sommelier.server.callers import Here, Reader, allowed, here, session_of
from sommelier.server.hosting import Hosted
from sommelier.server.problems import answers
from sommelier.server.routes.addresses import AddressId
from sommelier.server.shapes import Identifier, ItemIds, ListAnswer, ListRequest, list_json
from sommelier.shop.lists import Listed, Wanted

__all__ = [
    "SessionRequest",
    "recommend",
    "recommend_as_told",
    "recommend_in_session",
    "router",
    "similar",
]

router = APIRouter(tags=["lists"])
_LARGE = 20_000  # items from which a list takes longer than a hop to a thread and back


_reader = allowed("read")
_name: TypeAdapter[str] = TypeAdapter(AddressId)


class _Direct(APIRoute):
    """A route that reads its request by itself.

    It does what FastAPI would do with the same signature, in a tenth of the time: that is a third
    of the whole answer, and this is what a shop asks most.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        return _asked


async def _asked(request: Request) -> Response:
    hosted, caller = await here(request), await _reader(request)
    at: tuple[str, ...] = ("path", "user_id")
    try:
        user_id = _name.validate_python(request.path_params["user_id"])
        at, told = ("query",), dict(request.query_params)
        if "exclude" in told:
            told["exclude"] = request.query_params.getlist("exclude")  # type: ignore[assignment]
        wanted = ListRequest.model_validate(told)
    except ValidationError as error:
        faults = [{**fault, "loc": (*at, *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from error
    return await recommend(user_id, hosted, caller, wanted)


class SessionRequest(ListRequest):
    """A list for somebody who is not known, or not yet."""

    session_id: Identifier | None = None
    history: ItemIds = ()


async def recommend(
    user_id: AddressId,
    hosted: Here,
    caller: Reader,
    wanted: Annotated[ListRequest, Query()],
) -> Response:
    """Return new items for a user, best first."""
    return await _recommended(hosted, caller.for_user(user_id), None, wanted.wanted())


router.add_api_route(
    "/recommend/{user_id}",
    recommend,
    methods=["GET"],
    response_model=ListAnswer,
    responses=answers(),
    route_class_override=_Direct,
)


@router.post("/recommend/{user_id}", response_model=ListAnswer, responses=answers())
async def recommend_as_told(
    user_id: AddressId, hosted: Here, caller: Reader, wanted: ListRequest
) -> Response:
    """Return new items for a user, best first; long conditions fit into a body."""
    return await _recommended(hosted, caller.for_user(user_id), None, wanted.wanted())


@router.post("/session/recommend", response_model=ListAnswer, responses=answers())
async def recommend_in_session(hosted: Here, caller: Reader, wanted: SessionRequest) -> Response:
    """Return new items for a session, a history, or both: nobody needs to be known.

    A session that belongs to a user takes the user's own log and profile into account.
    """
    session = await session_of(hosted, caller, None, wanted.session_id)
    user_id = caller.for_user(session.user_id if session else None)
    told = wanted.wanted(wanted.history)
    return await _recommended(hosted, user_id, wanted.session_id, told)


@router.get("/items/{item_id}/similar", response_model=ListAnswer, responses=answers())
async def similar(
    item_id: AddressId, hosted: Here, _caller: Reader, wanted: Annotated[ListRequest, Query()]
) -> Response:
    """Return the items most like one, by who met them together and what they are about."""
    hosted.shelf.items.get(item_id)  # one that was deleted is not there
    listed = await asyncio.to_thread(hosted.lists.similar, item_id, wanted.wanted())
    return _answer(listed)


async def _recommended(
    hosted: Hosted, user_id: str | None, session_id: str | None, wanted: Wanted
) -> Response:
    def make() -> Listed:
        profile = hosted.profile(user_id, session_id)
        return hosted.lists.recommend(user_id, profile, wanted)

    small = len(hosted.lists.box.catalog) < _LARGE and not hosted.remote
    light = small and not (wanted.instruction or wanted.explain or wanted.where)
    return _answer(make() if light else await asyncio.to_thread(make))


def _answer(listed: Listed) -> Response:
    body = orjson.dumps(list_json(uuid.uuid4().hex, listed))
    return Response(body, media_type="application/json")
