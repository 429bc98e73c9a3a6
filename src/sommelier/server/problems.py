"""Errors as RFC 9457 problem details: what was wrong, in which field, and what to do next."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from pydantic import Field as Setting
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from sommelier.errors import ModelRateLimited, SommelierError, StateError, UsageError

__all__ = ["TYPE", "Fault", "Faulty", "Problem", "answers", "document", "handle", "problem", "told"]

TYPE: Final = "application/problem+json"
_FAULTS: Final = 50  # told of one request; who breaks more rules than that sees the pattern
_AGAIN: Final = 5  # seconds after which a state that could not be used may be tried again
_LATER: Final = {
    "Retry-After": {"description": "Seconds until it may work", "schema": {"type": "integer"}}
}
_KEYS: Final = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer som_…`; needed once a workspace has keys.",
    },
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_TITLES: Final = {
    400: "The request cannot be read",
    401: "A key is needed",
    403: "The key does not allow this",
    404: "There is no such thing",
    405: "This address takes another method",
    408: "The request took too long to arrive",
    409: "This contradicts what is stored",
    413: "The request is too large",
    415: "The body is of another type",
    422: "The request breaks a rule",
    429: "Too many requests",
    500: "A fault of this service",
    502: "The language model failed",
    503: "Not available for now",
    504: "The answer took too long",
}


class Fault(BaseModel):
    """One field that breaks a rule."""

    field: str = Setting(examples=["body.n"])
    rule: str = Setting(examples=["Input should be less than or equal to 100"])


class Problem(BaseModel):
    """What every error answers."""

    type: str = Setting("about:blank", examples=["about:blank"])
    title: str = Setting(examples=[_TITLES[422]])
    status: int = Setting(examples=[422])
    detail: str = Setting(examples=["There is no field 'yaer'."])
    hint: str = Setting("", examples=["Did you mean 'year'?"])
    errors: list[Fault] = []


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return `responses` of a route for these statuses and for what any route may answer."""
    every = (400, 401, 403, 404, 408, 413, 422, 429, 500, 503, 504)
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": _TITLES[status],
            "content": {TYPE: {"schema": schema}},
            **({"headers": _LATER} if status in (429, 503) else {}),
        }
        for status in sorted({*every, *statuses})
    }


def problem(
    status: int,
    detail: str,
    *,
    hint: str = "",
    errors: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return a problem as a response."""
    content = told(status, detail, hint=hint, errors=errors)
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=TYPE)


def told(
    status: int, detail: str, *, hint: str = "", errors: Sequence[Fault] = ()
) -> dict[str, Any]:
    """Return a problem as plain JSON, for answers that are streams."""
    return Problem(
        type="about:blank",
        title=_TITLES.get(status, "Not done"),
        status=status,
        detail=_whole(detail),
        hint=_whole(hint),
        errors=list(errors)[:_FAULTS],
    ).model_dump()


def _whole(text: str) -> str:
    """Return a text without halves of characters, which no answer can carry."""
    return text.encode("utf-8", "replace").decode("utf-8")


def document(app: FastAPI) -> None:
    """Describe the service as it is: problems instead of FastAPI's own errors, and the keys."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = made()
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            for name in ("HTTPValidationError", "ValidationError"):
                parts.pop(name, None)
            shape = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            parts |= {**shape.pop("$defs"), "Problem": shape}
            schema["components"]["securitySchemes"] = _KEYS
            schema["security"] = [{name: []} for name in _KEYS] + [{}]
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way


def handle(app: FastAPI) -> None:
    """Let the app answer every error as a problem, and document the shape once."""
    app.add_exception_handler(SommelierError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _fault)


class Faulty(UsageError):
    """A request of many rows, some of which break a rule."""

    def __init__(self, faults: Sequence[Fault], *, hint: str = "") -> None:
        first, more = faults[0], len(faults) - 1
        others = f" ({more:,} more)" if more else ""
        super().__init__(f"{first.field}: {first.rule}{others}", hint=hint)
        self.faults = faults


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Faulty):
        return problem(422, error.message, hint=error.hint, errors=error.faults)
    if not isinstance(error, SommelierError):
        raise error
    headers = {}
    if isinstance(error, ModelRateLimited) and error.retry_after:
        headers["Retry-After"] = str(round(error.retry_after))
    elif isinstance(error, StateError):  # what was not acknowledged may be sent again
        headers["Retry-After"] = str(_AGAIN)
    return problem(error.http_status, error.message, hint=error.hint, headers=headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        Fault(field=_whole(".".join(str(part) for part in one["loc"])), rule=_whole(one["msg"]))
        for one in error.errors()
    ]
    broken = any(one["type"] == "json_invalid" for one in error.errors())
    first = faults[0]
    return problem(400 if broken else 422, f"{first.field}: {first.rule}", errors=faults)


async def _plain(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _fault(_request: Request, _error: Exception) -> JSONResponse:
    return problem(500, "This should not have happened; the log of the service says more.")
