"""`sommelier mcp`: a workspace as an MCP server on standard input and output."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["command"]


def command(
    workspace: Annotated[
        Path | None, typer.Argument(help="A workspace; the bundled films without one.")
    ] = None,
    *,
    user: Annotated[
        str | None, typer.Option(help="Speak for this person only; without it, for anyone.")
    ] = None,
    brain: Annotated[str, typer.Option(help="rules, embedded, rules+embedded, openai.")] = "",
) -> None:
    """Serve a workspace to an MCP host on this machine, on standard input and output."""
    from sommelier.cli.serve import films
    from sommelier.server.mcp import serve
    from sommelier.server.settings import ServerSettings

    settings = ServerSettings.read(
        workspaces=(workspace or films(),), brain=brain or None, refresh_after=0.0
    )
    asyncio.run(serve(settings, user))
