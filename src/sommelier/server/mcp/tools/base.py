"""What every tool of the MCP door is: a name, what it takes and gives, and who may use it.

Descriptions stand in `texts.toml`; the schemas are made from the arguments' class and from the
catalogue.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import Field as Setting
from pydantic import WithJsonSchema

from sommelier.data.predicates import Predicate, from_json
from sommelier.server.hosting import Hosted
from sommelier.server.keyring import Caller, Scope
from sommelier.server.mcp.conditions import condition_schema, facts_schema
from sommelier.server.shapes import Identifier, Shape
from sommelier.tools.base import Toolbox
from sommelier.types import Json

__all__ = ["Asked", "Condition", "Person", "Tool", "items_schema", "where_of"]

_STRING: Final = {"type": "string"}
Condition = Annotated[
    Json | None,
    WithJsonSchema({"type": "object"}),  # in its place stands the catalogue's own
    Setting(description="a condition that every item satisfies"),
]


@dataclass(frozen=True)
class Asked:
    """Which workspace is asked, and by whom."""

    hosted: Hosted
    caller: Caller


class Person(Shape):
    """Whom a call is about; neither for a stranger."""

    user_id: Annotated[Identifier | None, Setting(description="a person of the shop")] = None
    session_id: Annotated[
        Identifier | None, Setting(description="a conversation, as the tool chat gave it")
    ] = None


@dataclass(frozen=True)
class Tool:
    """One tool. `run` gets its arguments as `takes`, and returns JSON that fits `gives`."""

    name: str
    takes: type[Shape]
    gives: Callable[[Toolbox], Json]
    run: Callable[[Asked, Any], Awaitable[Json]]
    scope: Scope = "read"
    reads: bool = True  # changes nothing
    repeats: bool = True  # the same call again changes nothing more
    tells_conditions: bool = False  # whether its schema says what conditions look like

    def input_schema(self, box: Toolbox) -> Json:
        """Return the JSON schema of the arguments over this catalogue."""
        schema = self.takes.model_json_schema()
        properties = schema["properties"]
        if "where" in properties:
            properties["where"] = self._where(schema, box, properties["where"]["description"])
        if "fields" in properties:
            shown = [field.name for field in box.schema if not field.hidden]
            properties["fields"]["items"] = {"enum": shown}
        schema.pop("title", None)
        schema.pop("description", None)
        return schema

    def _where(self, schema: Json, box: Toolbox, told: str) -> Json:
        """Tell in full what a condition is, but only once: hosts give models all tools at once."""
        if not self.tells_conditions:
            return {"type": "object", "description": f"{told}; as in the tool search"}
        schema.setdefault("$defs", {})["condition"] = condition_schema(box)
        return {"$ref": "#/$defs/condition", "description": told}

    def output_schema(self, box: Toolbox) -> Json:
        """Return the JSON schema of the answer over this catalogue."""
        properties = self.gives(box)
        return {"type": "object", "properties": properties, "required": list(properties)}


def items_schema(box: Toolbox, *, ranked: bool = True) -> Json:
    """Return the schema of a list of items with their facts."""
    properties: Json = {"item_id": _STRING, "title": _STRING, "facts": facts_schema(box)}
    required = list(properties)
    if ranked:
        properties |= {
            "rank": {"type": "integer", "description": "from 1"},
            "score": {"type": "number"},
            "reasons": {"type": "array", "items": _STRING},
            "sponsored": {"type": "boolean", "description": "paid for: say so"},
        }
        required += ["rank", "score", "reasons"]
    return {
        "type": "array",
        "items": {"type": "object", "properties": properties, "required": required},
    }


def where_of(condition: Json | None) -> Predicate | None:
    """Return a condition's tree; PredicateError for what is none."""
    return None if condition is None else from_json(condition)
