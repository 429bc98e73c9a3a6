"""What is wrong with a plan, as far as code can tell: read beside the message and the profile.

Silent where it cannot be sure: a question back, an honest "I did not understand", an earlier list
once more are left alone. Knows no language model; what it cannot decide is the judge's.
"""

from collections.abc import Iterator
from typing import Any, Final

from sommelier.agent.critic.findings import Finding
from sommelier.agent.critic.leaves import Leaf, Said, leaves, wheres
from sommelier.agent.critic.reading import Heard, Reader
from sommelier.agent.plan import Ask, Filter, Lookup, Plan, Rank, Say, Similar, Undo
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.joining import Condition
from sommelier.data.predicates import from_json
from sommelier.data.schema import Kind
from sommelier.errors import UsageError
from sommelier.tools.base import Toolbox

__all__ = ["PlanCritic"]

_SMALL_TALK: Final = {"greet", "thanks", "bye", "how", "who", "help", "profile", "off_topic"}


class PlanCritic:
    """Looks at plans over one catalogue."""

    def __init__(self, box: Toolbox, language: str = "en") -> None:
        self._box, self._reader = box, Reader(box.lexicon, language)

    def findings(self, message: str, view: View, plan: Plan) -> list[Finding]:
        """Return what is wrong with a plan for a message; nothing where it is sound."""
        found = list(self._fields(plan, view))
        if found:  # what the catalogue does not have can be compared with nothing
            return found
        heard = self._reader.read(message, view.working)
        said = Said.of(plan, self._box, view.working.shown)
        found += self._profile(plan, said, heard, view)
        found += self._length(plan, heard, view)
        if _judged(plan, view):
            found += self._against(said, heard)
            found += self._missed(plan, said, heard, against=bool(view.working.shown))
        return found

    def _fields(self, plan: Plan, view: View) -> Iterator[Finding]:
        """Yield what the catalogue does not have."""
        for where in wheres(plan):
            try:
                self._box.check(from_json(_without_results(where)))
            except UsageError as error:
                yield Finding("field", str(error).replace("\n", " "))
        named = [(name, tuple(Kind)) for step in plan.of(Lookup) for name in step.fields]
        measured = (Kind.NUMBER, Kind.DATE)
        for name, kinds in [*named, *((s.sort, measured) for s in plan.of(Rank) if s.sort)]:
            try:
                self._box.schema.require(name, *kinds)
            except UsageError as error:
                yield Finding("field", str(error).replace("\n", " "))
        known = set(view.working.shown)
        for item in Said.of(plan, self._box, view.working.shown).items - known:
            if item and item not in self._box.catalog.index and _refers(plan, item):
                yield Finding("field", f"There is no item {item!r} in the catalogue.")

    def _missed(self, plan: Plan, said: Said, heard: Heard, *, against: bool) -> Iterator[Finding]:
        """Yield what stands nowhere in the plan; `against`: "shorter" has something to go by."""
        lists = bool(plan.of(Rank)) or any(s.aggregate or s.where for s in plan.of(Lookup))
        acts = any(step.kind != "say" for step in plan.steps) or bool(plan.updates)
        every = [c for c in heard.draft.conditions if not c.soft]
        free = frozenset(name for s in plan.of(Lookup) for name in s.fields)
        for condition in every:
            answered = acts and not lists and (set(condition.fields) & free or not free)
            if not answered and not self._holds_somewhere(condition, said):
                fields = " or ".join(condition.fields)
                yield Finding("missed", f"“{condition.said}” is left out: it is about {fields}.")
        for quantity in heard.draft.unclear if lists else ():
            if quantity.value not in {value for _, value in said.leaves}:
                yield Finding("missed", f"The number {quantity.value:g} is left out.")
        for bearers in heard.named:
            label = self._box.lexicon.label_of(bearers[0])
            if not said.items & set(bearers) and not said.tells(label):
                yield Finding("missed", f"The title “{label}” is left out.")
        if heard.draft.sort and lists and heard.draft.sort[0] not in said.fields:
            yield Finding("missed", f"“{heard.draft.sort_said}” is left out: a sort.")
        for relative in heard.draft.relatives if lists and against else ():
            if relative.field not in said.fields:
                told = f"“{relative.said}” is left out: it is about {relative.field}."
                yield Finding("missed", told)

    def _holds_somewhere(self, condition: Condition, said: Said) -> bool:
        """Return whether each value of a condition stands in the plan, for one of its fields."""
        if said.tells(condition.said):
            return True
        parts = leaves(self._box, condition.where)
        schema = self._box.schema
        loose = len(condition.fields) > 1 or any(
            schema[p.field].people or schema[p.field].kind not in (Kind.TAGS, Kind.CATEGORY)
            for p in parts
        )
        met = [self._stands(part, said) for part in parts]
        return not met or (any(met) if loose else all(met))

    def _stands(self, part: Leaf, said: Said) -> bool:
        if part.key in said.leaves or (part.field, None) in said.leaves:
            return True
        if self._box.schema[part.field].kind is Kind.FLAG:
            return (part.field, 1.0 - part.value) in said.leaves
        return False

    def _against(self, said: Said, heard: Heard) -> Iterator[Finding]:
        """Yield what the message refuses and the plan requires, or the other way about."""
        asked: dict[tuple[str, Any], set[bool]] = {}
        for condition in heard.draft.conditions:
            for part in leaves(self._box, condition.where):
                asked.setdefault(part.key, set()).add(part.wanted)
        words = (Kind.TAGS, Kind.CATEGORY)
        for part in said.required:
            if self._box.schema[part.field].kind in words and asked.get(part.key) == {
                not part.wanted
            }:
                told = "asked for" if part.wanted else "excluded"
                yield Finding("against", f"{part.field}={part.value} must not be {told}.")

    def _profile(self, plan: Plan, said: Said, heard: Heard, view: View) -> Iterator[Finding]:
        """Yield what the person avoids or dislikes and the plan asks for of its own accord."""
        carried = self._carried(view)
        named = {
            part.key
            for condition in heard.draft.conditions
            for part in leaves(self._box, condition.where)
        }
        refused = {
            part.key
            for preference in view.profile.conditions
            if preference.weight < 0 and preference.entry.condition is not None
            for part in leaves(self._box, preference.entry.condition)
            if part.wanted
        }
        wanted = {part.key for part in self._wanted(plan) if part.wanted}
        for field, value in sorted(wanted & refused - named - carried, key=str):
            if not _mentions(heard.text, str(value)):
                yield Finding("profile", f"Nobody asked for {field}={value}: the person avoids it.")
        seeds = {ref.item for step in plan.of(Similar) for ref in step.to if ref.item}
        heard_of = {item for bearers in heard.named for item in bearers} | set(view.working.focus)
        for item in sorted(seeds & set(view.profile.disliked) - heard_of):
            label = self._box.lexicon.label_of(item)
            if not _mentions(heard.text, self._box.lexicon.label_of(item).split(" (")[0]):
                yield Finding(
                    "profile", f"The person dislikes “{label}”: nothing should be like it."
                )

    def _wanted(self, plan: Plan) -> Iterator[Leaf]:
        ranks: list[Rank] = plan.of(Rank)
        for where in (
            *(s.where for s in plan.of(Filter)),
            *(s.where for r in ranks for s in r.prefer),
        ):
            yield from leaves(self._box, where)
        for update in plan.updates:
            if update.condition is not None and update.polarity in ("like", "want"):
                yield from leaves(self._box, update.condition)

    def _carried(self, view: View) -> set[tuple[str, Any]]:
        """Return what earlier messages asked for: the list on the table, the open question."""
        before = [view.working.plan]
        if view.working.asked is not None:
            before += [option.plan for option in view.working.asked.options]
        return {leaf.key for p in before for w in wheres(p) for leaf in leaves(self._box, w)}

    def _length(self, plan: Plan, heard: Heard, view: View) -> Iterator[Finding]:
        before = [rank.n for rank in view.working.plan.of(Rank)]
        most = max([view.n, *before, *heard.numbers])
        for rank in plan.of(Rank):
            if rank.n > most:
                yield Finding("long", f"A list of {rank.n} is too long: at most {most} are wanted.")
            if heard.draft.n and rank.n < min(50, heard.draft.n):
                yield Finding("short", f"{heard.draft.n} are asked for, not {rank.n}.")


def _judged(plan: Plan, view: View) -> bool:
    """Return whether a plan claims to answer the message, so that all of it must be there."""
    if plan.of(Ask) or plan.of(Undo):
        return False
    asked = view.working.asked
    if asked is not None and plan.steps in [option.plan.steps for option in asked.options]:
        return False
    acts = [step for step in plan.steps if not isinstance(step, Say)]
    return bool(acts) or all(step.topic in _SMALL_TALK for step in plan.of(Say))


def _without_results(where: Any) -> Any:
    """Return a condition with a plain number where the result of a step will stand."""
    match where:
        case {"field": str(), "value": dict(), **_more}:
            return {**where, "value": 0.0}
        case dict():
            return {key: _without_results(part) for key, part in where.items()}
        case list():
            return [_without_results(part) for part in where]
        case _:
            return where


def _refers(plan: Plan, item: str) -> bool:
    """Return whether an id stands in a reference or an update, not only in words."""
    refs: list[Any] = [
        ref
        for step in plan.steps
        for ref in (*getattr(step, "to", ()), *getattr(step, "items", ()))
    ]
    return item in {ref.item for ref in refs} | {update.item for update in plan.updates}


def _mentions(text: str, words: str) -> bool:
    return words.casefold() in text.casefold()
