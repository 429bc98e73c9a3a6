"""A real model server on loopback that misbehaves on demand, and an adapter that talks to it."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from sommelier.llm.chat.base import Message
from sommelier.llm.chat.openai import Endpoint, OpenAIModel
from sommelier.llm.chat.schema import Schema


class ModelServer:
    """Speaks /v1/chat/completions. Acts are played in order; the last one is played for ever."""

    def __init__(self):
        self.requests = []
        self.headers = []
        self.acts = []
        self.closing = threading.Event()
        act = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or each answer waits 40 ms for an acknowledgement

            def do_POST(self):
                length = int(self.headers["Content-Length"])
                act.headers.append(self.headers)
                act.requests.append(json.loads(self.rfile.read(length)))
                number = min(len(act.requests), len(act.acts)) - 1
                try:
                    act.acts[number](self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the client had enough

            def log_message(self, *words):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self):
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def calls(self):
        return len(self.requests)

    def sends(self, body, *, status=200, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()

        def act(handler):
            handler.send_response(status)
            handler.send_header("Content-Type", kind)
            handler.send_header("Content-Length", str(len(data)))
            for name, value in headers:
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)

        self.acts.append(act)
        return self

    def says(self, text, *, finish="stop", refusal=None, usage=(7, 5)):
        message = {"role": "assistant", "content": text, "refusal": refusal}
        body = {
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
        return self.sends(body)

    def fails(self, status, message="no", *, code=None, kind=None, headers=()):
        error = {"message": message, "code": code, "type": kind}
        return self.sends({"error": error}, status=status, headers=headers)

    def streams(self, texts, *, finish="stop", end=True, extra=(), usage=(7, 5)):
        """Stream texts; `end=False` tears the connection in the middle; `extra` are raw events."""

        def act(handler):
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for text in texts:
                if self.closing.is_set():
                    return
                event(handler, chunk({"content": text}))
            for raw in extra:
                event(handler, raw)
            if not end:
                handler.close_connection = True
                return
            if finish:
                event(handler, chunk({}, finish))
            if usage:
                told = {"prompt_tokens": usage[0], "completion_tokens": usage[1]}
                event(handler, {**chunk({}), "choices": [], "usage": told})
            event(handler, "[DONE]")
            handler.wfile.write(b"0\r\n\r\n")

        self.acts.append(act)
        return self

    def hangs(self):
        self.acts.append(lambda handler: self.closing.wait())
        return self

    def hangs_up(self):
        def act(handler):
            handler.close_connection = True

        self.acts.append(act)
        return self


def chunk(delta, finish=None):
    return {
        "id": "x",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "small-1",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }


def event(handler, body):
    text = body if isinstance(body, str) else json.dumps(body)
    data = f"data: {text}\n\n".encode()
    handler.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))
    handler.wfile.flush()


@pytest.fixture
def server():
    found = ModelServer()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _no_waiting_between_attempts():
    with stamina.set_testing(True, attempts=10, cap=True):
        yield


@pytest.fixture
def model(server):
    """Make an adapter to the server, with other settings where given."""

    def make(budget=None, **settings):
        settings = {"base_url": server.url, "model": "small", "key": "sesame", **settings}
        return OpenAIModel(Endpoint.read(settings), budget=budget)

    return make


@pytest.fixture
def ask():
    """Return the completion of one question, in an event loop of its own."""

    def run(model, text="Something cosy?", **how):
        async def asked():
            try:
                return await model.complete([Message(role="user", content=text)], **how)
            finally:
                if hasattr(model, "aclose"):
                    await model.aclose()

        return asyncio.run(asked())

    return run


@pytest.fixture
def read():
    """Return the pieces of one streamed answer; `got` is filled even if the stream breaks."""

    def run(model, got=None, text="Something cosy?", **how):
        got = [] if got is None else got

        async def asked():
            try:
                async for piece in model.stream([Message(role="user", content=text)], **how):
                    got.append(piece)
            finally:
                if hasattr(model, "aclose"):
                    await model.aclose()
            return got

        return asyncio.run(asked())

    return run


@pytest.fixture
def colour():
    return Schema(
        "colour",
        {
            "type": "object",
            "properties": {"name": {"enum": ["red", "blue"]}, "depth": {"type": "integer"}},
            "required": ["name"],
            "additionalProperties": False,
        },
    )
