"""What a route needs to know of a request: which workspace it means, who asks, and how often.

Each scope has one dependency. Calls that need the scope admin leave a line in the audit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from sommelier.errors import UnknownName
from sommelier.server.hosting import Hosted, Hosts
from sommelier.server.keyring import Caller, Scope
from sommelier.server.routes.addresses import unescaped
from sommelier.state.sessions import Session

__all__ = ["Admin", "Feeder", "Here", "Reader", "Talker", "allowed", "here", "known", "session_of"]


async def here(request: Request) -> Hosted:
    """Return the workspace that an address names, the first one without a name."""
    hosts: Hosts = request.app.state.hosts
    name = request.path_params.get("workspace")
    return hosts.first if name is None else hosts[name]


Here = Annotated[Hosted, Depends(here)]


def allowed(scope: Scope) -> Callable[[Request], Awaitable[Caller]]:
    """Return the dependency of routes that need this scope."""

    async def caller(request: Request) -> Caller:
        hosted = await here(request)
        found = await known(request, hosted)
        if not found.may(scope):
            raise HTTPException(403, f"This key lacks the scope {scope!r}.")
        if scope == "admin":
            route = getattr(request.scope.get("route"), "name", "")
            about = {name: unescaped(told) for name, told in request.path_params.items()}
            await asyncio.to_thread(hosted.store.audit, route, found.key_id, about)
        return found

    return caller


async def known(request: Request, hosted: Hosted) -> Caller:
    """Return who asks; 401 for a stranger, 429 for who asks too often."""
    secret = _secret(request)
    found = await hosted.keyring.caller(secret)
    limiter = request.app.state.limiter
    if found is not None and found.key_id:
        limiter.key(found.key_id)
    else:
        host = request.client.host if request.client else ""
        limiter.address(host, own_machine=found is not None)
    if found is None:
        told = "This key is unknown, expired or revoked." if secret else "A key is needed."
        raise HTTPException(401, told, headers={"WWW-Authenticate": "Bearer"})
    request.state.caller = found
    return found


def _secret(request: Request) -> str | None:
    """Return the key of a request, as `Authorization: Bearer` or as `X-API-Key`."""
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    bearer = told.strip() if scheme.lower() == "bearer" else ""
    return bearer or request.headers.get("x-api-key")


Reader = Annotated[Caller, Depends(allowed("read"))]
Feeder = Annotated[Caller, Depends(allowed("feedback"))]
Talker = Annotated[Caller, Depends(allowed("chat"))]
Admin = Annotated[Caller, Depends(allowed("admin"))]


async def session_of(
    hosted: Hosted, caller: Caller, user_id: str | None, session_id: str | None
) -> Session | None:
    """Return the stored session that a request names, None where it names none or a fresh one.

    UnknownName for a session of somebody else. A key that speaks for one person knows only the
    sessions of that person: it cannot try out names.
    """
    if session_id is None:
        return None
    user_id = caller.for_user(user_id)
    try:
        session = await asyncio.to_thread(hosted.store.session, session_id)
    except UnknownName:
        if caller.user_id is not None:
            raise
        return None
    theirs = session.user_id == user_id or (user_id is None and caller.user_id is None)
    if not theirs:
        raise UnknownName(
            "session",
            session_id,
            [],
            hint="An anonymous session becomes a user's by POST /v1/sessions/{session_id}/login.",
        )
    return session
