"""The questions that a policy asks: an age, a field before the first list, another one.

Each carries the plans that its answers lead to. Their words stand in the reply files.
"""

from collections.abc import Iterator

import numpy as np

from sommelier.agent.guard.demands import Demands
from sommelier.agent.plan import Ask, Filter, Option, Plan, Rank, Say
from sommelier.agent.replies.describe import value_text
from sommelier.agent.situation import Situation
from sommelier.data.predicates import conditions, from_json
from sommelier.data.schema import Field, Kind
from sommelier.errors import UsageError
from sommelier.hostile import orders
from sommelier.types import Json

__all__ = ["age_question", "another_question", "due", "first_question"]

_VALUES = 4  # values that are offered


def age_question(over: int, plan: Plan) -> Ask:
    """Ask for a confirmed age; "yes" leads to the plan with everything in it."""
    again = tuple(
        step.model_copy(update={"again": True}) if isinstance(step, Rank) else step
        for step in plan.steps
    )
    refused = Plan(steps=(Say(topic="age_refused", about=str(over)),))
    options = (Option(label="yes", plan=Plan(steps=again)), Option(label="no", plan=refused))
    return Ask(question="age", about=str(over), options=options)


def another_question(plan: Plan) -> Ask:
    """Ask whether to show one more; what was shown stays out."""
    return Ask(question="another", options=(Option(label="", plan=Plan(steps=plan.steps)),))


def due(demands: Demands, plan: Plan, at: Situation) -> str | None:
    """Return the field that has to be asked about before this plan may show a list, if any.

    Only before the first list, each once, and none that the plan or the profile speaks of.
    """
    if not demands.ask_before or at.working.versions:
        return None
    spoken = set(_spoken(plan, at))
    open_ = (f for f in demands.ask_before if f not in spoken and f not in at.working.questioned)
    return next(open_, None)


def _spoken(plan: Plan, at: Situation) -> Iterator[str]:
    wheres: list[Json] = [step.where for step in plan.of(Filter)]
    for rank in plan.of(Rank):
        wheres += [soft.where for soft in rank.prefer]
        if rank.sort:
            yield rank.sort
    wheres += [p.entry.condition for p in at.profile.conditions if p.entry.condition is not None]
    for where in wheres:
        try:
            yield from (one.field for one in conditions(from_json(where)))
        except UsageError:  # compared with a step's result: the field stands all the same
            yield str(where.get("field", ""))


def first_question(demands: Demands, name: str, plan: Plan) -> Ask:
    """Ask what a field should be; the last option is that it does not matter."""
    field = demands.box.schema[name]
    found = [Option(label=told, plan=_with(plan, w, told)) for told, w in _choices(field, demands)]
    skipped = Option(label="any", plan=Plan(steps=plan.steps))
    return Ask(question="before", about=name, options=(*found, skipped))


def _with(plan: Plan, where: Json, said: str) -> Plan:
    """Return the plan with one more condition, before its order."""
    first = next((at for at, s in enumerate(plan.steps) if isinstance(s, Rank)), len(plan.steps))
    one = Filter(where=where, said=said)
    return Plan(steps=(*plan.steps[:first], one, *plan.steps[first:]))


def _choices(field: Field, demands: Demands) -> Iterator[tuple[str, Json]]:
    name, lexicon = field.name, demands.box.lexicon
    match field.kind:
        case Kind.CATEGORY | Kind.TAGS:
            words = [word for word in lexicon.postings(name).words[:40] if not orders(word)]
            op = "contains" if field.kind is Kind.TAGS else "="
            for word in words[:_VALUES]:
                yield word, {"field": name, "op": op, "value": word}
        case Kind.FLAG:
            yield "yes", {"field": name, "op": "=", "value": True}
            yield "no", {"field": name, "op": "=", "value": False}
        case Kind.NUMBER:
            low, high = (_round(lexicon.quantile(name, share)) for share in (1 / 3, 2 / 3))
            if np.isfinite([low, high]).all() and low < high:
                told_low, told_high = value_text(field, low), value_text(field, high)
                yield f"≤ {told_low}", {"field": name, "op": "<=", "value": low}
                between = {"field": name, "op": "between", "value": [low, high]}
                yield f"{told_low} – {told_high}", between
                yield f"≥ {told_high}", {"field": name, "op": ">=", "value": high}


def _round(value: float) -> float:
    """Return a number that people would say: two digits, years as they are."""
    if not np.isfinite(value) or 1000 <= abs(value) < 3000:
        return float(np.round(value)) if np.isfinite(value) else float("nan")
    return float(f"{value:.2g}")
