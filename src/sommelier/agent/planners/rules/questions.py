"""Questions about facts: counts, averages, extremes, and "who directed ...?".

The field is found through the question's words and the catalogue's field names, the item through
its title or its place in the list. Returns no plan where a message is no question of this kind.
"""

import re

from sommelier.agent.plan import Lookup, Plan, Ref, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_title, looked_up
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.names import Named, Namer
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Field, Kind
from sommelier.tools.text import normal, stems
from sommelier.types import Json

__all__ = ["Questions"]


class Questions:
    """Reads factual questions for one catalogue in one language."""

    def __init__(self, linker: Linker, drafter: Drafter, namer: Namer, words: Words) -> None:
        self._linker, self._drafter, self._namer, self._words = linker, drafter, namer, words
        self._frames = words.patterns("question_frames")

    def read(self, clause: str, view: View) -> Plan | None:
        """Return the plan of a factual question, or None if it is none."""
        clause = self._frames["short"].sub(r"\1 is", clause)
        low = clause.lower().strip(" ?.!")
        return self._aggregate(clause, low, view) or self._fact(clause, low, view)

    def _bounded(self, field: Field, clause: str) -> bool:
        """Return whether a clause limits a field: "an average rating over 7" asks for no mean."""
        ranges = (m.quantity for m in self._linker.link(clause) if m.kind == "range")
        return any(quantity is not None and quantity.field == field.name for quantity in ranges)

    def _aggregate(self, clause: str, low: str, view: View) -> Plan | None:
        counted = self._frames["count"].match(low)
        if counted:
            rest = clause[len(clause) - len(clause.lstrip()) :]
            start = low.index(counted[1]) if counted[1].strip() else len(rest)
            return Plan(steps=(Lookup(aggregate="count", where=self._where(rest[start:])),))
        mean = self._frames["mean"].search(low)
        field = self._named_field(mean[1], Kind.NUMBER) if mean else None
        if mean and field and not self._bounded(field, clause):
            where = self._where(clause[len(low) - len(mean[1]) :], without=field)
            return Plan(steps=(Lookup(aggregate="mean", fields=(field.name,), where=where),))
        most = self._frames["most"].match(low)
        leader = self._named_field(most[1], Kind.TAGS, Kind.CATEGORY) if most else None
        if most and leader:
            where = self._where(clause[most.end() :], without=leader)
            return Plan(steps=(Lookup(aggregate="most", fields=(leader.name,), where=where),))
        return self._listed(low)

    def _listed(self, low: str) -> Plan | None:
        asked = self._frames["listed"].match(low)
        fields = self._linker_fields(asked[1]) if asked else []
        listed = [f for f in fields if f.kind in (Kind.TAGS, Kind.CATEGORY)]
        if asked and listed:
            return Plan(steps=(Lookup(aggregate="values", fields=(listed[0].name,)),))
        if asked and " " not in asked[1] and asked[1] in self._words["questions"]:
            return Plan(steps=(Say(topic="no_field", about=low),))
        return None

    def _fact(self, clause: str, low: str, view: View) -> Plan | None:
        if not self._frames["starts"].match(low) or self._frames["wish"].match(low):
            return None
        field, phrase = self._asked_field(low)
        named = self._item(clause, low, phrase, view)
        if named is None:
            return None
        wanted = field or self._value_field(clause, named)
        if wanted is None:
            yes_no = self._frames["yes_no"].match(low) is not None
            asked = (yes_no or phrase in self._words["questions"]) and named.known
            return Plan(steps=(Say(topic="no_field", about=low),)) if asked else None
        if named.options:
            return ask_title(named, view, looked_up((wanted.name,)))
        if not named.known:
            return Plan(steps=(Say(topic="unknown_title", about=named.said),))
        notes = (
            (Say(topic="took", about=f"{named.said}|{named.items[0]}"),) if named.guessed else ()
        )
        refs = tuple(Ref(item=item) for item in named.items)
        return Plan(steps=(Lookup(items=refs, fields=(wanted.name,)),), notes=notes)

    def _item(self, clause: str, low: str, phrase: str, view: View) -> Named | None:
        parts = re.findall(r"[^\s?!,]+", clause)
        lexicon = view.lexicon
        for width in range(min(12, len(parts)), 0, -1):
            for at in range(len(parts) - width + 1):
                text = " ".join(parts[at : at + width]).strip(".\"'")
                plain = normal(text)
                if width == 1 and (self._words.is_stop(text.lower()) or plain in phrase.split()):
                    continue
                firm = [e for e in lexicon.values(text) if not lexicon.loose(e.field)]
                named = text[:1].isupper() or not firm
                if lexicon.titles.exact(text) and (width > 1 or named):
                    return self._namer.title(text, view.working.shown)
        pointer = self._frames["pointer"].search(low)
        if pointer:
            items = self._namer.pointed(pointer[1], view.working) or self._places(low, view)
            if items:
                return Named(pointer[1], items[:1])
        rest = low.replace(phrase, " ") if phrase else low
        rest = " ".join(self._frames["filler"].sub(" ", rest).split())
        if not rest or not phrase or lexicon.values(rest):
            return None
        return self._namer.title(rest, view.working.shown)

    def _places(self, low: str, view: View) -> tuple[str, ...]:
        for word in re.findall(r"\w+", low):
            if word in self._words["ordinals"]:
                return self._namer.pointed(f"the {word}", view.working)
        return ()

    def _asked_field(self, low: str) -> tuple[Field | None, str]:
        table = self._words["questions"]
        schema = self._linker.schema
        heard = ""
        for phrase in sorted(table, key=len, reverse=True):
            if re.search(rf"\b{re.escape(phrase)}\b", low):
                heard = heard or phrase
                for name in table[phrase]:
                    if name in schema and not schema[name].hidden:
                        return schema[name], phrase
        for field in schema:
            names = {stems(n) for n in (field.name.replace("_", " "), *field.aliases)}
            for name in names:
                plain = name and not self._words.is_stop(name)
                if plain and not field.hidden and re.search(rf"\b{re.escape(name)}s?\b", low):
                    return field, name
        return None, heard

    def _value_field(self, clause: str, named: Named) -> Field | None:
        """Return the field of a value in "is Heat a comedy?"."""
        if not self._frames["yes_no"].match(clause):
            return None
        start = clause.lower().find(named.said.lower())
        rest = clause[start + len(named.said) :] if start >= 0 else clause
        values = [m for m in self._linker.link(rest) if m.kind == "value"]
        field = values[0].entries[0].field if values else ""
        loose = field and self._linker.lexicon.loose(field)  # lacking a keyword answers nothing
        return self._linker.schema[field] if field and not loose else None

    def _named_field(self, text: str, *kinds: Kind) -> Field | None:
        for name, field in self._field_names():
            if field.kind in kinds and re.search(rf"\b{re.escape(name)}(s|es|ed)?\b", stems(text)):
                return field
        asked, _ = self._asked_field(text)
        return asked if asked and asked.kind in kinds else None

    def _field_names(self) -> list[tuple[str, Field]]:
        pairs = [
            (stems(name), field)
            for field in self._linker.schema
            if not field.hidden
            for name in (field.name.replace("_", " "), *field.aliases)
        ]
        return sorted(pairs, key=lambda pair: -len(pair[0]))

    def _linker_fields(self, text: str) -> list[Field]:
        return [field for name, field in self._field_names() if name == stems(text)]

    def _where(self, clause: str, without: Field | None = None) -> Json | None:
        draft = self._drafter.read(self._linker.link(clause))
        parts = [c.where for c in draft.conditions if not without or without.name not in c.fields]
        if not parts:
            return None
        return parts[0] if len(parts) == 1 else {"all": parts}
