"""Sets the page beside the other doors of the service.

NiceGUI is one in a process. Only the addresses of the page reach it, so that all others keep their
own answers: problem details for what is not there, and no cookie.
"""

import logging
from importlib.resources import as_file, files
from typing import Final

from fastapi import FastAPI, Request
from nicegui import app as inner
from nicegui import ui
from starlette.responses import Response
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from sommelier.errors import SommelierError, TooMany
from sommelier.server.settings import ServerSettings
from sommelier.server.ui import catalogue, numbers, talk, you
from sommelier.server.ui.absent import plain
from sommelier.server.ui.frame import ASSETS, frame, lost
from sommelier.server.ui.seat import ITEM, WAYS, take_seat
from sommelier.server.ui.visitor import Visitors, kept_secret

__all__ = ["mount"]

_OURS: Final = ("/_nicegui/", "/_nicegui_ws/")
_PAGES: Final = {
    WAYS["talk"]: talk.build,
    WAYS["catalogue"]: catalogue.build,
    ITEM: catalogue.build_item,
    WAYS["you"]: you.build,
    WAYS["numbers"]: numbers.build,
}


class _Quiet(logging.Filter):
    """Keeps the addresses of sockets out of the log: they name the page of one visitor."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a line may be written."""
        return "WebSocket" not in record.getMessage()


def mount(app: FastAPI, settings: ServerSettings) -> None:
    """Serve the page at / of the service, and at /workspaces/NAME of each workspace."""
    inner.middleware_stack = None  # a former service of this process may have built it
    inner.user_middleware.clear()
    for path in _PAGES:
        _serve(path)
    with as_file(files(__package__).joinpath("assets")) as folder:
        inner.add_static_files(ASSETS, folder)
        ui.run_with(
            app,
            title="Sommelier",
            favicon=folder.joinpath("favicon.svg").read_text("utf-8"),
            dark=None,
            reconnect_timeout=20.0,
            tailwind=False,
            show_welcome_message=False,
        )
    app.router.routes.pop()  # its own mount would take every address that nobody else has
    logging.getLogger("uvicorn.error").addFilter(_Quiet("page"))
    secret = settings.secret.get_secret_value() or kept_secret()
    app.router.routes.append(_Door("/", app=Visitors(_told(app), secret), name="page"))


def _serve(path: str) -> None:
    async def page(request: Request, workspace: str | None = None) -> Response | None:
        return await _build(request, path, workspace)

    ui.page(path or "/")(page)
    ui.page("/workspaces/{workspace}" + path)(page)


async def _build(request: Request, path: str, workspace: str | None) -> Response | None:
    try:
        seat = await take_seat(request, workspace)
    except SommelierError as error:
        seat = await take_seat(request, None)
        with frame(seat, "talk"):
            lost(seat, error.message, error.hint)
        return None
    try:
        seat.count()
    except TooMany as error:
        told = {"Retry-After": str(error.retry_after)}
        return plain(seat.say, seat.say("errors", "calm"), error.message, status=429, headers=told)
    await _PAGES[path](seat)
    return None


def _told(service: FastAPI) -> ASGIApp:
    """Return the page's application, told which service it belongs to."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        scope["service"] = service
        await inner(scope, receive, send)

    return told


class _Door(Mount):
    """A mount that takes the page's own addresses and no other."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Leave everything else to the routes of the service."""
        if scope["type"] not in ("http", "websocket") or not _is_ours(scope["path"]):
            return Match.NONE, {}
        return super().matches(scope)


def _is_ours(path: str) -> bool:
    if path.startswith(_OURS) or path == "/favicon.ico":
        return True
    parts = path.rstrip("/").split("/")
    if parts[1:2] == ["workspaces"] and len(parts) in (3, 4):
        parts = parts[:1] + parts[3:]
    return "/".join(parts) in _PAGES
