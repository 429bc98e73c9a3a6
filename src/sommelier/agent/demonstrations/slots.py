"""Names of one catalogue for the slots of patterns: how they are said, and their clause."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.view import linked
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.working import Working
from sommelier.data.schema import Field, Kind
from sommelier.hostile import orders
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox

__all__ = ["Slots"]

_KNOWN: Final = 200  # of the items and values met most, from which names are taken
_UNITS: Final = {"USD": "${}", "minutes": "{} minutes", "pages": "{} pages"}


@dataclass(frozen=True)
class _Filled:
    said: str
    clause: str


class Slots:
    """Fills slots over one catalogue; a slot that the catalogue has nothing for is None."""

    def __init__(self, box: Toolbox, rng: random.Random) -> None:
        self._box, self._lexicon, self._rng = box, box.lexicon, rng
        self._words = words()
        self._linker = Linker(box.lexicon, self._words)
        self._view = View(box.lexicon, Working(), Profile())
        fields = box.lexicon.value_fields
        self._facets = [f for f in fields if not f.people and not box.lexicon.loose(f.name)]
        self._people = [f for f in fields if f.people]
        named = self._words["demonyms"].items()
        self._adjectives = {lands[0]: said.title() for said, lands in named if len(lands) == 1}
        self._famous = np.argsort(-box.counts, kind="stable")[:_KNOWN].tolist()
        self._makers: dict[str, Callable[[dict[str, tuple[str, str]]], _Filled | None]] = {
            "noun": lambda _f: _Filled(box.schema.noun, ""),
            "plural": lambda _f: _Filled(box.schema.plural, ""),
            "value": lambda _f: self._value(self._facets),
            "other": lambda f: self._value(self._facets, unlike=f.get("value", ("", ""))[1]),
            "either": lambda _f: self._either(),
            "person": lambda _f: self._person(),
            "title": lambda _f: self._title(),
            "second": lambda _f: self._title(),
            "range": lambda _f: self._range(),
            "flag": lambda _f: self._flag(),
            "superlative": lambda _f: self._degree("superlatives", "sort "),
            "comparative": lambda _f: self._degree("comparatives", ""),
            "leaning": lambda _f: self._degree("leanings", ""),
            "field": lambda _f: self._field(Kind.NUMBER, Kind.DATE, Kind.CATEGORY, Kind.TAGS),
            "measure": lambda _f: self._field(Kind.NUMBER),
            "facet": lambda _f: self._field(Kind.CATEGORY, Kind.TAGS),
        }

    def fill(self, slot: str, filled: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Return how a name is said and its clause; None if the catalogue has none."""
        found = self._makers[slot](filled)
        return (found.said, found.clause) if found else None

    def _value(self, fields: list[Field], unlike: str = "") -> _Filled | None:
        others = [f for f in fields if not unlike.startswith(f"{f.name}=")] or fields
        if not others:
            return None
        name = self._rng.choice(others).name
        value = self._rng.choice(self._lexicon.postings(name).words[:40])
        if orders(value):
            return None
        said = self._adjectives.get(value, value if len(value) < 4 else value.lower())
        return _Filled(said, f"{name}={value}")

    def _either(self) -> _Filled | None:
        fields = [f for f in self._facets if len(self._lexicon.postings(f.name).words) > 2]
        if not fields:
            return None
        name = self._rng.choice(fields).name
        one, two = self._rng.sample(list(self._lexicon.postings(name).words[:20]), 2)
        if orders(one) or orders(two):
            return None
        return _Filled(f"{one.lower()} or {two.lower()}", f"{name}={one}|{two}")

    def _person(self) -> _Filled | None:
        if not self._people:
            return None
        name = self._rng.choice(self._people).name
        person = self._rng.choice(self._lexicon.postings(name).words[:_KNOWN])
        if orders(person):
            return None
        made = name in {*self._words["questions"]["made"], *self._words["questions"]["wrote"]}
        return _Filled(f"{'by' if made else 'with'} {person}", f"{name}={person}")

    def _title(self) -> _Filled | None:
        if not self._famous:
            return None
        num = self._rng.choice(self._famous)
        if orders(self._box.catalog.titles[num]):
            return None
        return _Filled(self._box.catalog.titles[num], self._lexicon.label(num))

    def _range(self) -> _Filled | None:
        fields = [f for f in self._box.schema.of(Kind.NUMBER) if not f.hidden]
        if not fields:
            return None
        field = self._rng.choice(fields)
        low, high = (self._lexicon.quantile(field.name, share) for share in (0.3, 0.8))
        if np.isnan(low) or low == high:
            return None
        year = role_field(self._box.schema, self._words, "year")
        if year is not None and year.name == field.name:
            said = self._rng.choice(["from the {}s", "before {}", "after {}"])
            said = said.format(int(self._rng.uniform(low, high)) // 10 * 10)
        else:
            amount = _UNITS.get(field.unit, field.name.replace("_", " ") + " {}")
            amount = amount.format(f"{round(self._rng.uniform(low, high), int(high < 20)):g}")
            said = self._rng.choice(["under {}", "over {}", "at most {}"]).format(amount)
            if field.unit not in _UNITS:
                said = "with " + _named_first(said, field.name.replace("_", " "))
        clauses = linked(said, self._view, self._linker)
        fits = len(clauses) == 1 and clauses[0].startswith(field.name)
        return _Filled(said, clauses[0]) if fits else None

    def _flag(self) -> _Filled | None:
        flags = [f for f in self._box.schema.of(Kind.FLAG) if not f.hidden]
        if not flags:
            return None
        name = self._rng.choice(flags).name
        return _Filled(name.replace("_", " "), f"{name}=yes")

    def _degree(self, table: str, prefix: str) -> _Filled | None:
        """Return a word of degree whose role some field plays, as it is linked."""
        able = [word for word in sorted(self._words[table]) if not word.startswith("too ")]
        said = self._rng.choice(able)
        clauses = linked(said, self._view, self._linker)
        if len(clauses) != 1 or not clauses[0].startswith(prefix):
            return None
        return _Filled(said, clauses[0].removeprefix(prefix))

    def _field(self, *kinds: Kind) -> _Filled | None:
        fields = [f for f in self._box.schema.of(*kinds) if not f.hidden]
        if not fields:
            return None
        name = self._rng.choice(fields).name
        return _Filled(name.replace("_", " ").removeprefix("average "), name)


def _named_first(said: str, name: str) -> str:
    """Return "rating over 4" for "over rating 4"."""
    return f"{name} {said.replace(f' {name} ', ' ', 1)}"
