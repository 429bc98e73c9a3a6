"""Clients of the MCP door: over HTTP with a key or without, and on standard input and output."""

import asyncio
import os
import sys

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client


@pytest.fixture
def over_http():
    """Run a coroutine with a client of the service at `url`; returns what it returns."""

    def run(url, work, key="", mode="auto", path="/mcp"):
        async def talked():
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            async with httpx2.AsyncClient(headers=headers, timeout=30) as plain:
                transport = streamable_http_client(f"{url}{path}", http_client=plain)
                async with Client(transport, mode=mode) as client:
                    return await work(client)

        return asyncio.run(talked())

    return run


@pytest.fixture
def on_stdio():
    """Run a coroutine with a client of `sommelier mcp` with these arguments."""

    def run(work, *arguments, mode="auto"):
        command = StdioServerParameters(
            command=sys.executable,
            args=["-m", "sommelier", "mcp", *map(str, arguments)],
            env=dict(os.environ),
        )

        async def talked():
            async with Client(command, mode=mode) as client:
                return await work(client)

        return asyncio.run(talked())

    return run
