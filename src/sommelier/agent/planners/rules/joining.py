"""Values of one field, joined as people mean them.

"comedy or drama" is either, "romantic comedy" is both, "comedies and dramas" is either; two brands
of a single-valued field can only be either; and names joined by "and" that no item carries together
("films by Kubrick and Hitchcock") are either as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.data.schema import Kind, Schema
from sommelier.tools.lexicon import Entry, Lexicon
from sommelier.types import Json

__all__ = ["Condition", "Heard", "Joiner", "condition_of", "where_of"]


@dataclass(frozen=True)
class Condition:
    """One condition heard, and the words it came from."""

    where: Json
    said: str
    fields: tuple[str, ...]
    soft: bool = False
    negative: bool = False


@dataclass(frozen=True)
class Heard:
    """A value with its reading, before values of one field are joined."""

    mention: Mention
    entries: tuple[Entry, ...]
    negative: bool
    soft: bool
    link: str  # what joins it to the one before: near, and, or, comma


def where_of(entries: Sequence[Entry], schema: Schema) -> Json:
    """Return the condition that an item carries one of these values, whatever their fields."""
    by_field: dict[str, list[str]] = {}
    for entry in entries:
        values = by_field.setdefault(entry.field, [])
        if entry.value not in values:
            values.append(entry.value)
    parts = [_in_field(name, values, schema) for name, values in by_field.items()]
    return parts[0] if len(parts) == 1 else {"any": parts}


def _in_field(name: str, values: list[str], schema: Schema) -> Json:
    single = schema[name].kind is Kind.CATEGORY
    if len(values) == 1:
        return {"field": name, "op": "=" if single else "contains", "value": values[0]}
    return {"field": name, "op": "in" if single else "contains_any", "value": values}


def condition_of(
    entries: Sequence[Entry], said: str, schema: Schema, *, soft: bool, negative: bool = False
) -> Condition:
    """Return the condition on these values, negated or soft as it was said."""
    where = where_of(entries, schema)
    fields = tuple(dict.fromkeys(entry.field for entry in entries))
    return Condition({"not": where} if negative else where, said, fields, soft, negative)


class Joiner:
    """Joins the values heard in one clause."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon, self._schema = lexicon, lexicon.schema

    def is_loose(self, entries: Sequence[Entry]) -> bool:
        """Return whether all the readings are free keywords."""
        return all(self._lexicon.loose(entry.field) for entry in entries)

    def join(self, heard: Sequence[Heard]) -> Iterator[Condition]:
        """Yield the conditions that values of one field, polarity and firmness make."""
        groups: dict[tuple[str, bool, bool], list[Heard]] = {}
        for one in heard:
            soft = one.soft or (self.is_loose(one.entries) and not one.negative)
            groups.setdefault((one.entries[0].field, one.negative, soft), []).append(one)
        for (_, negative, soft), listed in groups.items():
            for either in self._alternatives(listed, negative):
                said = " or ".join(one.mention.text for one in either)
                entries = [entry for one in either for entry in one.entries]
                yield condition_of(entries, said, self._schema, soft=soft, negative=negative)

    def _alternatives(self, listed: Sequence[Heard], negative: bool) -> list[list[Heard]]:
        """Return groups of which one member suffices each; every group must be met."""
        field_name = listed[0].entries[0].field
        if negative or self.is_loose(listed[0].entries):
            return [[one] for one in listed]
        if self._schema[field_name].kind is Kind.CATEGORY:
            return [list(listed)]
        links = _carried_back([one.link for one in listed])
        groups: list[list[Heard]] = []
        for one, link in zip(listed, links, strict=True):
            if groups and _either(groups[-1][-1], one, link):
                groups[-1].append(one)
            else:
                groups.append([one])
        apart = len(groups) > 1 and "near" not in links[1:] and all(len(g) == 1 for g in groups)
        every = [one.entries[0].value for group in groups for one in group]
        if apart and not self._lexicon.together(field_name, every):
            return [list(listed)]
        return groups


def _carried_back(links: list[str]) -> list[str]:
    """Return the links with each comma of "a, b or c" read as the word that closes the list."""
    for at in range(len(links) - 2, 0, -1):
        if links[at] in ("comma", "near") and links[at + 1] == "or":
            links[at] = "or"
    return links


def _either(before: Heard, one: Heard, link: str) -> bool:
    plural = one.mention.plural and before.mention.plural
    return link == "or" or (link in ("and", "comma") and plural)
