"""What a structured answer must look like: a JSON schema, and the check of an answer against it.

Knows the part of JSON Schema that pydantic writes and servers can constrain decoding with. A
keyword beyond that is an error when the schema is made, never a rule that is passed over.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Self

from pydantic import BaseModel, ValidationError

from sommelier.errors import ConfigError, UsageError

__all__ = ["Schema"]

_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_LENGTH: Final = {
    "minLength": (str, "minimum"),
    "maxLength": (str, "maximum"),
    "minItems": (list, "minimum"),
    "maxItems": (list, "maximum"),
}
_SAID: Final = {"title", "description", "default", "examples", "format", "discriminator"}
_KNOWN: Final = {
    *("type", "enum", "const", "properties", "required", "additionalProperties", "items"),
    *("prefixItems", "anyOf", "oneOf", "allOf", "$ref", "$defs", "pattern", *_ORDER, *_LENGTH),
}
_MOST = 5  # faults told in one message
_FENCE = re.compile(r"\A\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*\Z", re.DOTALL)


@dataclass(frozen=True)
class Schema:
    """A named JSON schema; `check` may add rules, by raising ValueError or UsageError."""

    name: str
    body: Mapping[str, Any]
    check: Callable[[Any], object] | None = None

    def __post_init__(self) -> None:
        for place, part in _parts("", self.body):
            unknown = set(part) - _KNOWN - _SAID
            if unknown:
                raise ConfigError(
                    f"Schema {self.name!r}, {place or 'top'}: cannot check {sorted(unknown)}.",
                    hint=f"Known keywords: {', '.join(sorted(_KNOWN))}.",
                )
            if "$ref" in part and part["$ref"].removeprefix("#/$defs/") not in self._defined:
                raise ConfigError(f"Schema {self.name!r}: {part['$ref']!r} leads nowhere.")

    @classmethod
    def of(cls, model: type[BaseModel]) -> Self:
        """Return the schema of a pydantic model, whose validators are checked too."""
        return cls(model.__name__, model.model_json_schema(), model.model_validate)

    @property
    def strict(self) -> bool:
        """Whether every object names all its keys and no others, as some servers demand."""
        objects = [part for _, part in _parts("", self.body) if "properties" in part]
        return all(
            part.get("additionalProperties") is False
            and set(part.get("required", ())) == set(part["properties"])
            for part in objects
        )

    def read(self, text: str) -> tuple[Any, list[str]]:
        """Return an answer as JSON, and what is wrong with it in sentences; none if it is right."""
        fenced = _FENCE.match(text)
        try:
            value = json.loads(fenced[1] if fenced else text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            return None, [f"It is not valid JSON: {error}."]
        return value, self.faults(value)

    def faults(self, value: Any) -> list[str]:
        """Return which rules a value breaks, at most a few, in sentences."""
        found = list(self._faults("", value, self.body))[:_MOST]
        if found or self.check is None:
            return found
        try:
            self.check(value)
        except ValidationError as error:
            return [
                f"{'.'.join(map(str, one['loc'])) or 'It'}: {one['msg']}." for one in error.errors()
            ][:_MOST]
        except (ValueError, UsageError) as error:
            return [str(error)]
        return []

    def repair(self, faults: Sequence[str]) -> str:
        """Return what to say to a model whose answer has these faults."""
        text = resources.files("sommelier.llm.chat").joinpath("prompts/repair.txt").read_text()
        schema = json.dumps(self.body, ensure_ascii=False)
        return text.strip().format(faults="\n".join(f"- {one}" for one in faults), schema=schema)

    @property
    def _defined(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.body.get("$defs", {})
        return found

    def _faults(self, place: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
        here = place or "The answer"
        if "$ref" in rule:
            yield from self._faults(place, value, self._defined[rule["$ref"][len("#/$defs/") :]])
        if "type" in rule and not _is(value, rule["type"]):
            yield f"{here} must be of type {rule['type']}, not {json.dumps(value)[:80]}."
            return
        allowed = rule.get("enum", [rule["const"]] if "const" in rule else None)
        if allowed is not None and not any(_same(value, one) for one in allowed):
            told = json.dumps(allowed)[:200]
            yield f"{here} must be one of {told}, not {json.dumps(value)[:80]}."
        for word in ("anyOf", "oneOf"):
            ways = [list(self._faults(place, value, way)) for way in rule.get(word, ())]
            fits = sum(not way for way in ways)
            if ways and not fits:
                yield min(ways, key=len)[0]
            elif word == "oneOf" and fits > 1:
                yield f"{here} fits {fits} kinds where it must fit one."
        for way in rule.get("allOf", ()):
            yield from self._faults(place, value, way)
        yield from _bounds(here, value, rule)
        if isinstance(value, dict):
            yield from self._object(place, value, rule)
        if isinstance(value, list):
            first = rule.get("prefixItems", ())
            for number, one in enumerate(value):
                inner = first[number] if number < len(first) else rule.get("items", True)
                yield from self._inner(f"{place}[{number}]", one, inner)

    def _object(self, place: str, value: dict[str, Any], rule: Mapping[str, Any]) -> Iterator[str]:
        for key in rule.get("required", ()):
            if key not in value:
                yield f"{place or 'The answer'} lacks the key {key!r}."
        named = rule.get("properties", {})
        for key, one in value.items():
            inner = named.get(key, rule.get("additionalProperties", True))
            yield from self._inner(f"{place}.{key}" if place else key, one, inner)

    def _inner(self, place: str, value: Any, rule: Any) -> Iterator[str]:
        """A rule inside another may also be yes or no to whatever stands there."""
        if rule is False:
            yield f"{place} must not be there."
        elif rule is not True:
            yield from self._faults(place, value, rule)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _is(value: Any, kind: str | list[str]) -> bool:
    if isinstance(kind, list):
        return any(_is(value, one) for one in kind)
    if isinstance(value, bool):
        return kind == "boolean"  # Python counts truth among the integers, JSON does not
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _same(value: Any, other: Any) -> bool:
    return bool(value == other) and isinstance(value, bool) == isinstance(other, bool)


def _bounds(here: str, value: Any, rule: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        for word, holds in _ORDER.items():
            if word in rule and not holds(value, rule[word]):
                yield f"{here} breaks {word} {rule[word]} with {value}."
    for word, (kind, order) in _LENGTH.items():
        if word in rule and isinstance(value, kind) and not _ORDER[order](len(value), rule[word]):
            yield f"{here} breaks {word} {rule[word]} with {len(value)}."
    if "pattern" in rule and isinstance(value, str) and not re.search(rule["pattern"], value):
        yield f"{here} must match the pattern {rule['pattern']}."


def _parts(place: str, rule: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield a schema and every schema inside it, with where it stands."""
    if not isinstance(rule, Mapping):
        return
    yield place, rule
    for word in ("properties", "$defs"):
        for key, inner in rule.get(word, {}).items():
            yield from _parts(f"{place}/{word}/{key}", inner)
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for number, inner in enumerate(rule.get(word, ())):
            yield from _parts(f"{place}/{word}/{number}", inner)
    for word in ("items", "additionalProperties"):
        yield from _parts(f"{place}/{word}", rule.get(word))
