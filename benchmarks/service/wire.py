"""A small HTTP client that costs little, so that one core is left to the service it loads.

Requests go out over kept connections at a given rate, whether or not the former were answered:
what waits counts as latency, as it does for people. Rate 0 sends as soon as one is answered.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

__all__ = ["Answer", "Taken", "call", "load"]

Request = tuple[str, str, object | None]  # method, path, JSON body


@dataclass
class Taken:
    """What a run took."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # ms, from when it was due
    first: list[float] = field(default_factory=list)  # ms to the first byte of the body
    statuses: Counter[int] = field(default_factory=Counter)

    def told(self) -> dict[str, object]:
        """Return counts, rate and percentiles."""
        ordered, n = sorted(self.latencies), len(self.latencies)
        share = {f"p{p}_ms": round(ordered[min(n - 1, n * p // 100)], 2) for p in (50, 95, 99)}
        firsts = sorted(self.first)
        first = {"first_byte_p95_ms": round(firsts[n * 95 // 100], 2)} if firsts else {}
        return {
            "requests": n,
            "per_second": round(n / self.seconds, 1),
            **share,
            "max_ms": round(ordered[-1], 2),
            **first,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
        }


@dataclass(frozen=True)
class Answer:
    """One answer: its status and body."""

    status: int
    body: bytes
    first: float  # perf_counter at the first byte of the body


class Line:
    """One kept connection."""

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: object | None) -> Answer:
        """Send a request and read the whole answer."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._where)
        data = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(data)}\r\n"
        kind = "Content-Type: application/json\r\n" if data else ""
        self._writer.write(f"{head}{kind}\r\n".encode() + data)
        reader = self._reader
        assert reader is not None
        top = await reader.readuntil(b"\r\n\r\n")
        status = int(top[9:12])
        lower = top.lower()
        if b"transfer-encoding: chunked" in lower:
            return await self._chunks(reader, status)
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 : lower.index(b"\r\n", at)]) if at >= 0 else 0
        content = await reader.readexactly(length)
        if b"connection: close" in lower:
            self.close()
        return Answer(status, content, time.perf_counter())

    @staticmethod
    async def _chunks(reader: asyncio.StreamReader, status: int) -> Answer:
        parts, first = [], 0.0
        while size := int(await reader.readuntil(b"\r\n"), 16):
            parts.append(await reader.readexactly(size))
            first = first or time.perf_counter()
            await reader.readexactly(2)
        await reader.readexactly(2)
        return Answer(status, b"".join(parts), first)

    def close(self) -> None:
        """Hang up; the next question dials anew."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def call(port: int, method: str, path: str, body: object | None = None) -> Answer:
    """Ask once."""
    line = Line("127.0.0.1", port)
    try:
        return await line.ask(method, path, body)
    finally:
        line.close()


async def load(
    port: int,
    requests: Callable[[int], Iterator[Request]],
    *,
    connections: int,
    seconds: float,
    rate: float = 0.0,
    heard: Callable[[Answer], None] = lambda _: None,
) -> Taken:
    """Send each connection's requests for so long; `rate` is of all together, per second."""
    taken, began = Taken(), time.perf_counter()

    async def talk(number: int) -> None:
        line, mine = Line("127.0.0.1", port), requests(number)
        gap = connections / rate if rate else 0.0
        due = began + gap * number / connections
        while (now := time.perf_counter()) < began + seconds:
            if due > now:
                await asyncio.sleep(due - now)
            started = due if rate else time.perf_counter()
            if (request := next(mine, None)) is None:
                break
            answer = await line.ask(*request)
            ended = time.perf_counter()
            taken.latencies.append((ended - started) * 1e3)
            taken.first.append((answer.first - started) * 1e3)
            taken.statuses[answer.status] += 1
            heard(answer)
            due += gap
        line.close()

    await asyncio.gather(*(talk(number) for number in range(connections)))
    taken.seconds = time.perf_counter() - began
    return taken
