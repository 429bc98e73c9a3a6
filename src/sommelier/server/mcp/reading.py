"""Resources and prompts of the MCP door: the catalogue's fields, one item, and ways to begin."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

import orjson
from mcp import types
from mcp.shared.exceptions import MCPError

from sommelier.errors import UnknownName, UsageError
from sommelier.hostile import harmless
from sommelier.server.hosting import Hosted
from sommelier.server.mcp.conditions import condition_schema, facts_schema
from sommelier.server.mcp.items import WHOLE, facts_of, shown_row, title_of
from sommelier.server.mcp.texts import fill, text, texts
from sommelier.types import Json

__all__ = ["prompt", "prompts", "read", "resources", "schema_uri", "templates"]

_JSON: Final = "application/json"
_ITEM: Final = re.compile(r"^sommelier://([^/]+)/items/([^/]+)$")
_LONGEST: Final = 2_000  # characters of an argument


def schema_uri(hosted: Hosted) -> str:
    """Return the address of the catalogue's fields."""
    return f"sommelier://{quote(hosted.name, safe='')}/schema"


def resources(hosted: Hosted) -> list[types.Resource]:
    """Return what there is to read under fixed addresses."""
    title, told = _texts(hosted, "schema")
    uri = schema_uri(hosted)
    return [types.Resource(uri=uri, name="schema", title=title, description=told, mime_type=_JSON)]


def templates(hosted: Hosted) -> list[types.ResourceTemplate]:
    """Return how the addresses of items are made."""
    title, told = _texts(hosted, "item")
    uri = f"sommelier://{quote(hosted.name, safe='')}/items/{{item_id}}"
    made = types.ResourceTemplate(
        uri_template=uri, name="item", title=title, description=told, mime_type=_JSON
    )
    return [made]


def read(hosted: Hosted, uri: str) -> types.ReadResourceResult:
    """Return what stands at an address; INVALID_PARAMS for what is not there."""
    if uri == schema_uri(hosted):
        return _told(uri, _schema(hosted))
    found = _ITEM.match(uri)
    if found is None or unquote(found[1]) != hosted.name:
        raise MCPError(types.INVALID_PARAMS, f"There is no resource {uri!r:.200}.", {"uri": uri})
    try:
        row = shown_row(hosted, unquote(found[2]))
    except UnknownName as error:
        raise MCPError(types.INVALID_PARAMS, error.message, {"uri": uri}) from error
    item_id = row[hosted.lists.box.schema.id_field]
    facts = facts_of(hosted, row, most=WHOLE)
    return _told(uri, {"item_id": item_id, "title": title_of(hosted, row), "facts": facts})


def prompts(hosted: Hosted) -> list[types.Prompt]:
    """Return the ways to begin."""
    schema = hosted.lists.box.schema
    return [
        types.Prompt(
            name=name,
            title=fill(schema, told["title"]),
            description=fill(schema, told["description"]),
            arguments=[
                types.PromptArgument(name=key, description=meaning, required=True)
                for key, meaning in told["arguments"].items()
            ],
        )
        for name, told in texts()["prompts"].items()
    ]


def prompt(hosted: Hosted, name: str, given: Mapping[str, str]) -> types.GetPromptResult:
    """Return one of them with its arguments filled in; INVALID_PARAMS where they do not fit."""
    known = texts()["prompts"]
    if name not in known:
        error: UsageError = UnknownName("prompt", name, known)
        raise MCPError(types.INVALID_PARAMS, error.message)
    told = known[name]
    if set(given) != set(told["arguments"]):
        needed = ", ".join(told["arguments"])
        raise MCPError(types.INVALID_PARAMS, f"The prompt {name!r} takes exactly: {needed}.")
    schema = hosted.lists.box.schema
    values = {key: harmless(value[:_LONGEST]) for key, value in given.items()}
    said = types.TextContent(type="text", text=fill(schema, told["text"], **values))
    return types.GetPromptResult(
        description=fill(schema, told["description"]),
        messages=[types.PromptMessage(role="user", content=said)],
    )


def _texts(hosted: Hosted, name: str) -> tuple[str, str]:
    schema = hosted.lists.box.schema
    return (
        text(schema, "resources", name, "title"),
        text(schema, "resources", name, "description"),
    )


def _schema(hosted: Hosted) -> Json:
    box = hosted.lists.box
    return {
        "workspace": hosted.name,
        "items": len(box.catalog),
        "noun": box.schema.noun,
        "plural": box.schema.plural,
        "facts": facts_schema(box),
        "condition": condition_schema(box),
    }


def _told(uri: str, data: Json) -> types.ReadResourceResult:
    content = types.TextResourceContents(uri=uri, mime_type=_JSON, text=orjson.dumps(data).decode())
    return types.ReadResourceResult(contents=[content])
