"""A plan in few words, as a model reads it: `must genres=Comedy; most year first; a list of 5`."""

from collections.abc import Iterator

from sommelier.agent.plan import Filter, Lookup, Plan, Rank, Ref, Step
from sommelier.agent.planners.model.clauses import written
from sommelier.errors import PredicateError, UnknownName
from sommelier.tools.lexicon import Lexicon
from sommelier.types import Json

__all__ = ["named", "told", "told_update"]


def told(plan: Plan, lexicon: Lexicon) -> str:
    """Return what a plan does, step by step; "nothing" for an empty one."""
    parts = [_step(step, lexicon) for step in plan.steps]
    parts += [
        f"note: they {told_update(u.polarity, u.item, u.condition, u.wish, lexicon)}"
        for u in plan.updates
    ]
    if plan.forget:
        parts.append("forget what was noted")
    return "; ".join(part for part in parts if part) or "nothing"


def told_update(
    polarity: str, item: str | None, condition: Json | None, wish: str | None, lexicon: Lexicon
) -> str:
    """Return what was heard of a person: `avoid genres=Horror`, `like Heat (1995)`."""
    if condition is not None:
        return f"{polarity} {_clauses(condition, lexicon)}"
    return f"{polarity} {named(Ref(item=item), lexicon) if item else f'“{wish}”'}"


def named(ref: Ref, lexicon: Lexicon) -> str:
    """Return the title of an item, or the place that is pointed at."""
    if ref.item is None:
        return f"#{ref.shown}" if ref.shown is not None else f"the result of step {ref.step}"
    try:
        return lexicon.label_of(ref.item)
    except UnknownName:  # an item that the catalogue has lost since
        return ref.item


def _clauses(where: Json, lexicon: Lexicon) -> str:
    try:
        return ", ".join(written(where, lexicon.schema))
    except (PredicateError, UnknownName):
        return "something that is no longer known"


def _step(step: Step, lexicon: Lexicon) -> str:
    match step:
        case Filter():
            return f"must {_clauses(step.where, lexicon)}"
        case Rank():
            return "; ".join(_rank(step, lexicon))
        case Lookup():
            where = _clauses(step.where, lexicon) if step.where else ""
            about = ", ".join(named(ref, lexicon) for ref in step.items)
            parts = (step.aggregate or "facts", ", ".join(step.fields), about, where)
            return " ".join(part for part in parts if part)
        case _:
            return _other(step, lexicon)


def _rank(step: Rank, lexicon: Lexicon) -> Iterator[str]:
    for soft in step.prefer:
        yield f"prefer {_clauses(soft.where, lexicon)}"
    if step.text:
        yield f"about “{step.text}”"
    if step.sort:
        yield f"{'most' if step.descending else 'least'} {step.sort} first"
    yield f"a list of {step.n}"


def _other(step: Step, lexicon: Lexicon) -> str:
    match step.kind:
        case "similar":
            return "like " + ", ".join(named(ref, lexicon) for ref in step.to)
        case "react":
            return f"{step.feedback} " + ", ".join(named(ref, lexicon) for ref in step.items)
        case "compare":
            return "compare " + ", ".join(named(ref, lexicon) for ref in step.items)
        case "explain":
            return f"explain {named(step.item, lexicon)}"
        case "undo":
            return "back to an earlier list"
        case "ask":
            return f"ask: {step.question}"
        case "say":
            return f"say: {step.topic}"
    return ""
