"""Generated messages: what people might say to a catalogue, with slips of the pen.

A seeded grammar (`talk.toml`) over the catalogue's own vocabulary: requests, ranges, negations,
follow-ups, reactions, questions, small talk and junk. Each message depends on its own seed alone,
so a failing conversation can be cut down message by message. Knows nothing of any brain.
"""

import random
import re
import string
import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.data.schema import Field, Kind

__all__ = ["Talker", "kinds"]

_SLOT = re.compile(r"«(\w+)»")
_SLIPS = 0.25  # share of messages with a slip of the pen


@cache
def _grammar() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("talk.toml").read_text("utf-8"))


def kinds() -> tuple[str, ...]:
    """Return the kinds of message that can be said."""
    return tuple(_grammar()["weights"])


class Talker:
    """Says things about one catalogue."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._schema = catalog, catalog.schema
        self._words = {
            field.name: catalog.packed.postings(field.name).words
            for field in self._schema.of(Kind.CATEGORY, Kind.TAGS)
        }
        self._facets = [f for f in self._schema.of(Kind.CATEGORY, Kind.TAGS) if not f.people]
        self._people = [f for f in self._schema.of(Kind.CATEGORY, Kind.TAGS) if f.people]
        self._measures = self._schema.of(Kind.NUMBER, Kind.DATE)
        self._slots: dict[str, Callable[[random.Random, dict[str, str]], str | None]] = {
            "noun": lambda _r, _f: self._schema.noun,
            "plural": lambda _r, _f: self._schema.plural,
            "value": self._value,
            "value2": self._value_beside,
            "other": self._value,
            "thing": self._thing,
            "title": self._title,
            "title2": self._title,
            "person": self._person,
            "person2": self._person,
            "lastname": lambda r, f: (self._person(r, f) or "").split(" ")[-1] or None,
            "range": self._range,
            "range2": self._range,
            "field": self._field,
            "flag": self._flag,
            "place": lambda r, _f: r.choice(_grammar()["words"]["places"]),
            "comparative": lambda r, _f: r.choice(_grammar()["words"]["comparatives"]),
            "superlative": lambda r, _f: r.choice(_grammar()["words"]["superlatives"]),
            "n": lambda r, _f: r.choice(_grammar()["words"]["numbers"]),
            "junktitle": lambda r, _f: " ".join(_scramble(r) for _ in range(3)).title(),
        }

    def say(self, seed: int, kind: str | None = None, *, slips: float = _SLIPS) -> tuple[str, str]:
        """Return (kind, message) of one seed; `slips` is the share of messages with a typo."""
        rng, grammar = random.Random(seed), _grammar()
        kinds, weights = zip(*grammar["weights"].items(), strict=True)
        chosen = kind or rng.choices(kinds, weights)[0]
        patterns = list(grammar["patterns"][chosen])
        while patterns:
            pattern = patterns.pop(rng.randrange(len(patterns)))
            message = self._filled(pattern, rng)
            if message is not None:
                return chosen, _slip(message, rng) if rng.random() < slips else message
        return chosen, self._schema.plural

    def _filled(self, pattern: str, rng: random.Random) -> str | None:
        filled: dict[str, str] = {}
        for slot in _SLOT.findall(pattern):
            held = filled.get(slot) or self._slots[slot](rng, filled)
            if held is None:
                return None
            filled[slot] = held
        message = _SLOT.sub(lambda match: filled[match[1]], pattern)
        return rng.choice([message, message, message.lower(), message.capitalize()])

    def _value(self, rng: random.Random, filled: dict[str, str]) -> str | None:
        if not self._facets:
            return None
        name = rng.choice(self._facets).name
        filled["-field"] = name
        word = rng.choice(self._words[name])
        return rng.choice([word, word.lower(), word.lower() + "s"])

    def _value_beside(self, rng: random.Random, filled: dict[str, str]) -> str | None:
        name = filled.get("-field")
        return rng.choice(self._words[name]).lower() if name else self._value(rng, filled)

    def _thing(self, rng: random.Random, _filled: dict[str, str]) -> str | None:
        texts = self._schema.of(Kind.TEXT)
        row = rng.randrange(len(self._catalog))
        cell = self._catalog.table[texts[0].name][row] if texts else None
        found = re.findall(r"[a-z]{4,}", cell or "")
        return rng.choice(found) if found else None

    def _title(self, rng: random.Random, _filled: dict[str, str]) -> str:
        title = self._catalog.titles[rng.randrange(len(self._catalog))]
        return rng.choice([title, title, title.lower(), title.removeprefix("The ")])

    def _person(self, rng: random.Random, _filled: dict[str, str]) -> str | None:
        return rng.choice(self._words[rng.choice(self._people).name]) if self._people else None

    def _field(self, rng: random.Random, _filled: dict[str, str]) -> str | None:
        named = [f for f in self._schema if f.kind not in (Kind.ID, Kind.TITLE)]
        return rng.choice(named).name.replace("_", " ") if named else None

    def _flag(self, rng: random.Random, _filled: dict[str, str]) -> str | None:
        flags = self._schema.of(Kind.FLAG)
        return rng.choice(flags).name.replace("_", " ") if flags else None

    def _range(self, rng: random.Random, _filled: dict[str, str]) -> str | None:
        if not self._measures:
            return None
        field = rng.choice(self._measures)
        pattern = rng.choice(_grammar()["ranges"][_manner(field)])
        values = self._catalog.packed.numbers(field.name)
        known = values[~np.isnan(values)]
        low, high = sorted(float(known[rng.randrange(len(known))]) for _ in range(2))
        if field.kind is Kind.DATE:
            low, high = 1970 + low // 365.25, 1970 + high // 365.25
        held = {"a": f"{low:g}", "b": f"{high:g}", "y": f"{low:.0f}", "z": f"{high:.0f}"}
        held |= {"decade": f"{low // 10 * 10:.0f}", "name": field.name.replace("_", " ")}
        return _SLOT.sub(lambda match: held[match[1]], pattern)


def _manner(field: Field) -> str:
    if field.kind is Kind.DATE:
        return "date"
    manner = "year" if field.name == "year" else field.unit
    return manner if manner in _grammar()["ranges"] else "any"


def _scramble(rng: random.Random) -> str:
    return "".join(rng.choices(string.ascii_lowercase, k=rng.randint(4, 9)))


def _slip(message: str, rng: random.Random) -> str:
    """Return the message with one letter of one long word swapped, lost, doubled or mistaken."""
    long = list(re.finditer(r"[A-Za-z]{5,}", message))
    if not long:
        return message
    word = rng.choice(long)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    one, two = message[at], message[at + 1]
    changed = rng.choice(
        [two + one, two, one + one + two, rng.choice(string.ascii_lowercase) + two]
    )
    return message[:at] + changed + message[at + 2 :]
