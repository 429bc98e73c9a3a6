"""What a plan means: its intent and its slots, whatever the words and order it is written in.

Two plans with the same meaning do the same. Left out are the words that a condition came from,
notes, the order of conditions, and how an item is pointed at. Values are compared by what they
select: 90 and 90.0, "Comedy" and "comedy", and a range written as two bounds are the same.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sommelier.agent.plan import (
    Ask,
    Compare,
    Explain,
    Filter,
    Lookup,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Undo,
)
from sommelier.data.predicates import All, Any_, Not, Predicate, from_json
from sommelier.data.predicates import Compare as Condition
from sommelier.types import Json

__all__ = ["Meaning", "Slot", "meaning"]

Slot: TypeAlias = tuple[Hashable, ...]
_WORDS: Final = ("=", "contains", "in", "contains_any")  # on words these all say "is one of"
_OTHER: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


@dataclass(frozen=True)
class Meaning:
    """An intent such as "recommend" or "say:greet", and slots that begin with their role."""

    intent: str
    slots: frozenset[Slot]


def meaning(plan: Plan, shown: Sequence[str] = (), n: int = 5) -> Meaning:
    """Return what a plan means where these items are shown and a list has `n` unless asked."""
    return Meaning(_intent(plan), frozenset(_slots(plan, shown, n)))


def _intent(plan: Plan) -> str:
    ranked = bool(plan.of(Rank))
    for step in plan.steps:
        match step:
            case Ask():
                return "ask"
            case Undo() | Explain() | Compare():
                return step.kind
            case Lookup() if not ranked:
                return step.aggregate or "facts"
    if ranked:
        return "recommend"
    if plan.forget:
        return "forget"
    if plan.reset:
        return "restart"
    if plan.of(React) or plan.updates:
        return "tell"
    said: list[Say] = plan.of(Say)
    return f"say:{said[0].topic}" if said else "nothing"


def _slots(plan: Plan, shown: Sequence[str], n: int) -> Iterator[Slot]:
    ranked = bool(plan.of(Rank))
    for step in plan.steps:
        match step:
            case Filter():
                yield from _where(step.where, "must", plan, shown)
            case Similar():
                yield from (("like", _item(ref, shown)) for ref in step.to)
            case Rank():
                yield from _ranked(step, plan, shown, n)
            case Lookup() if not ranked:
                yield from (("item", _item(ref, shown)) for ref in step.items)
                yield from (("field", name) for name in step.fields)
                yield from _where(step.where, "must", plan, shown) if step.where else ()
            case Explain():
                yield ("item", _item(step.item, shown))
            case Compare():
                yield from (("item", _item(ref, shown)) for ref in step.items)
            case React():
                yield from (("react", step.feedback, _item(ref, shown)) for ref in step.items)
            case Ask():
                yield ("ask", step.question, step.about.casefold())
            case Undo() if step.count != 1:
                yield ("undo", step.count)
    yield from _heard(plan, shown)
    yield from (("forget", subject.casefold()) for subject in plan.forget)
    if plan.reset:
        yield ("reset",)


def _ranked(rank: Rank, plan: Plan, shown: Sequence[str], n: int) -> Iterator[Slot]:
    yield from (("text", word.casefold()) for word in rank.text.split())
    for soft in rank.prefer:
        yield from _where(soft.where, "prefer", plan, shown)
    if rank.sort:
        yield ("sort", rank.sort, rank.descending)
    if rank.n != n:
        yield ("n", rank.n)


def _heard(plan: Plan, shown: Sequence[str]) -> Iterator[Slot]:
    """Yield what was heard, but for a refusal that the list itself says already."""
    refused = {
        slot[1:]
        for step in plan.of(Filter)
        for slot in _where(step.where, "must", plan, shown)
        if slot[1] == "not"
    }
    for update in plan.updates:
        if update.item is not None:
            yield ("told", update.polarity, "item", update.item)
        elif update.wish is not None:
            yield ("told", update.polarity, "wish", update.wish.casefold())
        elif update.condition is not None:
            slots = list(_where(update.condition, "told", plan, shown))
            said = update.scope == "session" and {("not", *slot[1:]) for slot in slots} <= refused
            yield from () if said else (("told", update.polarity, *slot[1:]) for slot in slots)


def _where(where: Json, role: str, plan: Plan, shown: Sequence[str]) -> Iterator[Slot]:
    """Yield a slot for every part of a condition that holds by itself."""
    value = where.get("value")
    if isinstance(value, dict):  # compared with the result of a look-up
        lookups = [step for step in plan.steps[: value["step"]] if isinstance(step, Lookup)]
        items = frozenset(_item(ref, shown) for step in lookups[-1:] for ref in step.items)
        yield (role, where["field"], where["op"], ("of", value.get("field"), items))
        return
    yield from ((role, *part) for part in _parts(from_json(where)))


def _parts(tree: Predicate) -> Iterator[Slot]:
    match tree:
        case All(parts):
            for part in parts:
                yield from _parts(part)
        case Any_(parts):
            yield _either([frozenset(_parts(part)) for part in parts])
        case Not(Condition(field, op, value)) if op in _OTHER and value is not None:
            # What has no value satisfies the negation and not the other bound; nobody means that.
            yield from _parts(Condition(field, _OTHER[op], value))
        case Not(Any_(parts)):
            for part in parts:
                yield from _parts(Not(part))
        case Not(Not(part)):
            yield from _parts(part)
        case Not(part):
            inner = frozenset(_parts(part))
            yield ("not", *next(iter(inner))) if len(inner) == 1 else ("not", inner)
        case Condition(field, "!=", value):
            yield from _parts(Not(Condition(field, "=", value)))
        case Condition(field, "between", (low, high)) if low != high:
            yield (field, ">=", frozenset({_value(low)}))
            yield (field, "<=", frozenset({_value(high)}))
        case Condition(field, "contains_all", tuple(values)):
            yield from ((field, "is", frozenset({_value(value)})) for value in values)
        case Condition(field, op, value):
            several: tuple[Any, ...] = value if isinstance(value, tuple) else (value,)
            same = op in _WORDS or op == "between"
            yield (field, "is" if same else op, frozenset(map(_value, several)))


def _either(options: list[frozenset[Slot]]) -> Slot:
    """Return one slot for a choice; several values of one field are one condition."""
    slots = [next(iter(option)) for option in options if len(option) == 1]
    if len(slots) == len(options):
        heads = {slot[:-1] for slot in slots}
        if len(heads) == 1 and all(isinstance(slot[-1], frozenset) for slot in slots):
            together: frozenset[Any] = frozenset().union(*(slot[-1] for slot in slots))  # type: ignore[arg-type]  # just checked
            return (*heads.pop(), together)
    return ("any", frozenset(options))


def _item(ref: Ref, shown: Sequence[str]) -> Hashable:
    if ref.shown is not None:
        return shown[ref.shown - 1] if ref.shown <= len(shown) else ("shown", ref.shown)
    return ref.item if ref.item is not None else ("step", ref.step)


def _value(value: Any) -> Hashable:
    if isinstance(value, str):
        try:
            return round(float(value), 6)
        except ValueError:
            return value.casefold()
    return round(float(value), 6) if isinstance(value, int | float) else value
