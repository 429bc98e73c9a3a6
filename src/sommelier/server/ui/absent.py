"""Plain pages that need no page behind them: where there is none, and where one asks too often.

The page keeps what a browser shows in its process. Which of several processes answers a connection
is the system's choice, so with more than one worker its socket would reach another than the one
that made the page. There it is absent, and this says so.
"""

from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, Response

from sommelier.server.settings import ServerSettings
from sommelier.server.ui.seat import ITEM, WAYS
from sommelier.server.ui.wording import Wording, chosen, wording

__all__ = ["mount_absent", "plain"]


def mount_absent(app: FastAPI, settings: ServerSettings) -> None:
    """Answer the addresses of the page with how to get it."""

    async def absent(request: Request) -> Response:
        wanted = request.cookies.get("sommelier_language", "")
        say = wording(chosen(wanted, request.headers.get("accept-language", "")))
        lead = say("absent", "lead", n=settings.workers)
        command = f"sommelier serve WORKSPACE --workers 1 --port {settings.port + 1}"
        return plain(say, say("absent", "title"), lead, command, link=("/docs", "docs"))

    for path in (*WAYS.values(), ITEM):
        app.add_route(path or "/", absent, include_in_schema=False)
        app.add_route("/workspaces/{workspace}" + path, absent, include_in_schema=False)


def plain(
    say: Wording,
    title: str,
    lead: str,
    command: str = "",
    *,
    link: tuple[str, str] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a whole page of a few words; `link` is an address and the name of its text."""
    told = f'<h1 class="title">{escape(title)}</h1><p class="lead">{escape(lead)}</p>'
    told += f'<pre class="code" tabindex="0">{escape(command)}</pre>' if command else ""
    if link is not None:
        told += f'<a class="plain" href="{link[0]}">{escape(say("absent", link[1]))}</a>'
    return HTMLResponse(
        f'<!doctype html><html lang="{say.tag}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} · Sommelier</title><style>{_style()}</style></head>"
        '<body><header class="top alone"><span class="brand-name">Sommelier</span></header>'
        f'<main class="empty">{told}</main></body></html>',
        status,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


@cache
def _style() -> str:
    return files(__package__).joinpath("assets", "page.css").read_text("utf-8")
