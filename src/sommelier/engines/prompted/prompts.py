"""What a model reads: the person, then candidates under letters, made from the template files.

Everything that strangers wrote stands in quotation marks on one line. Titles lose what speaks to a
machine. A person's own words may well give orders ("only old ones, please"): they stay, in bounds
and without markup, since all that an answer can do is to put that person's candidates in order.
Knows no model and no answer.
"""

import json
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from string import ascii_uppercase
from typing import Final

from sommelier.data.catalog import Catalog
from sommelier.engines.prompted.settings import Style
from sommelier.engines.query import Query
from sommelier.hostile import harmless, named
from sommelier.llm.chat.base import Message
from sommelier.types import Nums

__all__ = ["LETTERS", "Prompts"]

LETTERS: Final = ascii_uppercase
_TITLE: Final = 120  # characters of a title
_WORDS: Final = 1_000  # characters of what was said


class Prompts:
    """Questions about the items of one catalogue."""

    def __init__(self, catalog: Catalog, style: Style, history: int) -> None:
        """`history` is how many items of each list are told, the newest ones."""
        self._ids, self._titles = catalog.ids, catalog.titles
        self._style: Style = style
        self._history = history
        self._nouns = {"noun": catalog.schema.noun, "plural": catalog.schema.plural}
        self._system = _read("system.txt").strip().format(**self._nouns)

    def person(self, query: Query) -> str:
        """Return all that is told of a person; "" if there is nothing to tell."""
        met = _newest(query.history, self._history)
        told = [self._met(met)]
        for name, items in (("liked", query.liked), ("disliked", query.disliked)):
            if len(items):
                lines = self._lines(_newest(items, self._history))
                told.append(self._told("said", name, items=lines))
        if words := " ".join(harmless(query.text).split())[:_WORDS]:
            told.append(self._told("said", "words", words=_quoted(words)))
        return "\n\n".join(told) if met or len(told) > 1 else ""

    def question(self, person: str, task: str, items: Sequence[int]) -> list[Message]:
        """Return the messages that ask about items, in their order; at most 26 of them."""
        lines = [f"{LETTERS[at]}: {self._title(item)}" for at, item in enumerate(items)]
        slots = {**self._nouns, "candidates": "\n".join(lines), "n": len(items)}
        asked = _tasks()[task].strip().format(**slots)
        return [
            Message(role="system", content=self._system),
            Message(role="user", content=f"{person}\n\n{asked}"),
        ]

    def _met(self, items: Sequence[int]) -> str:
        if not items:
            return self._told("history", "none")
        style = self._style if len(items) > 1 else "sequential"  # nothing came before the last one
        return self._told(
            *("history", style),
            items=self._lines(items),
            earlier=self._lines(items[:-1]),
            last=self._title(items[-1]),
        )

    def _told(self, part: str, name: str, **slots: str) -> str:
        return _person()[part][name].strip().format(**self._nouns, **slots)

    def _lines(self, items: Sequence[int]) -> str:
        return "\n".join(f"- {self._title(item)}" for item in items)

    def _title(self, item: int) -> str:
        otherwise = f"{self._nouns['noun']} {self._ids[item]}"
        return _quoted(" ".join(named(self._titles[item], otherwise, _TITLE).split()))


def _newest(items: Nums, most: int) -> list[int]:
    """Return the newest distinct items, the oldest of them first."""
    found: dict[int, None] = {}
    for item in items[::-1]:
        if len(found) == most:
            break
        found.setdefault(int(item))
    return list(found)[::-1]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _read(name: str) -> str:
    return files(__package__).joinpath("prompts", name).read_text("utf-8")


@cache
def _person() -> dict[str, dict[str, str]]:
    return tomllib.loads(_read("person.toml"))


@cache
def _tasks() -> dict[str, str]:
    return tomllib.loads(_read("tasks.toml"))
