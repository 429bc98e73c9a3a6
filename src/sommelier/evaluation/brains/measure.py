"""Lets a brain plan every case, and notes what was right, whether it runs, and what it took.

Knows planners and plans, no particular brain. A case with several right plans is scored by the
one that the brain came nearest to.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sommelier.agent.executor import Executor
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Filter, Plan
from sommelier.agent.planners.base import Planned, Planner
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.data.predicates import All, from_json
from sommelier.errors import SommelierError
from sommelier.evaluation.brains.cases import Case
from sommelier.evaluation.brains.meaning import Meaning, Slot, meaning
from sommelier.tools.base import Person
from sommelier.tools.lexicon import Lexicon

__all__ = ["Result", "measure"]


@dataclass(frozen=True)
class Result:
    """What one brain made of one case. Slots are counted: hits, wrong ones, missing ones."""

    case: Case
    planned: Planned
    intent: bool
    exact: bool  # intent and every slot
    first: bool  # exact by the preferred reading
    hits: int
    wrong: frozenset[Slot]
    missing: frozenset[Slot]
    runs: bool
    satisfied: float | None  # share of shown items that satisfy what was asked; None: no such list
    seconds: float
    got: Meaning = field(repr=False)


async def measure(
    brain: Callable[[Lexicon], Planner],
    cases: Sequence[Case],
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Result]:
    """Return the results of a brain; `brain` opens it over a catalogue, once for each."""
    planners: dict[int, Planner] = {}
    results = []
    for number, case in enumerate(cases):
        key = id(case.view.lexicon)
        if key not in planners:
            planners[key] = brain(case.view.lexicon)
            await planners[key].plan(case.message, case.view)  # first words warm caches: not timed
        begun = time.perf_counter()
        planned = await planners[key].plan(case.message, case.view)
        results.append(_scored(case, planned, time.perf_counter() - begun))
        progress(number + 1)
    return results


def _scored(case: Case, planned: Planned, seconds: float) -> Result:
    got = _meaning(planned.plan, case)
    wanted = [_meaning(plan, case) for plan in case.plans]
    nearest = max(wanted, key=lambda one: _closeness(got, one))
    outcome = _run(planned.plan, case)
    return Result(
        case,
        planned,
        intent=got.intent == nearest.intent,
        exact=got == nearest,
        first=got == wanted[0],
        hits=len(got.slots & nearest.slots),
        wrong=got.slots - nearest.slots,
        missing=nearest.slots - got.slots,
        runs=outcome is not None,
        satisfied=_satisfied(case, case.plans[wanted.index(nearest)], outcome),
        seconds=seconds,
        got=got,
    )


def _meaning(plan: Plan, case: Case) -> Meaning:
    return meaning(plan, case.view.working.shown, case.view.n)


def _closeness(got: Meaning, wanted: Meaning) -> tuple[bool, bool, float]:
    hits, slots = len(got.slots & wanted.slots), len(got.slots) + len(wanted.slots)
    overlap = 2 * hits / slots if slots else 1.0
    return got == wanted, got.intent == wanted.intent, overlap


def _run(plan: Plan, case: Case) -> Outcome | None:
    """Return what comes of a plan, or None where it does not run."""
    try:
        situation = Situation(Person(), case.view.profile, case.view.working)
        return Executor(case.box, Policy()).run(plan, situation)
    except SommelierError:
        return None


def _satisfied(case: Case, right: Plan, outcome: Outcome | None) -> float | None:
    """Return the share of shown items that satisfy the hard conditions of the right plan.

    None where the right plan has no conditions or lists nothing; 0 where only the brain lists
    nothing.
    """
    ideal = _run(right, case)
    if ideal is None or not ideal.listed or not ideal.cards:
        return None
    wheres = [step.where for step in ideal.plan.of(Filter)]
    if not wheres:
        return None
    if outcome is None or not outcome.cards:
        return 0.0
    tree = case.box.check(All(tuple(from_json(where) for where in wheres)))
    fits = case.box.catalog.packed.mask(tree)
    return float(np.mean(fits[case.box.catalog.nums(outcome.item_ids)]))
