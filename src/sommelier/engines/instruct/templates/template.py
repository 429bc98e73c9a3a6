"""The wordings in which an instruction may be put, as the files of this folder hold them.

A template is one way to put a question; each of its wordings is a `Template` of its own here, so
that training can draw them evenly and keep some of them out. Fills no slot and judges no wording.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic import Field as Setting

from sommelier.engines.instruct.form import Form, Instruction, Intention, Preference
from sommelier.errors import DataError

__all__ = ["Template", "context_sentences", "read", "templates"]

_FILES: Final = ("pointwise", "pairwise", "matching", "reranking")
_CONTEXTS: Final = "contexts"


@dataclass(frozen=True, kw_only=True)
class Template:
    """One wording: `text` for a language model, `spoken` for a text encoder."""

    name: str  # of the template: its wordings share it
    number: int  # which of its wordings, from 1
    preference: Preference
    intention: Intention
    form: Form
    text: str
    spoken: str  # what the person alone would say; empty where they say nothing
    context: bool = False  # whether it has a place for a context, and so needs one
    held_out: bool = False  # never met in training

    @property
    def kind(self) -> str:
        """The kind of instruction that it takes, such as `P1-I2-T3`."""
        return f"{self.preference}-{self.intention}-{self.form}"

    @property
    def key(self) -> str:
        """Its name among all wordings, such as `rainy-evening/2`."""
        return f"{self.name}/{self.number}"

    def fits(self, instruction: Instruction) -> bool:
        """Return whether it can be filled with this instruction."""
        return self.kind == instruction.kind and bool(instruction.context) >= self.context


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Wording(_Strict):
    text: str
    spoken: str = ""
    held_out: bool = False


class _Entry(_Strict):
    name: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*$")]
    kind: Annotated[str, StringConstraints(pattern=r"^P[012]-I[012]-T[0-3]$")]
    context: bool = False
    held_out: bool = False
    wording: Annotated[list[_Wording], Setting(min_length=1)]


@cache
def templates() -> tuple[Template, ...]:
    """Return every wording of this folder, in the order of its files."""
    folder = files(__package__)
    return tuple(
        template
        for name in _FILES
        for template in read(f"{name}.toml", folder.joinpath(f"{name}.toml").read_text("utf-8"))
    )


@cache
def context_sentences() -> tuple[str, ...]:
    """Return what is put in front where a template has no place for a context."""
    text = files(__package__).joinpath(f"{_CONTEXTS}.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["sentences"])


def read(file: str, text: str) -> list[Template]:
    """Return the wordings that the text of a file holds; DataError names file and template."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{file} is not TOML: {error}") from error
    entries = tables.pop("template", [])
    if tables or not isinstance(entries, list):
        strays = ", ".join(tables) or "template"
        raise DataError(
            f"{file} has something beside its templates: {strays}.",
            hint="Each template is one [[template]] with a name, a kind and wordings.",
        )
    return [one for place, entry in enumerate(entries, 1) for one in _wordings(file, place, entry)]


def _wordings(file: str, place: int, entry: object) -> Iterator[Template]:
    try:
        told = _Entry.model_validate(entry)
    except ValidationError as error:
        name = entry.get("name") if isinstance(entry, dict) else None
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "as a whole"
        raise DataError(
            f"{file}, template {name or f'number {place}'!r}, {where}: {first['msg']}."
        ) from error
    preference, intention, form = told.kind.split("-")
    for number, wording in enumerate(told.wording, 1):
        yield Template(
            name=told.name,
            number=number,
            preference=Preference(preference),
            intention=Intention(intention),
            form=Form(form),
            text=wording.text,
            spoken=wording.spoken,
            context=told.context,
            held_out=told.held_out or wording.held_out,
        )
