"""`sommelier.toml`: what people decide about a workspace, over what was learned from the data.

Machines write into it only when a person asks them to (`sommelier tune engine`), and then into one
table, so comments and order stay as people left them. Each table is optional. Field corrections
replace single keys of the inferred schema.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from sommelier.data.schema import Kind
from sommelier.errors import ConfigError
from sommelier.types import Json

__all__ = [
    "TEMPLATE",
    "CatalogSettings",
    "EngineSettings",
    "FieldSettings",
    "Settings",
    "engine_table",
    "with_engine",
]

TEMPLATE: Final = """\
# What you decide here stands over what was learned from the data, also after a new import.
# `sommelier describe` shows every field as it is now. Remove the `#` to make a line count.

# [catalog]
# noun = "film"
# plural = "films"

# [fields.year]                  # the field's name, as `describe` shows it
# kind = "number"                # title, text, category, tags, number, date or flag
# description = "Year of the first release"
# unit = ""
# aliases = ["released"]         # other words for the field itself
# synonyms = { "sci-fi" = "Science Fiction" }   # a word people say = the value it stands for
# people = false                 # its values are names of people
# hidden = false                 # stored, but never shown nor searched

# [engine]
# default = "ease"               # without it: the engine that was best on the hold-out

# [engines.ease]                 # its settings from the next fit on; without them: the usual ones
# reg = 100.0                    # `sommelier tune engine` finds good ones

# [policy]                       # holds whatever a brain says; see docs/policies.md
# list_length = 5
# one_at_a_time = false          # true: one item, then "another?"
# show_consumed = false          # whether what a person has met may be recommended to them
# require = "NOT genres CONTAINS 'Gore'"       # a WHERE string: every listed item satisfies it
# available = "in_stock = true"  # a WHERE string: what can be had now
# age = { field = "age_rating", over = 18 }    # ratings from 18 on only after a confirmation; for
#                                # ratings in words: { field = "rating", values = ["R", "NC-17"] }
# sponsored = "sponsored = true" # a WHERE string: what is paid for; it is said, and ranks no higher
# ask_before = ["price"]         # fields asked about before the first list, once each
# relax = true                   # false: where nothing fits, say so and offer no way round

# [brain]                        # `sommelier brain list` shows them
# name = "rules"                 # without it: the best of what is installed, or the endpoint
# base_url = "http://localhost:8080/v1"        # any OpenAI-compatible endpoint
# model = "my-model"
# key_env = "MY_KEY"             # the NAME of the environment variable that holds the key
# phrase = false                 # whether the model also rewords the replies
# turn = { calls = 4 }           # at most, in one turn
# day = { cost = 1.5 }           # at most, in one day (UTC); the currency is that of the price
# price = { prompt = 0.15, completion = 0.6 }  # per million tokens
"""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CatalogSettings(_Table):
    """What one item is called."""

    noun: str | None = None
    plural: str | None = None


class FieldSettings(_Table):
    """Corrections of one field; what is not given stays as it was inferred."""

    kind: Kind | None = None
    description: str | None = None
    unit: str | None = None
    aliases: tuple[str, ...] | None = None
    synonyms: dict[str, str] | None = None
    people: bool | None = None
    hidden: bool | None = None


class EngineSettings(_Table):
    """Which engine answers when none is named."""

    default: str | None = None


class Settings(_Table):
    """All of `sommelier.toml`."""

    catalog: CatalogSettings = CatalogSettings()
    fields: dict[str, FieldSettings] = {}
    engine: EngineSettings = EngineSettings()
    engines: Annotated[
        dict[str, Json], Setting(description="settings by engine; its own Config judges them")
    ] = {}
    policy: Annotated[
        dict[str, Any], Setting(description="the operator's rules; the agent's policy reads them")
    ] = {}
    brain: Annotated[
        dict[str, Any], Setting(description="which brain answers; the agent's wiring reads it")
    ] = {}

    @property
    def default_engine(self) -> str | None:
        """The engine that people chose, if they did."""
        return self.engine.default

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file, or return the defaults where there is none; ConfigError names the key."""
        try:
            return cls.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
        except FileNotFoundError:
            return cls()
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} is no valid TOML: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"{path}, key {place}: {first['msg']}.",
                hint="Known tables: [catalog], [fields.<name>], [engine], [engines.<name>], "
                "[policy], [brain]. "
                f"Kinds: {', '.join(kind.value for kind in Kind)}.",
            ) from error


def engine_table(name: str, chosen: Json) -> str:
    """Return settings of an engine as they stand in the file: `[engines.<name>]` and its keys."""
    return tomli_w.dumps({"engines": {name: chosen}})


def with_engine(text: str, name: str, chosen: Json) -> str:
    """Return the text of a settings file with these settings of an engine; all else stays as it is.

    ConfigError where its table stands in a form that cannot be changed line by line.
    """
    table = engine_table(name, chosen)
    made = "\n".join(_spliced(text.splitlines(), name, table.splitlines(), chosen)) + "\n"
    try:
        wanted = tomllib.loads(text)
        engines = wanted.setdefault("engines", {})
        engines[name] = {**engines.get(name, {}), **chosen}
        if tomllib.loads(made) == wanted:
            return made
    except (tomllib.TOMLDecodeError, TypeError, AttributeError):
        pass
    raise ConfigError(
        f"The settings of {name!r} stand in a form that cannot be changed line by line.",
        hint=f"Write them yourself:\n{table}",
    )


def _spliced(lines: list[str], name: str, table: list[str], chosen: Json) -> list[str]:
    """Return the lines with those of a table: at their old place, or at the end."""
    head = re.compile(rf"\s*\[\s*engines\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*\]")
    at = next((number for number, line in enumerate(lines) if head.match(line)), None)
    if at is None:
        return [*lines, *([""] if lines else []), *table]
    rest = lines[at + 1 :]
    size = next((n for n, line in enumerate(rest) if line.lstrip().startswith("[")), len(rest))
    own = [line for line in rest[:size] if line.partition("=")[0].strip(" \t\"'") not in chosen]
    return [*lines[: at + 1], *table[1:], *own, *rest[size:]]
