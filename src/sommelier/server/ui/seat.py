"""Everything a page needs to know of the one who looks at it: workspace, person, language."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlencode

from fastapi import Request
from starlette.exceptions import HTTPException

from sommelier.errors import TooMany
from sommelier.server.hosting import Hosted, Hosts
from sommelier.server.limiter import Limiter
from sommelier.server.settings import ServerSettings
from sommelier.server.ui.visitor import AS_USER, Visitor
from sommelier.server.ui.wording import Wording, chosen, wording
from sommelier.types import ITEM_ID

__all__ = ["ITEM", "WAYS", "Seat", "take_seat"]

WAYS: Final = {"talk": "", "catalogue": "/catalogue", "you": "/you", "numbers": "/numbers"}
ITEM: Final = "/item"

_OWN_MACHINE: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Seat:
    """One browser before one workspace."""

    hosts: Hosts
    hosted: Hosted
    settings: ServerSettings
    say: Wording
    person: str  # the user id that counts: the visitor's own, or one of the log
    visitor_id: str
    open: bool  # whether one may talk as a user of the log
    theme: str  # "", "light" or "dark"
    query: Mapping[str, str]
    root: str  # what stands before the addresses of this workspace
    address: str  # where the browser is, for limits
    limiter: Limiter

    @property
    def borrowed(self) -> bool:
        """Whether the person is one of the log."""
        return self.person != self.visitor_id

    def link(self, path: str, **query: str) -> str:
        """Return the address of a page of this workspace."""
        here = (self.root + path) or "/"
        return f"{here}?{urlencode(query)}" if query else here

    def item(self, item_id: str) -> str:
        """Return the address of an item."""
        return self.link(ITEM, **{ITEM_ID: item_id})

    def count(self) -> None:
        """Count one page, message, search or reaction as a request; TooMany beyond the limit."""
        try:
            self.limiter.address(self.address, own_machine=self.open)
        except HTTPException as error:
            seconds = int((error.headers or {}).get("Retry-After", 1))
            told = self.say("errors", "often", n=seconds)
            raise TooMany(told, retry_after=seconds) from error


async def take_seat(request: Request, workspace: str | None) -> Seat:
    """Return the seat of a request; UnknownName for a workspace that is not served."""
    service = request.scope["service"]
    hosts: Hosts = service.state.hosts
    settings: ServerSettings = service.state.settings
    hosted = hosts.first if workspace is None else hosts[workspace]
    visitor: Visitor = request.scope["visitor"]
    cookies = visitor.cookies
    language = chosen(
        cookies.get("sommelier_language", ""), request.headers.get("accept-language", "")
    )
    stands_open = settings.host in _OWN_MACHINE and await _without_keys(hosted)
    wanted = unquote(cookies.get(AS_USER, ""))
    known = hosted.shop.dataset.interactions.user_index
    theme = cookies.get("sommelier_theme", "")
    return Seat(
        hosts=hosts,
        hosted=hosted,
        settings=settings,
        say=wording(language),
        person=wanted if stands_open and wanted in known else visitor.id,
        visitor_id=visitor.id,
        open=stands_open,
        theme=theme if theme in ("light", "dark") else "",
        query=dict(request.query_params),
        root="" if workspace is None else f"/workspaces/{workspace}",
        address=request.client.host if request.client else "",
        limiter=service.state.limiter,
    )


async def _without_keys(hosted: Hosted) -> bool:
    waiting: Awaitable[object] = hosted.keyring.caller(None)
    return await waiting is not None
