"""What stands before every route: how large and slow a request may be, and how slow its answer.

Plain ASGI, so that streams pass through untouched.
"""

import asyncio
import time
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sommelier.server.problems import problem
from sommelier.server.settings import ServerSettings

__all__ = ["Guard", "Metrics"]

_BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """What Prometheus is told of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "sommelier_requests",
            "Requests answered",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "sommelier_request_seconds",
            "Time to the last byte",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.running = Gauge(
            "sommelier_requests_running", "Requests being answered", registry=self.registry
        )


class _Refused(HTTPException):
    """A body that is too large or too slow. Its class makes FastAPI pass it through."""


class Guard:
    """Bounds bodies and times, and counts."""

    def __init__(self, app: ASGIApp, settings: ServerSettings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within its bounds; problems go out in their usual shape."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if not patience.expired():
                    patience.reschedule(None)  # a stream may take as long as it likes
            await send(message)

        self._metrics.running.inc()
        patience = asyncio.timeout(self._settings.answer_seconds)
        try:
            bounded = self._bounded(scope, receive)
            async with patience:
                await self._app(scope, bounded, sent)
        except (_Refused, TimeoutError) as error:
            if status or not (isinstance(error, _Refused) or patience.expired()):
                raise
            answer = self._refuse(error)
            status = answer.status_code
            await answer(scope, receive, send)
        finally:
            self._metrics.running.dec()
            route = getattr(scope.get("route"), "path", "none")  # the pattern, never the address
            self._metrics.seconds.labels(route).observe(time.perf_counter() - began)
            self._metrics.requests.labels(route, scope["method"], str(status)).inc()

    def _refuse(self, error: Exception) -> Response:
        if isinstance(error, _Refused):
            return problem(error.status_code, error.detail, headers={"Connection": "close"})
        seconds = self._settings.answer_seconds
        return problem(504, f"There was no answer within {seconds:g} s.", hint="Ask for less.")

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        limit, seconds = self._settings.body_limit, self._settings.body_seconds
        length = dict(scope["headers"]).get(b"content-length", b"0")
        announced = int(length) if length.isdigit() else 0
        if announced > limit:
            raise _Refused(413, f"A request may have {limit:,} bytes, this one {announced:,}.")
        arrived, whole = 0, False
        deadline = asyncio.get_running_loop().time() + seconds

        async def bounded() -> Message:
            nonlocal arrived, whole
            if whole:  # what comes now only says that the caller has gone
                return await receive()
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise _Refused(408, f"The body did not arrive within {seconds:g} s.") from None
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise _Refused(413, f"A request may have {limit:,} bytes.")
            whole = not message.get("more_body", False)
            return message

        return bounded
