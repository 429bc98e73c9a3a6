"""Ids in addresses: whatever is percent-encoded there belongs to an id, a slash too.

Servers decode the whole path before a route is looked for, and then `a%2Fb` is two parts of it. So
behind `/v1/` two signs stay as they came: `%2F`, and `%25`, lest the other be ambiguous. Routes
take ids as `AddressId`, which decodes them.
"""

import re
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import BeforeValidator
from starlette.types import ASGIApp, Receive, Scope, Send

from sommelier.server.shapes import Identifier

__all__ = ["AddressId", "Addresses", "unescaped"]

_KEPT: Final = re.compile(rb"%(2[Ff]|25)")
_STOOD: Final = re.compile(r"%(2[Ff]|25)")
_ROOT: Final = b"/v1/"


def unescaped(text: object) -> object:
    """Return a part of an address as the text that was meant."""
    if not isinstance(text, str):
        return text
    return _STOOD.sub(lambda found: "%" if found[1] == "25" else "/", text)


AddressId = Annotated[Identifier, BeforeValidator(unescaped)]


class Addresses:
    """Plain ASGI: gives the routes each part of an address whole."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; only addresses with encoded letters are read again."""
        raw: bytes = scope.get("raw_path") or b""
        if b"%" in raw and scope["type"] == "http":
            before, root, ids = raw.partition(_ROOT)
            if root:
                kept = before + root, _KEPT.sub(rb"%25\1", ids)
                path = "".join(unquote(part.decode("latin-1")) for part in kept)
                scope = {**scope, "path": path}
        await self._app(scope, receive, send)
