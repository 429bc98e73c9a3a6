"""A real model server on loopback that misbehaves on demand, and an adapter that talks to it."""

import asyncio

import pytest
import stamina

from sommelier.llm.chat.base import Message
from sommelier.llm.chat.openai import Endpoint, OpenAIModel
from sommelier.llm.chat.schema import Schema
from sommelier.testing.servers.misbehaving import ModelServer


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
