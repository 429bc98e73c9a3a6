"""The MCP servers of all workspaces over streamable HTTP, at `/mcp` and `/workspaces/NAME/mcp`.

Stateless: each request carries its key and everything else it needs, so any worker may answer it.
Requests whose Host or Origin is not one of ours are refused, so that no page in a browser reaches a
service on the reader's own machine by way of DNS.
"""

import contextlib
from collections.abc import AsyncIterator
from typing import Any, Final

from mcp.server.context import ServerRequestContext
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sommelier.server.callers import here, known
from sommelier.server.hosting import Hosts
from sommelier.server.mcp.server import make_server
from sommelier.server.mcp.tools import Asked
from sommelier.server.settings import ServerSettings

__all__ = ["Door", "security"]

_KEY: Final = "sommelier.asked"
_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")


class Door:
    """An ASGI endpoint; it answers while `opened`."""

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self._managers: dict[str, StreamableHTTPSessionManager] = {}

    def routes(self) -> list[Route]:
        """Return where it answers."""
        return [Route("/mcp", self, name="mcp"), Route("/workspaces/{workspace}/mcp", self)]

    @contextlib.asynccontextmanager
    async def opened(self, hosts: Hosts) -> AsyncIterator[None]:
        """Answer for these workspaces until the block ends."""
        async with contextlib.AsyncExitStack() as stack:
            for name, hosted in hosts.items():
                manager = StreamableHTTPSessionManager(
                    make_server(hosted, _asked),
                    json_response=True,
                    stateless=True,
                    security_settings=security(self._settings),
                    max_request_body_size=self._settings.body_limit,
                )
                await stack.enter_async_context(manager.run())
                self._managers[name] = manager
            try:
                yield
            finally:
                self._managers.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a caller who is known."""
        request = Request(scope, receive)
        if scope["method"] != "POST":  # nothing is sent unasked, and there is no session to end
            raise HTTPException(405, "Only POST is taken here.", headers={"Allow": "POST"})
        hosted = await here(request)
        scope[_KEY] = Asked(hosted, await known(request, hosted))
        await self._managers[hosted.name].handle_request(scope, receive, send)


def security(settings: ServerSettings) -> TransportSecuritySettings:
    """Return which Host and Origin are let in.

    A service that listens on its own machine only is reached by that machine's names, and by those
    of `hosts`; one that others reach is checked as soon as `hosts` says by which names.
    """
    names = [*_LOOPBACK, *settings.hosts]
    own = settings.host in ("127.0.0.1", "localhost", "::1")
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=own or bool(settings.hosts),
        allowed_hosts=[host for name in names for host in (name, f"{name}:*")],
        allowed_origins=[
            *(
                f"{how}://{name}{port}"
                for how in ("http", "https")
                for name in names
                for port in ("", ":*")
            ),
            *settings.cors,
        ],
    )


def _asked(context: ServerRequestContext[Any, Any]) -> Asked:
    asked: Asked = context.request.scope[_KEY]  # type: ignore[union-attr]  # there over HTTP
    return asked
