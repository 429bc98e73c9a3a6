"""Chinese questions about facts: 有多少部喜剧, 平均片长, 谁导演的, 《功夫》是哪年的, 它有多长."""

import re

from sommelier.agent.plan import Lookup, Plan, Ref, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import ask_title, looked_up
from sommelier.agent.planners.rules.chinese.fold import fold
from sommelier.agent.planners.rules.chinese.link import ChineseLinker
from sommelier.agent.planners.rules.chinese.names import ChineseNamer, unquoted
from sommelier.agent.planners.rules.chinese.words import ChineseWords
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.questions import Questions
from sommelier.agent.planners.rules.reading.names import Named
from sommelier.data.schema import Field, Kind

__all__ = ["ChineseQuestions"]

_ASKS = re.compile(r"谁|哪|什么|啥|多少|多长|多久|几|何时|吗$|怎么卖|是不是|有没有")


class ChineseQuestions(Questions):
    """Reads factual questions for one catalogue."""

    def __init__(
        self, linker: ChineseLinker, drafter: Drafter, namer: ChineseNamer, words: ChineseWords
    ) -> None:
        super().__init__(linker, drafter, namer, words)
        self._chinese, self._titles = words, namer

    def read(self, clause: str, view: View) -> Plan | None:
        """Return the plan of a factual question, or None if it is none."""
        asks = clause.endswith("?")
        bare = self._chinese.bare(clause)
        low = fold(bare)
        plan = self._totals(bare, low) or self._asked(bare, low, view, asks=asks)
        return plan or self._unknown(bare, low)

    def _unknown(self, clause: str, low: str) -> Plan | None:
        """Say openly that what is asked about is not here: 花样年华怎么样."""
        asked = self._frames["about_unknown"].match(low)
        said = clause[slice(*asked.span(1))] if asked else ""
        telling = ("value", "title", "range", "count")
        if not said or any(m.kind in telling for m in self._linker.link(said)):
            return None
        return Plan(steps=(Say(topic="unknown_title", about=unquoted(said)),))

    def _totals(self, clause: str, low: str) -> Plan | None:
        for name in ("count", "count_after"):
            counted = self._frames[name].match(low)
            if counted:
                at = next(n for n, held in enumerate(counted.groups(), 1) if held is not None)
                where = self._where(clause[slice(*counted.span(at))])
                return Plan(steps=(Lookup(aggregate="count", where=where),))
        mean = self._frames["mean"].search(low)
        field = self._called(mean[1], Kind.NUMBER) if mean else None
        if mean and field:
            before = self._frames["mean_of"].match(low)
            where = self._where(clause[: before.end(1)], without=field) if before else None
            return Plan(steps=(Lookup(aggregate="mean", fields=(field.name,), where=where),))
        most = self._frames["most"].search(low)
        leader = self._called(low[: most.end()], Kind.TAGS, Kind.CATEGORY) if most else None
        if most and leader:
            where = self._where(clause[: most.start()], without=leader)
            return Plan(steps=(Lookup(aggregate="most", fields=(leader.name,), where=where),))
        listed = self._frames["listed"].match(low)
        said = next((held for held in listed.groups() if held), "") if listed else ""
        field = self._chinese.field(self._linker.schema, said.strip("的")) if said else None
        if field and field.kind in (Kind.TAGS, Kind.CATEGORY):
            return Plan(steps=(Lookup(aggregate="values", fields=(field.name,)),))
        return None

    def _called(self, text: str, *kinds: Kind) -> Field | None:
        """Return the field of some kind that a text names: by alias or as it is asked for."""
        schema = self._linker.schema
        names = [*self._chinese["fields"], *(a for f in schema for a in (f.name, *f.aliases))]
        for name in sorted(names, key=len, reverse=True):
            field = self._chinese.field(schema, name) if name.lower() in text else None
            if field and field.kind in kinds:
                return field
        return None

    def _asked(self, clause: str, low: str, view: View, *, asks: bool) -> Plan | None:
        field, phrase = self._asked_field(low)
        wondered = asks or _ASKS.search(low) is not None or low.endswith(phrase)
        if not phrase or not wondered:
            return None
        named = self._subject(clause, low, phrase, view)
        if named is None:
            return None
        if field is None:
            return Plan(steps=(Say(topic="no_field", about=low),)) if named.known else None
        if named.options:
            return ask_title(named, view, looked_up((field.name,)))
        if not named.known:
            return Plan(steps=(Say(topic="unknown_title", about=named.said),))
        took = Say(topic="took", about=f"{named.said}|{named.items[0]}")
        refs = tuple(Ref(item=item) for item in named.items)
        notes = (took,) if named.guessed else ()
        return Plan(steps=(Lookup(items=refs, fields=(field.name,)),), notes=notes)

    def _asked_field(self, low: str) -> tuple[Field | None, str]:
        table = self._chinese["questions"]
        schema = self._linker.schema
        heard = ""
        for phrase in sorted(table, key=len, reverse=True):
            if phrase in low and not phrase.isascii():
                heard = heard or phrase
                for name in table[phrase]:
                    if name in schema and not schema[name].hidden:
                        return schema[name], phrase
        for field in schema:
            for name in (field.name, *field.aliases):
                if not field.hidden and len(name) > 1 and not name.isascii() and name in low:
                    return field, name
        return None, heard

    def _subject(self, clause: str, low: str, phrase: str, view: View) -> Named | None:
        """Return the item that a question is about: what stands before or after its phrase."""
        at = low.index(phrase)
        before = re.sub(r"(?:的|是|有|在|它|到底|总共|一共|大概|由|请问|,)+$", "", clause[:at])
        pointing = re.search(
            r"(?:它|这[部个本首款件]|那[部个本首款件]|第.{1,3}[部个本]|最后一[部个])", low
        )
        after = clause[at + len(phrase) :].strip("的了过 是")
        for said in (part.strip(" ,，?？") for part in (before, after)):
            if not said:
                continue
            named = self._titles.resolve(said, view.working)
            marked = said != unquoted(said)
            if named.known or (named.options and (marked or len(said) > 3)) or marked:
                return named
        if pointing or not before:
            said = pointing[0] if pointing else "它"
            items = self._titles.pointed(said, view.working)
            return Named(said, items[:1]) if items else None
        return None
