"""The MCP server over one workspace, for any transport.

Whoever runs it says who asks (`asked`): over HTTP the holder of a key, on stdio the person at this
machine. A tool that the caller's key does not allow is not listed, and refused if called.
"""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeAlias

import orjson
from mcp import types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from sommelier.errors import SommelierError
from sommelier.server.hosting import Hosted
from sommelier.server.mcp import reading
from sommelier.server.mcp.texts import fill, text, texts
from sommelier.server.mcp.tools import TOOLS, Asked, Tool
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["AskedOf", "make_server"]

_Context: TypeAlias = ServerRequestContext[Any, Any]
AskedOf: TypeAlias = Callable[[_Context], Asked]
_BY_NAME = {tool.name: tool for tool in TOOLS}


def make_server(hosted: Hosted, asked: AskedOf) -> Server[Any]:
    """Return the server of a workspace; `asked` tells who makes a request."""
    described = _Described()

    async def list_tools(context: _Context, _page: object) -> types.ListToolsResult:
        one = asked(context)
        every = described.over(one.hosted.lists.box)
        shown = [tool for tool in every if one.caller.may(_BY_NAME[tool.name].scope)]
        return types.ListToolsResult(tools=shown)

    async def call_tool(
        context: _Context, call: types.CallToolRequestParams
    ) -> types.CallToolResult:
        return await _called(asked(context), call.name, call.arguments or {})

    async def list_resources(context: _Context, _page: object) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=reading.resources(_reader(asked(context))))

    async def list_templates(context: _Context, _page: object) -> types.ListResourceTemplatesResult:
        found = reading.templates(_reader(asked(context)))
        return types.ListResourceTemplatesResult(resource_templates=found)

    async def read_resource(
        context: _Context, told: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        return reading.read(_reader(asked(context)), str(told.uri))

    async def list_prompts(context: _Context, _page: object) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=reading.prompts(_reader(asked(context))))

    async def get_prompt(
        context: _Context, told: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        return reading.prompt(_reader(asked(context)), told.name, told.arguments or {})

    return Server(
        f"sommelier-{hosted.name}",
        title=f"Sommelier: {hosted.name}",
        version=version("sommelier"),
        instructions=_instructions(hosted),
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
        on_list_prompts=list_prompts,
        on_get_prompt=get_prompt,
    )


def _instructions(hosted: Hosted) -> str:
    schema = hosted.lists.box.schema
    return fill(schema, texts()["instructions"], schema=reading.schema_uri(hosted))


class _Described:
    """The tools as hosts see them, described anew only when the catalogue is another."""

    def __init__(self) -> None:
        self._box: Toolbox | None = None
        self._tools: list[types.Tool] = []

    def over(self, box: Toolbox) -> list[types.Tool]:
        """Return the tools over a catalogue."""
        if box is not self._box:
            self._tools, self._box = [_described(tool, box) for tool in TOOLS], box
        return self._tools


def _described(tool: Tool, box: Toolbox) -> types.Tool:
    title = text(box.schema, "tools", tool.name, "title")
    hints = types.ToolAnnotations(
        title=title,
        read_only_hint=tool.reads,
        destructive_hint=False,
        idempotent_hint=tool.repeats,
        open_world_hint=False,
    )
    return types.Tool(
        name=tool.name,
        title=title,
        description=text(box.schema, "tools", tool.name, "description"),
        input_schema=tool.input_schema(box),
        output_schema=tool.output_schema(box),
        annotations=hints,
    )


def _reader(asked: Asked) -> Hosted:
    if not asked.caller.may("read"):
        raise MCPError(types.INVALID_REQUEST, "This key lacks the scope 'read'.")
    return asked.hosted


async def _called(asked: Asked, name: str, arguments: Json) -> types.CallToolResult:
    """Run a tool; what the caller can mend is its result, so that a model reads of it."""
    tool = _BY_NAME.get(name)
    if tool is None:
        known = ", ".join(_BY_NAME)
        raise MCPError(types.INVALID_PARAMS, f"There is no tool {name!r:.100}. Known: {known}.")
    try:
        if not asked.caller.may(tool.scope):
            return _refused(f"This key lacks the scope {tool.scope!r}.")
        given = tool.takes.model_validate(arguments)
        made = await tool.run(asked, given)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _refused(f"{where or 'arguments'}: {first['msg']}")
    except HTTPException as error:
        return _refused(str(error.detail))
    except SommelierError as error:
        return _refused(str(error))
    told = types.TextContent(type="text", text=orjson.dumps(made).decode())
    return types.CallToolResult(content=[told], structured_content=made)


def _refused(told: str) -> types.CallToolResult:
    content = types.TextContent(type="text", text=told)
    return types.CallToolResult(content=[content], is_error=True)
