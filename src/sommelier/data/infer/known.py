"""Fields that many catalogues share: what their names promise. The list is `known.toml`."""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.data.schema import Kind
from sommelier.types import Json

__all__ = ["Known", "field_name", "known", "noun_among", "plural_of", "synonyms", "title_rank"]


class Known(BaseModel):
    """What a field's name promises."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[str, ...]
    kind: Kind
    description: str = ""
    unit: str = ""
    aliases: tuple[str, ...] = ()
    people: bool = False
    zero_is_missing: Annotated[bool, Setting(description="0 stands for unknown")] = False


@cache
def _file() -> Json:
    return tomllib.loads((files(__package__) / "known.toml").read_text("utf-8"))


@cache
def _by_name() -> dict[str, Known]:
    entries = [Known.model_validate(entry) for entry in _file()["fields"]]
    return {name: entry for entry in entries for name in entry.names}


def known(name: str) -> Known | None:
    """Return what the name of a field promises, if it is well known."""
    return _by_name().get(name)


def title_rank(name: str) -> int:
    """Return how good a name is for the title: 0 is best; names that are no title come last."""
    titles = next(entry for entry in _by_name().values() if entry.kind is Kind.TITLE).names
    return titles.index(name) if name in titles else len(titles)


def field_name(column: str) -> str:
    """Return a column's name as the field is called: lower case, words joined by underscores."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", column.strip())
    return re.sub(r"[\W_]+", "_", words).strip("_").lower() or "column"


def noun_among(names: Iterable[str]) -> str:
    """Return what one item is called, judging by column and file names; empty if none says so."""
    words = {word for name in names for word in field_name(name).split("_")}
    for entry in _file()["nouns"]:
        if words & set(entry["words"]):
            return str(entry["noun"])
    return ""


def plural_of(noun: str) -> str:
    """Return the plain English plural."""
    if re.search(r"[^aeiou]y$", noun):
        return noun[:-1] + "ies"
    return noun + ("es" if re.search(r"(s|x|ch|sh)$", noun) else "s")


def synonyms(name: str, vocabulary: Iterable[str]) -> dict[str, str]:
    """Return a word people say -> the value it stands for, among the values that there are.

    A group of words with the same meaning helps only where exactly one of them is a value.
    """
    stored = {value.casefold(): value for value in vocabulary}
    found: dict[str, str] = {}
    for topic, groups in _file()["synonyms"].items():
        if topic not in name and plural_of(topic) not in name:
            continue
        for group in groups:
            present = [word for word in group if word in stored]
            if len(present) == 1:
                others = {word: stored[present[0]] for word in group if word not in stored}
                found.update({word: v for word, v in others.items() if word not in found})
    return found
