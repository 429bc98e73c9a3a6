"""`/v1/chat/completions` and `/v1/models`: the recommender as any OpenAI client knows a model.

A model is a workspace, or `workspace:brain` for one of the brains that are installed. What clients
send as system messages is heard by nobody: the operator's policy is not theirs to set.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Header, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import StreamingResponse

from sommelier.agent.brains.wiring import installed
from sommelier.errors import SommelierError, UnknownName
from sommelier.server.callers import known
from sommelier.server.hosting import Hosted, Hosts
from sommelier.server.keyring import Caller
from sommelier.server.openai.dialect import spoken
from sommelier.server.openai.history import talk, voice_of
from sommelier.server.openai.shapes import Completion
from sommelier.server.openai.telling import Teller, event
from sommelier.server.problems import answers, told
from sommelier.server.routes.addresses import AddressId

__all__ = ["complete", "model", "models", "router"]

_SINCE: Final = 1_767_225_600  # when models were "created": one fixed day, as nobody asks
_BREATH: Final = 15.0  # seconds of silence after which a stream says that it lives
_STREAM: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}

router = APIRouter(tags=["OpenAI-compatible"])


@router.post("/chat/completions", operation_id="complete", responses=answers(502))
async def complete(
    request: Request,
    asked: Completion,
    x_session_id: Annotated[
        str | None, Header(description="the conversation, as `metadata.session_id`")
    ] = None,
) -> Response:
    """Answer the last of `messages`: one message, or a stream of chunks that ends with [DONE]."""
    hosted, brain, caller = await _model(request, asked.model)
    named = (asked.metadata or {}).get("session_id") or x_session_id
    voice = await voice_of(hosted, caller, asked.user, named)
    teller = Teller(asked.model)
    if asked.stream:
        talked = hosted.begun(talk(hosted, brain, caller, voice, asked.said))
        stream = _stream(teller, talked, usage=asked.counts_usage)
        return StreamingResponse(stream, media_type="text/event-stream", headers=_STREAM)
    done = await talk(hosted, brain, caller, voice, asked.said)
    body = orjson.dumps(teller.whole(done))
    headers = {"X-Session-Id": done.session_id}
    return Response(body, media_type="application/json", headers=headers)


@router.get("/models", operation_id="listModels", responses=answers())
async def models(request: Request) -> dict[str, Any]:
    """List what may stand as `model`: the workspaces that the key opens, and their brains."""
    opened = [hosted for hosted in _here(request) if await _may(request, hosted)]
    if not opened:
        await known(request, _here(request)[0])  # says why
    return {"object": "list", "data": [_told(name) for one in opened for name in _names(one)]}


@router.get("/models/{model:path}", operation_id="getModel", responses=answers())
async def model(request: Request, model: AddressId) -> dict[str, Any]:
    """Return one of the models."""
    await _model(request, model)
    return _told(model)


async def _stream(
    teller: Teller, talking: "asyncio.Future[Any]", *, usage: bool
) -> AsyncIterator[bytes]:
    yield teller.first()
    try:
        while not (await asyncio.wait({talking}, timeout=_BREATH))[0]:
            yield b": still at it\n\n"
        talked = talking.result()
    except SommelierError as error:  # the status is sent already; clients read this
        yield event(spoken(told(error.http_status, error.message, hint=error.hint)))
        return
    for chunk in teller.rest(talked, usage=usage):
        yield chunk
    yield b"data: [DONE]\n\n"


def _here(request: Request) -> list[Hosted]:
    """Return the workspaces that an address reaches: all, or the one that it names."""
    hosts: Hosts = request.app.state.hosts
    name = request.path_params.get("workspace")
    return list(hosts.values()) if name is None else [hosts[name]]


async def _may(request: Request, hosted: Hosted) -> bool:
    try:
        return (await known(request, hosted)).may("chat")
    except HTTPException as error:
        if error.status_code == 401:
            return False
        raise


async def _model(request: Request, name: str) -> tuple[Hosted, str, Caller]:
    """Return the workspace and brain of a model, and who asks."""
    reached = _here(request)
    for hosted in reached:
        if name in _names(hosted):
            caller = await known(request, hosted)
            if not caller.may("chat"):
                raise HTTPException(403, "This key lacks the scope 'chat'.")
            return hosted, name.removeprefix(hosted.name).removeprefix(":"), caller
    opened = [hosted for hosted in reached if await _may(request, hosted)]
    if not opened:
        await known(request, reached[0])
    raise UnknownName("model", name, [known for one in opened for known in _names(one)])


def _names(hosted: Hosted) -> list[str]:
    return [hosted.name, *(f"{hosted.name}:{brain}" for brain in installed())]


def _told(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": _SINCE, "owned_by": "sommelier"}
