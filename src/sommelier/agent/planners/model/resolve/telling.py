"""What a person told beside what they asked: "like Heat", "dislike genres=Horror", "seen #2".

Each entry of `told` is a stance and a subject. An item that was pointed at is reacted to, anything
else becomes an entry of the profile, as the rules brain makes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sommelier.agent.plan import Plan, React, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import STANCES
from sommelier.agent.planners.model.resolve.conditions import Clauses, Sheet
from sommelier.agent.planners.model.resolve.naming import Names
from sommelier.agent.planners.rules.frames import Frames
from sommelier.agent.planners.rules.opinions import Opinions, Polarity

__all__ = ["Teller", "merged"]


@dataclass(frozen=True)
class Teller:
    """Reads the told slot over one catalogue."""

    names: Names
    clauses: Clauses
    opinions: Opinions
    frames: Frames

    def read(self, told: Sequence[str], view: View) -> list[Plan]:
        """Return what follows from each entry by itself; an entry that says nothing is left out."""
        heard = []
        for entry in told:
            stance, _, subject = entry.strip().partition(" ")
            if stance in STANCES and subject.strip():
                heard.append(self._one(stance, subject.strip(), view))
        return heard

    def _one(self, stance: str, subject: str, view: View) -> Plan:
        if stance not in ("like", "dislike", "avoid"):
            named = self.names.one(subject, view)
            return self.frames.reacted(stance, named, view) or self.names.unclear(named, view)
        polarity: Polarity = stance  # type: ignore[assignment]  # just checked
        clause = self.clauses.parsed(subject)
        if clause and self.clauses.field(clause.field):
            return self._clause(subject, polarity)
        if clause and not self.names.one(subject, view).known:
            return Plan()  # about a field of some other catalogue: nothing to remember for good
        if subject.startswith("#"):
            named = self.names.one(subject, view)
            if not named.known:
                return self.names.unclear(named, view)
            return self.opinions.reacted(named.items, polarity)
        return self.opinions.told(subject, polarity, view)

    def _clause(self, subject: str, polarity: Polarity) -> Plan:
        sheet = Sheet()
        self.clauses.add(subject, sheet)
        draft = sheet.draft
        updates = [Update(polarity=polarity, condition=c.where) for c in draft.conditions]
        if not updates:
            wishes = [*draft.words, *draft.unknown]
            updates = [Update(polarity=polarity, wish=wish.lower()) for wish in wishes]
        return Plan(updates=tuple(updates))


def merged(heard: Sequence[Plan]) -> tuple[tuple[React, ...], Plan]:
    """Return the reactions, and one plan of the rest: the last thing to do, with every update."""
    acting = [plan for plan in heard if plan.steps]
    reactions = tuple(step for plan in acting for step in plan.of(React))
    rest = tuple(step for step in acting[-1].steps if step.kind != "react") if acting else ()
    updates = tuple(update for plan in heard for update in plan.updates)
    notes = tuple(dict.fromkeys(note for plan in heard for note in plan.notes))
    return reactions, Plan(steps=rest, updates=updates, notes=notes)
