"""The MCP door: the recommender as tools, resources and prompts of any MCP host."""

from sommelier.server.mcp.server import make_server
from sommelier.server.mcp.stdio import serve
from sommelier.server.mcp.web import Door

__all__ = ["Door", "make_server", "serve"]
