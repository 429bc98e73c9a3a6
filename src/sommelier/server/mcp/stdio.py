"""The MCP server of one workspace on standard input and output, for hosts on the same machine."""

from mcp.server.stdio import stdio_server

from sommelier.server.hosting import hosting
from sommelier.server.keyring import Caller
from sommelier.server.mcp.server import make_server
from sommelier.server.mcp.tools import Asked
from sommelier.server.settings import ServerSettings

__all__ = ["serve"]


async def serve(settings: ServerSettings, user_id: str | None = None) -> None:
    """Answer until the input ends; with `user_id` only for that person.

    Standard output carries messages and nothing else; whatever else prints goes to the errors.
    """
    async with stdio_server() as (reading, writing), hosting(settings) as hosts:
        asked = Asked(hosts.first, Caller(user_id=user_id))
        server = make_server(hosts.first, lambda _context: asked)
        await server.run(reading, writing, server.create_initialization_options())
