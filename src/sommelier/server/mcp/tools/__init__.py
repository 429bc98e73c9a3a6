"""The tools of the MCP door, in the order in which hosts list them."""

from sommelier.server.mcp.tools.base import Asked, Tool
from sommelier.server.mcp.tools.facts import FACTS
from sommelier.server.mcp.tools.lists import LISTS
from sommelier.server.mcp.tools.people import PEOPLE

__all__ = ["TOOLS", "Asked", "Tool"]

TOOLS: tuple[Tool, ...] = (*LISTS, *FACTS, *PEOPLE)
