"""From a plan back to the frame that a model should have written for it.

The way back is not always there: a question, a step that no slot holds. And it may be ambiguous, so
several frames are offered, and who asks keeps the one that leads to the very same plan.
"""

from collections.abc import Iterator
from typing import Any, Final

from sommelier.agent.plan import (
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
    Update,
)
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.model.frame import TOPICS, Frame
from sommelier.agent.planners.rules.compose import rerun
from sommelier.errors import PredicateError, UsageError
from sommelier.types import Json

__all__ = ["frames", "same"]

_NOTED: Final = ("noted_like", "noted_dislike", "noted_ask", "noted")


def frames(plan: Plan, view: View) -> Iterator[Frame]:
    """Yield the frames that may stand for a plan, the shortest first; none where no frame can."""
    try:
        refused = [step.where.get("not") for step in plan.of(Filter)]  # noted by `no` itself
        own = [u for u in plan.updates if u.scope == "lasting" or u.condition not in refused]
        told = [*_reactions(plan, view), *(_update(update, view) for update in own)]
        for slots in _acts(plan, view, bool(told)):
            kept = {key: value for key, value in slots.items() if value}
            yield Frame(**{**kept, **({"told": tuple(told)} if told else {})})
    except (PredicateError, UsageError, ValueError):
        return


def same(one: Plan, other: Plan) -> bool:
    """Return whether two plans do and note the same, however their conditions came to be said."""
    return bool(_bare(one) == _bare(other))


def _bare(plan: Plan) -> tuple[Any, ...]:
    updates = {(u.polarity, str(u.item), str(u.condition), str(u.wish)) for u in plan.updates}
    steps = [_without_said(step.model_dump(mode="json")) for step in plan.steps]
    filters = sorted((s for s in steps if s["kind"] == "filter"), key=str)
    rest = [s for s in steps if s["kind"] != "filter"]
    return filters, rest, updates, sorted(plan.forget), plan.reset


def _without_said(data: Any) -> Any:
    match data:
        case dict():
            return {key: _without_said(part) for key, part in data.items() if key != "said"}
        case list():
            return [_without_said(part) for part in data]
        case _:
            return data


def _acts(plan: Plan, view: View, told: bool) -> Iterator[dict[str, Any]]:
    acts = [step for step in plan.steps if not isinstance(step, React)]
    says = [step for step in acts if isinstance(step, Say)]
    match acts:
        case [Undo()]:
            yield {"do": "undo"}
        case [Say(topic=topic)] if topic in TOPICS:
            yield {"do": "talk", "topic": topic}
        case [] | [Say()] if told and all(say.topic in _NOTED for say in says):
            yield {"do": "tell"}
        case [Compare(items=items)]:
            yield {"do": "compare"}
            yield {"do": "compare", "items": _names(items, view)}
        case [Explain(), *_]:
            items = tuple(step.item for step in acts if isinstance(step, Explain))
            yield {"do": "explain"}
            yield {"do": "explain", "items": _names(items, view)}
        case [Lookup(aggregate=None) as look]:
            yield {"do": "facts", "fields": look.fields}
            yield {"do": "facts", "items": _names(look.items, view), "fields": look.fields}
        case [Lookup() as look] if look.aggregate not in ("min", "max"):
            must, no = _sides([look.where] if look.where else [], view)
            yield {"do": look.aggregate, "must": must, "no": no, "fields": look.fields}
        case _ if plan.of(Rank) and not says:
            if told:
                yield {"do": "tell"}
            yield from _lists(plan, view)


def _lists(plan: Plan, view: View) -> Iterator[dict[str, Any]]:
    if plan.steps == rerun(view).steps and view.working.shown:
        yield {"do": "more"}
    [rank, *_] = plan.of(Rank)
    n = rank.n if rank.n != view.n else None
    if plan.steps == rerun(view, rank.n).steps and view.working.shown:
        yield {"do": "more", "n": rank.n}
    before = [str(step.where) for step in view.working.plan.of(Filter)]
    if view.working.shown and not plan.reset:
        fresh = [step for step in plan.of(Filter) if str(step.where) not in before]
        yield {**_wishes(plan, fresh, rank, view), "do": "refine", "like": (), "n": n}
    yield {**_wishes(plan, plan.of(Filter), rank, view), "do": "find", "n": n}


def _wishes(plan: Plan, filters: list[Filter], rank: Rank, view: View) -> dict[str, Any]:
    must, no = _sides([step.where for step in filters], view)
    prefer = [clause for soft in rank.prefer for clause in written(soft.where, view.lexicon.schema)]
    if any(clause.startswith("no ") for clause in prefer):
        raise UsageError("a frame has no slot for what should not be, if possible")
    refs = tuple(ref for step in plan.of(Similar) for ref in step.to)
    sign = "-" if rank.descending else ""
    loose = view.lexicon.loose
    kept = [clause for clause in prefer if not loose(clause.split("=")[0])]
    return {
        "like": _names(refs, view),
        "must": must,
        "no": no,
        "prefer": tuple(kept),
        "text": rank.text,
        "sort": f"{sign}{rank.sort}" if rank.sort else "",
    }


def _sides(wheres: list[Json], view: View) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return clauses that must hold, and those that must not."""
    clauses = [clause for where in wheres for clause in written(where, view.lexicon.schema)]
    must = tuple(clause for clause in clauses if not clause.startswith("no "))
    return must, tuple(clause[3:] for clause in clauses if clause.startswith("no "))


def _names(refs: tuple[Ref, ...], view: View) -> tuple[str, ...]:
    return tuple(_name(ref.item, view) if ref.item else f"#{ref.shown}" for ref in refs)


def _name(item: str, view: View) -> str:
    shown = view.working.shown
    return f"#{shown.index(item) + 1}" if item in shown else view.lexicon.label_of(item)


def _reactions(plan: Plan, view: View) -> Iterator[str]:
    for step in plan.of(React):
        for name in _names(step.items, view):
            yield f"{step.feedback} {name}"


def _update(update: Update, view: View) -> str:
    if update.polarity == "want" or update.scope == "session":
        raise UsageError("a frame tells likes, dislikes and refusals that last")
    if update.condition is not None:
        [clause] = written(update.condition, view.lexicon.schema)
        return f"{update.polarity} {clause}"
    return f"{update.polarity} {_name(update.item, view) if update.item else update.wish}"
