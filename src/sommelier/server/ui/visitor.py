"""Who looks at the page: a signed cookie, and the person that it stands for.

A visitor is a user whose id nobody can guess, so the store keeps people apart by the same rule as
everywhere else. Knows nothing of pages.
"""

import contextlib
import hashlib
import hmac
import logging
import os
import secrets
from collections.abc import MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any, Final

from platformdirs import user_data_dir
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["AS_USER", "COOKIE", "Visitor", "Visitors", "kept_secret"]

COOKIE: Final = "sommelier_visitor"
AS_USER: Final = "sommelier_as"  # whom to talk as; read only where the service is open
_YEAR: Final = 365 * 86_400
_log = logging.getLogger("sommelier.server")


@dataclass(frozen=True)
class Visitor:
    """One browser."""

    id: str  # a user id like any other, of 128 random bits
    cookies: dict[str, str]  # what else the browser keeps: language, theme, whom to talk as


class Visitors:
    """Stands before the page: knows each browser again, and gives a new one its cookie."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app, self._key = app, hashlib.sha256(f"visitor:{secret}".encode()).digest()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on with `scope["visitor"]`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookies = _cookies(scope)
        known = self.read(cookies.get(COOKIE, ""))
        scope["visitor"] = Visitor(known or f"visitor-{secrets.token_hex(16)}", cookies)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and known is None:
                cookie = self.write(scope["visitor"].id)
                MutableHeaders(scope=message).append("Set-Cookie", _line(cookie, scope))
            await send(message)

        await self._app(scope, receive, sent)

    def write(self, visitor_id: str) -> str:
        """Return the cookie of a visitor."""
        return f"{visitor_id}.{self._signature(visitor_id)}"

    def read(self, cookie: str) -> str | None:
        """Return the visitor of a cookie that we signed; None for any other."""
        visitor_id, _, signature = cookie.rpartition(".")
        expected = self._signature(visitor_id)
        known = hmac.compare_digest(signature.encode(), expected.encode())
        return visitor_id if visitor_id and known else None

    def _signature(self, visitor_id: str) -> str:
        return hmac.new(self._key, visitor_id.encode(), hashlib.sha256).hexdigest()


def kept_secret(folder: Path | None = None) -> str:
    """Return this machine's own secret, made once; one for this process where none can be kept."""
    path = (folder or Path(user_data_dir("sommelier"))) / "page.secret"
    with contextlib.suppress(FileNotFoundError):
        return path.read_text("ascii").strip()
    fresh = secrets.token_urlsafe(32)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # another process was quicker
        return path.read_text("ascii").strip() or fresh
    except OSError as error:
        _log.warning("%s cannot be kept (%s): visitors are forgotten at a restart", path, error)
        return fresh
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(fresh)
    return fresh


def _cookies(scope: MutableMapping[str, Any]) -> dict[str, str]:
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"]
    jar = SimpleCookie()
    with contextlib.suppress(CookieError):
        jar.load("; ".join(lines))
    return {name: morsel.value for name, morsel in jar.items()}


def _line(cookie: str, scope: MutableMapping[str, Any]) -> str:
    secure = "; Secure" if scope.get("scheme") == "https" else ""
    return f"{COOKIE}={cookie}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{secure}"
