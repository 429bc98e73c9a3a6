"""What carries a client's requests to a model in this process instead of over a network.

Two things are said otherwise on the way. A JSON schema becomes a grammar without white space, for
tokens cost time and a small model that begins with a line break does not know where it is. And the
adapter's weight is added, so that one loaded model answers with it and without.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx2

from sommelier.llm.chat.embedded.llama import Llama

__all__ = ["Transport"]

_NONE: Final = '{"error": {"code": 503, "message": "the model gave no answer"}}'


class Transport(httpx2.AsyncBaseTransport):
    """One for any number of clients and event loops; closing a client leaves the model open."""

    def __init__(self, llama: Llama, weight: float | None = None) -> None:
        """`weight` is the adapter's, None for as it was loaded."""
        self._llama, self._weight = llama, weight

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Return the model's answer; what goes wrong has the status that a server would send."""
        asked = json.loads(await request.aread())
        pieces = _Pieces(self._llama, self._said(asked))
        try:
            first = await pieces.next() or _NONE
        except BaseException:
            pieces.leave()
            raise
        error = json.loads(first).get("error")
        if error or not asked.get("stream"):
            status = error.get("code", 500) if error else 200
            return httpx2.Response(status, content=first, headers=_JSON)
        return httpx2.Response(200, stream=_Events(first, pieces), headers=_EVENTS)

    def _said(self, asked: dict[str, Any]) -> str:
        shape = asked.pop("response_format", None)
        if shape is not None:
            asked["grammar"] = _grammar(shape["json_schema"]["schema"])
        if self._weight is not None and self._llama.adapted:
            asked["lora"] = [{"id": 0, "scale": self._weight}]
        return json.dumps(asked)


_JSON: Final = {"content-type": "application/json"}
_EVENTS: Final = {"content-type": "text/event-stream"}


def _grammar(schema: dict[str, Any]) -> str:
    import xllamacpp

    tight = {**schema, "x-guidance": {"whitespace_flexible": False}}
    return str(xllamacpp.json_schema_to_grammar(tight))


class _Pieces:
    """One answer as it is made in a thread, and read in an event loop."""

    def __init__(self, llama: Llama, request: str) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._left = threading.Event()
        made = self._loop.run_in_executor(llama.pool, llama.answer, request, self._heard)
        made.add_done_callback(lambda _: self._queue.put_nowait(None))

    async def next(self) -> str | None:
        """Return the next piece, None after the last."""
        return await self._queue.get()

    def leave(self) -> None:
        """Want no more of it."""
        self._left.set()

    def _heard(self, piece: str) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, piece)
        except RuntimeError:  # the loop has ended, and with it whoever asked
            return True
        return self._left.is_set()


class _Events(httpx2.AsyncByteStream):
    """Pieces as a server sends them: one event each."""

    def __init__(self, first: str, pieces: _Pieces) -> None:
        self._first, self._pieces = first, pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        piece: str | None = self._first
        while piece is not None:
            yield f"data: {piece}\n\n".encode()
            piece = await self._pieces.next()
        yield b"data: [DONE]\n\n"

    async def aclose(self) -> None:
        """Stop the answer, if whoever asked has heard enough."""
        self._pieces.leave()
