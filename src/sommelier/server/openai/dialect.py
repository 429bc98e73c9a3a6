"""Errors as OpenAI's clients read them, on the two addresses that speak OpenAI's language.

Every other part of the service answers problem details (`problems`); here they are put into
`{"error": {message, type, param, code}}` on their way out, whoever found the error.
"""

import re
from typing import Any, Final

import orjson
from fastapi import FastAPI, Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sommelier.server.problems import TYPE

__all__ = ["Dialect", "handle", "spoken"]

_PATHS: Final = re.compile(r"^(/workspaces/[^/]+)?/v1/(chat/completions|models(/.*)?)$")
_INVALID: Final = "invalid_request_error"
_CODES: Final[dict[int, tuple[str, str | None]]] = {  # status -> type, code
    401: (_INVALID, "invalid_api_key"),
    403: ("permission_error", "insufficient_permissions"),
    404: (_INVALID, "not_found"),
    413: (_INVALID, "request_too_large"),
    429: ("requests", "rate_limit_exceeded"),
    502: ("server_error", "model_failed"),
    503: ("server_error", "unavailable"),
    504: ("server_error", "timeout"),
}


def spoken(problem: dict[str, Any]) -> dict[str, Any]:
    """Return a problem in OpenAI's words."""
    status, detail, hint = problem["status"], problem["detail"], problem["hint"]
    kind, code = _CODES.get(status, (_INVALID if status < 500 else "server_error", None))
    if status == 404 and detail.startswith("There is no model"):
        code = "model_not_found"
    fields = [fault["field"].removeprefix("body.") for fault in problem["errors"]]
    param = fields[0] if fields and fields[0] != "body" else None
    rule = problem["errors"][0]["rule"].removeprefix("Value error, ") if fields else detail
    if status == 422 and fields and param is None:  # a rule over several parameters names one first
        param = rule.partition(" ")[0] if "messages" not in rule else "messages"
    if "characters" in rule and param == "messages":
        code = "context_length_exceeded"
    told = f"{param}: {rule}" if param and not rule.startswith(param) and fields else rule
    message = f"{told} {hint}".strip()
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def handle(app: FastAPI) -> None:
    """Let faults of our own, which are answered outside of all middleware, be spoken so too."""
    former = app.exception_handlers[Exception]

    async def fault(request: Request, error: Exception) -> Any:
        answer = await former(request, error)  # type: ignore[misc]
        if not _PATHS.match(request.url.path):
            return answer
        return JSONResponse(spoken(orjson.loads(answer.body)), answer.status_code)

    app.add_exception_handler(Exception, fault)


class Dialect:
    """Plain ASGI: rewrites problems on the OpenAI addresses, and passes on all else untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a problem is held back until its body is whole."""
        if scope["type"] != "http" or not _PATHS.match(scope["path"]):
            await self._app(scope, receive, send)
            return
        held: Message | None = None
        body = b""

        async def sent(message: Message) -> None:
            nonlocal held, body
            if message["type"] == "http.response.start":
                if Headers(raw=message["headers"]).get("content-type") == TYPE:
                    held = message
                    return
            elif held is not None:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    await _send(held, body, send)
                return
            await send(message)

        await self._app(scope, receive, sent)


async def _send(start: Message, body: bytes, send: Send) -> None:
    told = orjson.dumps(spoken(orjson.loads(body)))
    headers = MutableHeaders(raw=start["headers"])
    headers["content-type"], headers["content-length"] = "application/json", str(len(told))
    status = 400 if start["status"] == 422 else start["status"]
    await send({**start, "status": status})
    await send({"type": "http.response.body", "body": told})
