"""What a person has chosen in the browser: a search, conditions on fields, an order, a page.

It lives in the address, so that a page can be sent to somebody and the way back leads to it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import quote, unquote, urlencode

from sommelier.data.predicates import Compare, Predicate
from sommelier.data.schema import Field, Kind, Schema
from sommelier.errors import PredicateError
from sommelier.tools.base import Toolbox

__all__ = ["FILTERED", "Selection"]

FILTERED: Final = (Kind.CATEGORY, Kind.TAGS, Kind.NUMBER, Kind.DATE, Kind.FLAG)
_ANY: Final = "~any"  # stands before tags of which one is enough


@dataclass(frozen=True)
class Selection:
    """One state of the browser. Values are as a person typed them; unfit ones count as none."""

    text: str = ""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # field -> chosen values
    loose: frozenset[str] = frozenset()  # tag fields of which one chosen value is enough
    bounds: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # field -> low, high
    flags: Mapping[str, bool] = field(default_factory=dict)
    sort: str = ""  # "", "title" or a field; "-" before it for the largest first
    page: int = 1
    table: bool = False

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.text or self.words or self.bounds or self.flags)

    def with_word(self, name: str, word: str, chosen: bool) -> Self:
        """Return the selection with a value chosen, or not any more."""
        kept = tuple(one for one in self.words.get(name, ()) if one != word)
        kept = (*kept, word) if chosen else kept
        words = {key: value for key, value in self.words.items() if key != name}
        return replace(self, words={**words, name: kept} if kept else words, page=1)

    def with_bound(self, name: str, place: int, value: str) -> Self:
        """Return the selection with another bound: place 0 is the lower one."""
        pair = list(self.bounds.get(name, ("", "")))
        pair[place] = value.strip()
        others = {key: two for key, two in self.bounds.items() if key != name}
        bounds = {**others, name: (pair[0], pair[1])} if any(pair) else others
        return replace(self, bounds=bounds, page=1)

    def with_flag(self, name: str, value: bool | None) -> Self:
        """Return the selection with a flag asked for; None asks for neither."""
        others = {key: one for key, one in self.flags.items() if key != name}
        return replace(self, flags=others if value is None else {**others, name: value}, page=1)

    def with_loose(self, name: str, loose: bool) -> Self:
        """Return the selection where one of a field's chosen values is enough, or is not."""
        return replace(self, loose=self.loose | {name} if loose else self.loose - {name}, page=1)

    def conditions(self, box: Toolbox) -> list[Predicate]:
        """Return what an item must satisfy, fitted to the catalogue; what does not fit is left."""
        told = [one for name, words in self.words.items() for one in self._worded(name, words)]
        told += [
            Compare(name, op, value)
            for name, pair in self.bounds.items()
            for op, value in zip((">=", "<="), pair, strict=True)
            if value
        ]
        told += [Compare(name, "=", value) for name, value in self.flags.items()]
        found: list[Predicate] = []
        for condition in told:
            try:
                found.append(box.check(condition))
            except PredicateError:  # an old address, or half a number
                continue
        return found

    def address(self) -> str:
        """Return the selection as the query of an address."""
        told: dict[str, str] = {"q": self.text, "sort": self.sort}
        told["page"] = str(self.page) if self.page > 1 else ""
        told["view"] = "table" if self.table else ""
        for name, words in self.words.items():
            shown = (_ANY, *words) if name in self.loose else words
            told[f"f-{name}"] = ",".join(quote(word, safe="~ ") for word in shown)
        for name, (low, high) in self.bounds.items():
            told[f"f-{name}"] = f"{quote(low)}..{quote(high)}"
        for name, value in self.flags.items():
            told[f"f-{name}"] = "yes" if value else "no"
        return urlencode({key: value for key, value in told.items() if value})

    @classmethod
    def read(cls, query: Mapping[str, str], schema: Schema) -> Self:
        """Read an address; what it says of fields that there are not is passed over."""
        page = query.get("page", "1")
        made = cls(
            text=query.get("q", "")[:200],
            sort=query.get("sort", ""),
            page=max(1, int(page)) if page.isdecimal() and len(page) < 9 else 1,
            table=query.get("view") == "table",
        )
        for one in schema.of(*FILTERED):
            if told := query.get(f"f-{one.name}", "")[:2000]:
                made = replace(made._with(one, told), page=made.page)
        return made

    def _with(self, one: Field, told: str) -> Self:
        made = self
        match one.kind:
            case Kind.CATEGORY | Kind.TAGS:
                words = [unquote(word) for word in told.split(",") if word]
                for word in words:
                    made = made.with_word(one.name, word, True) if word != _ANY else made
                return made.with_loose(one.name, _ANY in words)
            case Kind.FLAG:
                return made.with_flag(one.name, told == "yes")
            case _:
                low, _, high = told.partition("..")
                made = made.with_bound(one.name, 0, unquote(low)[:40])
                return made.with_bound(one.name, 1, unquote(high)[:40])

    def _worded(self, name: str, words: tuple[str, ...]) -> list[Compare]:
        if name in self.loose or len(words) == 1:
            return [Compare(name, "in", words)]
        return [Compare(name, "in", (word,)) for word in words] if words else []
