"""From a draft to a plan: new conditions laid over the list that is on the table, or a fresh start.

A follow-up replaces what it contradicts and keeps the rest: after "thrillers from the 90s", "from
the 80s" changes the years only, "no war" adds a condition, "shorter ones" compares with what was
shown.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from sommelier.agent.plan import (
    Ask,
    Filter,
    Lookup,
    Option,
    Plan,
    Rank,
    Ref,
    Say,
    Similar,
    Soft,
    Step,
    Update,
)
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.draft import Draft
from sommelier.agent.planners.rules.joining import Condition
from sommelier.data.predicates import Compare, Not, Predicate, conditions, from_json
from sommelier.data.schema import Kind
from sommelier.types import Json

__all__ = ["compose", "rerun"]


def compose(draft: Draft, view: View, *, follow: bool, add: bool = False) -> Plan:
    """Return the plan for a draft; `follow` lays it over the current list's plan.

    With `add` ("also", "only") a value joins those of its field instead of replacing them.
    """
    base = view.working.plan if follow else Plan()
    hard = [c for c in draft.conditions if not c.soft]
    clash = _contradiction(hard)
    if clash:
        return _ask_which(clash, draft, view, follow=follow)
    old: Rank | None = next(iter(base.of(Rank)), None)
    filters = _kept(base.of(Filter), draft, view, add=add) + [
        Filter(where=c.where, said=c.said) for c in hard
    ]
    prefer = _kept_soft(old, draft) + [
        Soft(where=c.where, said=c.said) for c in draft.conditions if c.soft
    ]
    id_field = view.lexicon.schema.id_field
    for num in draft.excluded:
        item = view.lexicon.item_id(num)
        where: Json = {"not": {"field": id_field, "op": "=", "value": item}}
        filters.append(Filter(where=where, said=view.lexicon.label(num)))
    seeds = [Ref(item=view.lexicon.item_id(num)) for num in draft.seeds]
    similar = [Similar(to=tuple(seeds))] if seeds else base.of(Similar)
    lookups, relative, strange = _relatives(draft, seeds, view)
    words = [text for text in (old.text if old else "", draft.text) if text]
    kept_sort = (old.sort, old.descending) if old and old.sort and not draft.words else None
    sort = draft.sort or kept_sort
    one = draft.sort is not None and not draft.plural and not follow
    rank = Rank(
        n=min(50, draft.n or (1 if one else view.n)),
        text=" ".join(dict.fromkeys(" ".join(words).split(" "))) if words else "",
        prefer=tuple(prefer),
        sort=sort[0] if sort else None,
        descending=sort[1] if sort else True,
    )
    steps: tuple[Step, ...] = (*lookups, *_unique(filters), *relative, *similar, rank)
    return Plan(
        steps=steps, updates=tuple(_refusals(draft, view)), notes=(*_notes(draft), *strange)
    )


def rerun(view: View, n: int | None = None) -> Plan:
    """Return the plan of the list on the table, to be run again: what was shown stays out."""
    steps = view.working.plan.steps or (Rank(n=view.n),)
    if n is not None:
        steps = tuple(
            step.model_copy(update={"n": min(50, max(1, n))}) if isinstance(step, Rank) else step
            for step in steps
        )
    return Plan(steps=steps)


def _refusals(draft: Draft, view: View) -> Iterator[Update]:
    """Yield "no horror" as a refusal for this conversation: it holds for later wishes too."""
    for condition in draft.conditions:
        kinds = {view.lexicon.schema[name].kind for name in condition.fields}
        inner = condition.where.get("not")
        plain = condition.negative and not condition.soft and kinds <= {Kind.TAGS, Kind.CATEGORY}
        if plain and inner:
            yield Update(polarity="avoid", condition=inner, scope="session")


def _relatives(
    draft: Draft, seeds: Sequence[Ref], view: View
) -> tuple[list[Lookup], list[Filter], list[Say]]:
    """Return the look-ups and filters of "shorter", against what is named or the list shown.

    What none of these items has cannot be compared, and is said to be left out.
    """
    lookups, filters, notes = [], [], []
    shown = tuple(Ref(item=item) for item in view.working.shown)
    for relative in draft.relatives:
        named = tuple(Ref(item=view.lexicon.item_id(num)) for num in relative.against)
        against = named or tuple(seeds) or shown
        if not any(view.lexicon.measured(relative.field, ref.item or "") for ref in against):
            notes += [Say(topic="unmeasured", about=relative.said)] if against else []
            continue
        lookups.append(Lookup(items=against, fields=(relative.field,)))
        value = {"step": len(lookups), "field": relative.field, "of": "mean"}
        op = ">" if relative.more else "<"
        where = {"field": relative.field, "op": op, "value": value}
        filters.append(Filter(where=where, said=relative.said))
    return lookups, filters, notes


def _kept(filters: Sequence[Filter], draft: Draft, view: View, *, add: bool) -> list[Filter]:
    replaced = {relative.field for relative in draft.relatives}
    for condition in draft.conditions:
        if not condition.soft and not condition.negative:
            kinds = {view.lexicon.schema[name].kind for name in condition.fields}
            # An item has many tags, so one more may narrow; a year or a brand can only change.
            if not (add and kinds <= {Kind.TAGS}):
                replaced |= set(condition.fields)
    denied = {
        (c.field, _key(c.value))
        for condition in draft.conditions
        if condition.negative
        for c in conditions(from_json(condition.where))
    }
    kept = []
    for step in filters:
        tree = from_json(step.where)
        negative = isinstance(tree, Not)
        parts = list(conditions(tree))
        same = any(part.field in replaced for part in parts) and not negative
        refused = not negative and any((part.field, _key(part.value)) in denied for part in parts)
        if not same and not refused:
            kept.append(step)
    return kept


def _kept_soft(old: Rank | None, draft: Draft) -> list[Soft]:
    if old is None:
        return []
    said = {name for c in draft.conditions if not c.negative for name in c.fields}
    numeric = {relative.field for relative in draft.relatives}
    return [
        wish
        for wish in old.prefer
        if not {c.field for c in conditions(from_json(wish.where))} & (numeric | said)
    ]


def _key(value: Any) -> Any:
    return (
        tuple(str(v).casefold() for v in value)
        if isinstance(value, tuple)
        else str(value).casefold()
    )


def _unique(filters: Sequence[Filter]) -> list[Filter]:
    seen: dict[str, Filter] = {}
    for step in filters:
        seen.setdefault(str(step.where), step)
    return list(seen.values())


def _notes(draft: Draft) -> Iterator[Say]:
    for said, taken in draft.guesses:
        yield Say(topic="guessed", about=f"{said}|{taken}")
    for said, item in draft.took:
        yield Say(topic="took", about=f"{said}|{item}")
    for said, people in draft.ambiguous:
        yield Say(topic="any_of", about=f"{said}|{', '.join(people)}")
    for said in draft.unmeasured:
        yield Say(topic="unmeasured", about=said)


def _contradiction(hard: Sequence[Condition]) -> tuple[Condition, Condition] | None:
    """Return two conditions that no item can meet together, judged by the conditions alone."""
    for one, two in combinations(hard, 2):
        if not set(one.fields) & set(two.fields):
            continue
        if one.negative != two.negative:
            inner = {(c.field, _key(c.value)) for c in conditions(from_json(one.where))}
            if inner & {(c.field, _key(c.value)) for c in conditions(from_json(two.where))}:
                return one, two
        elif not one.negative and _apart(from_json(one.where), from_json(two.where)):
            return one, two
    return None


def _apart(one: Predicate, two: Predicate) -> bool:
    if not (isinstance(one, Compare) and isinstance(two, Compare) and one.field == two.field):
        return False
    first, second = _interval(one), _interval(two)
    return bool(first and second and (first[0] > second[1] or second[0] > first[1]))


def _interval(condition: Compare) -> tuple[float, float] | None:
    value = condition.value
    match condition.op:
        case "between" if isinstance(value, tuple) and isinstance(value[0], (int, float)):
            return float(value[0]), float(value[1])
        case "<" | "<=" if isinstance(value, (int, float)):
            return float("-inf"), float(value)
        case ">" | ">=" if isinstance(value, (int, float)):
            return float(value), float("inf")
        case "=" if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(value), float(value)
    return None


def _ask_which(
    clash: tuple[Condition, Condition], draft: Draft, view: View, *, follow: bool
) -> Plan:
    options = []
    for left_out, kept in (clash[::-1], clash):
        rest = [c for c in draft.conditions if c is not left_out]
        option = Draft(**(draft.__dict__ | {"conditions": rest}))
        denied = (draft.denial or "not {said}").format(said=kept.said)
        label = denied if kept.negative else kept.said
        options.append(Option(label=label, plan=compose(option, view, follow=follow)))
    about = " / ".join(option.label for option in options)
    return Plan(steps=(Ask(question="contradiction", about=about, options=tuple(options)),))
