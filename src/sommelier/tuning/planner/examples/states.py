"""Where a conversation stands before a message: nothing, a list, a question that waits.

Lists are really made: filters run on the catalogue, and what they show is what a message may point
at. Knows no patterns of messages.
"""

from dataclasses import replace
from random import Random

from sommelier.agent.executor import Executor
from sommelier.agent.plan import Ask, Filter, Option, Plan, Rank, Ref, Similar, Soft
from sommelier.agent.planners.model.frame import Clause
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.agent.working import Working
from sommelier.data.schema import Kind, Schema
from sommelier.state.profiles import Profile
from sommelier.tools.base import Person, Toolbox
from sommelier.tuning.planner.examples.parts import Part
from sommelier.tuning.planner.examples.voice import Voice
from sommelier.types import Json

__all__ = ["Stage", "condition"]


def condition(text: str, schema: Schema) -> Json:
    """Return the predicate of one plain clause."""
    clause = Clause.read(text)
    kind = schema[clause.field].kind
    values = list(clause.values)
    base: Json = {"field": clause.field}
    if kind is Kind.FLAG:
        return base | {"op": "=", "value": values[0] == "yes"}
    if kind in (Kind.NUMBER, Kind.DATE):
        told = [float(v) if kind is Kind.NUMBER else v for v in values]
        if clause.between:
            return base | {"op": "between", "value": told}
        return base | {"op": clause.sign, "value": told[0]}
    single = kind is Kind.CATEGORY
    if len(values) == 1:
        return base | {"op": "=" if single else "contains", "value": values[0]}
    return base | {"op": "in" if single else "contains_any", "value": values}


class Stage:
    """Makes states over one world."""

    def __init__(self, box: Toolbox, voice: Voice, rng: Random) -> None:
        self._box, self._voice, self._rng = box, voice, rng
        self._executor = Executor(box, Policy())

    def listed(self) -> Working:
        """Return a conversation with a list on the table, of at least two items where possible."""
        working = Working()
        for _ in range(self._rng.choice((1, 1, 1, 2))):
            working = self._shown(working)
        return working

    def _shown(self, working: Working) -> Working:
        rng, voice = self._rng, self._voice
        for attempt in range(5):
            makers = [voice.value, voice.value, voice.measures.number, voice.flag]
            wanted = rng.choice((0, 1, 1, 1, 2, 2, 3)) if attempt < 3 else 0
            parts = [part for _ in range(wanted) if (part := rng.choice(makers)())]
            by_field = {part.field: part for part in parts}
            plan = self._plan(list(by_field.values()))
            person, profile = Person(), Profile()
            done = self._executor.run(plan, Situation(person, profile, working))
            shown = tuple(card.item_id for card in done.cards)
            if len(shown) >= 2 or (shown and rng.random() < 0.6):
                return replace(working.showing(done.plan, shown), turns=working.turns + 1)
        return working

    def _plan(self, parts: list[Part]) -> Plan:
        rng, schema = self._rng, self._box.schema
        steps: list[Filter | Similar | Rank] = []
        for part in parts:
            where = condition(part.gold.split(";")[0], schema)
            steps.append(Filter(where={"not": where} if rng.random() < 0.15 else where))
        prefer: tuple[Soft, ...] = ()
        soft = self._voice.value() if rng.random() < 0.1 else None
        if soft:
            prefer = (Soft(where=condition(soft.gold, schema)),)
        if rng.random() < 0.12:
            steps.append(Similar(to=(Ref(item=rng.choice(self._box.catalog.ids)),)))
        text = self._voice.wish().gold if rng.random() < 0.12 else ""
        order = self._voice.measures.superlative() if rng.random() < 0.1 else None
        sort = order.gold.removeprefix("-") if order else None
        down = order.gold.startswith("-") if order else True
        n = rng.choices((5, 1, rng.randint(1, 10)), (65, 12, 23))[0]
        steps.append(Rank(n=n, text=text, prefer=prefer, sort=sort, descending=down))
        return Plan(steps=tuple(steps))

    def asked(self) -> Working:
        """Return a conversation with a question that waits, of two to four options."""
        rng = self._rng
        fields = self._voice.fields(Kind.CATEGORY, Kind.TAGS)
        kind = rng.choice(("empty", "did_you_mean", "contradiction", "which_number"))
        numbers = self._voice.fields(Kind.NUMBER)
        about = ""
        if kind == "did_you_mean":
            nums = rng.sample(range(len(self._box.catalog)), rng.randint(2, 3))
            labels = [self._box.lexicon.label(num) for num in nums]
        elif kind == "which_number" and len(numbers) > 1:
            chosen = rng.sample(numbers, min(len(numbers), rng.randint(2, 3)))
            labels = [field.name.replace("_", " ") for field in chosen]
            about = str(rng.randint(2, 300))
        else:
            values = self._box.lexicon.postings(rng.choice(fields).name).words
            kind = "empty" if kind == "which_number" else kind
            count = 2 if kind == "contradiction" else 4
            labels = rng.sample(list(values), min(len(values), count))
        options = tuple(Option(label=label, plan=Plan(steps=(Rank(n=5),))) for label in labels)
        ask = Ask(question=kind, about=about, options=options)
        base = self.listed() if rng.random() < 0.3 else Working()
        return replace(base, asked=ask)
