"""The texts of the MCP door, in the words of one catalogue."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from sommelier.data.schema import Schema
from sommelier.hostile import named

__all__ = ["fill", "text", "texts"]


@cache
def texts() -> dict[str, Any]:
    """Return all texts, by section."""
    return tomllib.loads(files(__package__).joinpath("texts.toml").read_text("utf-8"))


def text(schema: Schema, section: str, name: str, key: str) -> str:
    """Return one text over a catalogue."""
    return fill(schema, texts()[section][name][key])


def fill(schema: Schema, told: str, /, **values: str) -> str:
    """Return a text with the catalogue's own words for its items, and other values, filled in."""
    nouns = {"thing": named(schema.noun, "item"), "things": named(schema.plural, "items")}
    return told.format(**nouns, **values).strip()
