"""From the clauses of a frame to the conditions of a draft.

A model writes what it believes the catalogue to hold. A field goes by its other names too; a value
that its field lacks is looked for among near spellings and other fields, and else goes to the free
words, with a note. Nothing here raises for what a model writes.
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sommelier.agent.plan import Say
from sommelier.agent.planners.model.frame import Clause
from sommelier.agent.planners.rules.draft import Draft, Drafter, Relative, inverse
from sommelier.agent.planners.rules.joining import Condition, condition_of
from sommelier.agent.planners.rules.reading.link import Linker, Mention
from sommelier.agent.planners.rules.reading.quantities import role_field
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Field, Kind
from sommelier.errors import UsageError
from sommelier.tools.lexicon import Entry, Lexicon
from sommelier.tools.text import normal, stems
from sommelier.types import Json

__all__ = ["Clauses", "Sheet"]

_NEAR: Final = 84.0  # likeness from which a misspelt value is taken, openly
_NUMBER: Final = re.compile(r"[-+]?\d+(?:[.,]\d+)?")
_FLAGS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_VALUED: Final = (Kind.CATEGORY, Kind.TAGS)
_MEASURED: Final = (Kind.NUMBER, Kind.DATE)


@dataclass
class Sheet:
    """What is gathered of one frame: the draft, what is to be noted, and the message's links."""

    links: Sequence[Mention] = ()
    place: Callable[[str], tuple[int, ...]] = lambda _text: ()  # "#2" -> item_nums
    draft: Draft = field(default_factory=Draft)
    notes: list[Say] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)  # item_ids of the list shown

    def said(self, entries: Sequence[Entry]) -> str:
        """Return the message's own words for these values; else the values."""
        named = {(entry.field, entry.value) for entry in entries}
        held = [m for m in self.links if {(e.field, e.value) for e in m.entries} & named]
        return " or ".join(dict.fromkeys(m.text for m in held)) or " or ".join(
            dict.fromkeys(entry.value for entry in entries)
        )

    def said_of(self, clause: Clause, field_name: str, where: Json) -> str:
        """Return the message's own words for an amount; else the clause."""
        for link in self.links:
            if link.quantity and link.quantity.condition == where:
                return link.text
        return f"{field_name.replace('_', ' ')} {str(clause).removeprefix(clause.field)}"


class Clauses:
    """Reads clauses over one catalogue."""

    def __init__(self, lexicon: Lexicon, linker: Linker, drafter: Drafter, words: Words) -> None:
        self._lexicon, self._linker, self._drafter = lexicon, linker, drafter
        self._words = words

    def field(self, name: str, *kinds: Kind) -> Field | None:
        """Return the field that a model may have meant by `name`, of these kinds if any."""
        schema = self._lexicon.schema
        named = [schema[name]] if name in schema else self._lexicon.fields(name.replace("_", " "))
        able = [f for f in named if not f.hidden and f.kind is not Kind.ID]
        return next((f for f in able if not kinds or f.kind in kinds), None)

    def parsed(self, text: str) -> Clause | None:
        """Return the clause, or None where it is none, or about no field and no value."""
        try:
            clause = Clause.read(text)
        except UsageError:
            return None
        return clause if all(clause.values) else None

    def add(self, text: str, sheet: Sheet, *, soft: bool = False, negative: bool = False) -> None:
        """Add what a clause asks for; what is no clause goes to the free words."""
        clause = self.parsed(text)
        if clause is None:
            self._lost(text.strip(), sheet, negative=negative)
            return
        known = self.field(clause.field)
        if known is None and (clause.sign not in ("=", "~") or clause.relative):
            sheet.draft.unmeasured.append(clause.field.replace("_", " "))
        elif known is None or known.kind in _VALUED:
            self._values(clause, known, sheet, soft=soft, negative=negative)
        elif clause.relative:
            self._relative(clause, known, sheet, negative=negative)
        else:
            where = _where(clause, known)
            if where is None:
                self._lost(" ".join(clause.values), sheet, negative=negative)
                return
            said = (soft and self._degree(known, sheet, "leaning")) or sheet.said_of(
                clause, known.name, where
            )
            if negative:
                where = inverse(where)
            sheet.draft.conditions.append(
                Condition(where, said, (known.name,), soft, "not" in where)
            )

    def add_text(self, text: str, sheet: Sheet) -> None:
        """Add free words: values that they name as well as words that only prose may hold.

        What clauses have said of a field already stands.
        """
        told = self._drafter.read(self._linker.link(text))
        draft = sheet.draft
        fixed = {name for c in draft.conditions for name in c.fields}
        draft.conditions += [c for c in told.conditions if not fixed & set(c.fields)]
        draft.words += [*told.words, *told.unknown]
        draft.guesses += told.guesses
        draft.unmeasured += told.unmeasured

    def entries(self, field_name: str, value: str) -> tuple[list[Entry], bool]:
        """Return the values that one is found to mean, and whether that was a guess."""
        exact = self._lexicon.values(value)
        own = [entry for entry in exact if entry.field == field_name]
        if own:
            return own, False
        links = [link for link in self._linker.link(value) if link.kind == "value"]
        whole = links if len(links) == 1 and len(links[0].text) >= 0.6 * len(value) else []
        for link in whole:
            own = [entry for entry in link.entries if entry.field == field_name]
            if own:
                return own, link.guessed
        near = self._lexicon.near_values(stems(value), cutoff=_NEAR)
        own = [entry for entry, _ in near if entry.field == field_name][:1]
        if own:
            return own, normal(own[0].value) != normal(value)
        firm = [e for e in exact if not self._lexicon.loose(e.field)]
        return firm or exact or [e for link in whole for e in link.entries], False

    def _values(
        self, clause: Clause, known: Field | None, sheet: Sheet, *, soft: bool, negative: bool
    ) -> None:
        found: list[Entry] = []
        for value in clause.values:
            entries, guessed = self.entries(known.name if known else "", value)
            found += [entry for entry in entries if entry not in found]
            if guessed:
                sheet.draft.guesses.append((value, entries[0].value))
            if not entries and known and known.people and not negative:
                sheet.draft.unknown.append(value)
            elif not entries:
                self._lost(value, sheet, negative=negative)
        if not found:
            return
        said = sheet.said(found)
        loose = all(self._lexicon.loose(entry.field) for entry in found)
        if loose and not negative:
            sheet.draft.words.append(said)
        told = condition_of(
            found, said, self._lexicon.schema, soft=soft or (loose and not negative)
        )
        where = {"not": told.where} if negative else told.where
        sheet.draft.conditions.append(replace(told, where=where, negative=negative))

    def _relative(self, clause: Clause, known: Field, sheet: Sheet, *, negative: bool) -> None:
        if known.kind not in _MEASURED or clause.sign not in ("<", "<=", ">", ">="):
            sheet.draft.unmeasured.append(str(clause))
            return
        more = (clause.sign[0] == ">") != negative
        plain = f"{'more' if more else 'less'} {known.name.replace('_', ' ')}"
        said = self._degree(known, sheet, "comparative", "leaning") or plain
        place = clause.relative or "#"
        against = sheet.place(place) if place != "#" else ()
        if place != "#" and not against:
            sheet.draft.unmeasured.append(place)
            return
        sheet.draft.relatives.append(Relative(known.name, more, said, against))

    def _degree(self, known: Field, sheet: Sheet, *kinds: str) -> str:
        """Return the message's "shorter" or "short" if it is about this field."""
        for link in sheet.links:
            if link.kind in kinds:
                played = role_field(self._lexicon.schema, self._words, link.data[0])
                if played is not None and played.name == known.name:
                    return link.text
        return ""

    def _lost(self, words: str, sheet: Sheet, *, negative: bool) -> None:
        """Search the texts for what no field holds; what is not to be there must not be named."""
        if not words:
            return
        if negative:
            absent = self._drafter.absent(words)
            sheet.draft.conditions += [absent] if absent else []
            sheet.draft.unmeasured += [] if absent else [words]
            return
        sheet.draft.words.append(words)
        sheet.notes.append(Say(topic="by_words", about=words))


def _where(clause: Clause, known: Field) -> Json | None:
    """Return the condition of a clause on a field without a vocabulary; None if it makes none."""
    match known.kind:
        case Kind.FLAG:
            meant = _FLAGS.get(clause.values[0].casefold())
            return None if meant is None else {"field": known.name, "op": "=", "value": meant}
        case Kind.NUMBER:
            return _measured(clause, known, [_number(value) for value in clause.values])
        case Kind.DATE if all(re.fullmatch(r"\d{4}", value) for value in clause.values):
            return _years(clause, known)
        case Kind.DATE:
            return _measured(clause, known, [_day(value) for value in clause.values])
        case _:
            parts: list[Json] = [
                {"field": known.name, "op": "contains", "value": v} for v in clause.values
            ]
            return parts[0] if len(parts) == 1 else {"any": parts}


def _measured(clause: Clause, known: Field, amounts: Sequence[float | str | None]) -> Json | None:
    values = sorted(value for value in amounts if value is not None)
    if len(values) < len(amounts):
        return None
    sign = "=" if clause.sign == "~" else clause.sign
    if clause.between and values[0] != values[-1]:
        return {"field": known.name, "op": "between", "value": values}
    if len(values) > 1 and values[0] != values[-1]:
        return {"field": known.name, "op": "in", "value": values}
    return {"field": known.name, "op": sign, "value": values[0]}


def _years(clause: Clause, known: Field) -> Json | None:
    """Return a condition on days that was written in whole years."""
    first, last = min(clause.values), max(clause.values)
    if first == "0000":
        return None
    if clause.sign in ("=", "~"):
        bounds = [f"{first}-01-01", f"{last}-12-31"]
        return {"field": known.name, "op": "between", "value": bounds}
    day = f"{first}-01-01" if clause.sign in ("<", ">=") else f"{first}-12-31"
    return {"field": known.name, "op": clause.sign, "value": day}


def _number(text: str) -> float | None:
    found = _NUMBER.search(re.sub(r",(?=\d{3}\b)", "", text[:40]))
    return float(found[0].replace(",", ".")) if found else None


def _day(text: str) -> str | None:
    try:
        return dt.date.fromisoformat(text).isoformat()
    except ValueError:
        return None
