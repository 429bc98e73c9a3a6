"""A model server on loopback that behaves, or misbehaves, as it was told: for tests of brains.

It speaks the OpenAI protocol over real HTTP, keeps every request, and knows nothing of catalogues.
"""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

__all__ = ["ModelServer"]

_Act = Callable[[BaseHTTPRequestHandler], object]


class ModelServer:
    """Speaks /v1/chat/completions. Acts are played in order; the last one is played for ever."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Message] = []
        self.acts: list[_Act] = []
        self.closing = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        """Stop; what hangs lets go."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def calls(self) -> int:
        """How often it was asked."""
        return len(self.requests)

    def sends(
        self,
        body: object,
        *,
        status: int = 200,
        kind: str = "application/json",
        headers: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Send bytes as they are, anything else as JSON."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            _send(handler, body, status, kind, headers)

        self.acts.append(act)
        return self

    def says(
        self,
        text: str | None,
        *,
        finish: str = "stop",
        refusal: str | None = None,
        usage: tuple[int, int] | None = (7, 5),
    ) -> Self:
        """Answer a text, or decline with one."""
        return self.sends(_completion(text, finish, refusal, usage))

    def answers(self, answer: Callable[[dict[str, Any]], str]) -> Self:
        """Answer by a function of the request."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            told = answer(self.requests[-1])
            _send(handler, _completion(told, "stop", None, (7, 5)), 200, "application/json", ())

        self.acts.append(act)
        return self

    def fails(
        self,
        status: int,
        message: str = "no",
        *,
        code: str | None = None,
        kind: str | None = None,
        headers: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Answer with an error of this status."""
        error = {"message": message, "code": code, "type": kind}
        return self.sends({"error": error}, status=status, headers=headers)

    def breaks_off(self) -> Self:
        """Announce a whole answer and send half of it."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            data = json.dumps(_completion("half of it", "stop", None, None)).encode()
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[: len(data) // 2])
            handler.close_connection = True

        self.acts.append(act)
        return self

    def streams(
        self,
        texts: Iterable[str],
        *,
        finish: str | None = "stop",
        end: bool = True,
        extra: Sequence[object] = (),
        usage: tuple[int, int] | None = (7, 5),
    ) -> Self:
        """Stream texts; `end=False` tears the connection in the middle; `extra` are raw events."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for text in texts:
                if self.closing.is_set():
                    return
                _event(handler, _chunk({"content": text}))
            for raw in extra:
                _event(handler, raw)
            if not end:
                handler.close_connection = True
                return
            if finish:
                _event(handler, _chunk({}, finish))
            if usage:
                told = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
                _event(handler, {**_chunk({}), "choices": [], "usage": told})
            _event(handler, "[DONE]")
            handler.wfile.write(b"0\r\n\r\n")

        self.acts.append(act)
        return self

    def hangs(self) -> Self:
        """Take the request and say nothing."""
        self.acts.append(lambda handler: self.closing.wait())
        return self

    def hangs_up(self) -> Self:
        """Close the connection without a word."""

        def act(handler: BaseHTTPRequestHandler) -> None:
            handler.close_connection = True

        self.acts.append(act)
        return self


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

        def do_POST(self) -> None:  # the library calls it so
            length = int(self.headers["Content-Length"])
            server.headers.append(self.headers)
            server.requests.append(json.loads(self.rfile.read(length)))
            number = min(len(server.requests), len(server.acts)) - 1
            try:
                server.acts[number](self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client had enough

        def log_message(self, format: str, *words: object) -> None:  # noqa: A002  # as inherited
            """Say nothing."""

    return Handler


def _send(
    handler: BaseHTTPRequestHandler,
    body: object,
    status: int,
    kind: str,
    headers: Iterable[tuple[str, str]],
) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(data)))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(data)


def _completion(
    text: str | None, finish: str, refusal: str | None, usage: tuple[int, int] | None
) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body: dict[str, Any] = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "small-1",
        "choices": [{"index": 0, "message": message, "finish_reason": finish}],
    }
    if usage:
        read, wrote = usage
        body["usage"] = {
            "prompt_tokens": read,
            "completion_tokens": wrote,
            "total_tokens": read + wrote,
        }
    return body


def _chunk(delta: object, finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "small-1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def _event(handler: BaseHTTPRequestHandler, body: object) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    data = f"data: {text}\n\n".encode()
    handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
    handler.wfile.flush()
