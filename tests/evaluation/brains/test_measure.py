import asyncio

import pytest

from sommelier.agent.plan import Filter, Lookup, Plan, Rank, Ref
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.working import Working
from sommelier.evaluation.brains import Case, Result, make_report, measure, table
from sommelier.state.profiles import Profile
from sommelier.testing import agents, cinema
from sommelier.tools.base import Toolbox


@pytest.fixture(scope="module")
def box() -> Toolbox:
    return agents.small_toolbox(cinema.dataset())


def case(box: Toolbox, message: str, *frames: Frame, group: str = "a") -> Case:
    view = View(box.lexicon, Working(), Profile())
    return Case(message, group, frames[0].do, message, view, frames, box)


def played(cases: list[Case], *plans: Plan) -> list[Result]:
    warm = agents.Scripted(Plan(), *plans)
    return asyncio.run(measure(lambda _: warm, cases))


@pytest.fixture
def drama(box: Toolbox) -> Case:
    return case(box, "a drama", Frame(do="find", must=("genres=Drama",)))


def wanted(genre: str) -> Plan:
    return Plan(steps=(Filter(where={"field": "genres", "op": "contains", "value": genre}), Rank()))


def test_the_right_plan_scores_in_full(drama: Case) -> None:
    [result] = played([drama], wanted("Drama"))
    assert (result.intent, result.exact, result.first, result.runs) == (True, True, True, True)
    assert result.satisfied == 1.0
    assert (result.hits, len(result.wrong), len(result.missing)) == (1, 0, 0)


def test_a_forgotten_condition_is_missing_and_its_items_are_looked_at(drama: Case) -> None:
    [result] = played([drama], Plan(steps=(Rank(n=50),)))
    assert result.intent
    assert not result.exact
    assert len(result.missing) == 1
    assert result.satisfied is not None
    assert 0 < result.satisfied < 1


def test_a_plan_that_does_not_run_is_told_from_one_that_does(drama: Case) -> None:
    broken = Plan(steps=(Filter(where={"field": "nowhere", "op": "=", "value": 1}), Rank()))
    [result] = played([drama], broken)
    assert not result.runs
    assert result.satisfied == 0.0


def test_any_right_reading_counts_and_the_preferred_one_is_told_apart(box: Toolbox) -> None:
    frames = (Frame(do="find", must=("genres=Drama",)), Frame(do="find", must=("genres=Comedy",)))
    [result] = played([case(box, "a drama", *frames)], wanted("Comedy"))
    assert result.exact
    assert not result.first


def test_the_report_puts_the_better_brain_first_and_tells_the_difference(box: Toolbox) -> None:
    cases = [
        case(box, message, Frame(do="find", must=("genres=Drama",)), group=str(n))
        for n, message in enumerate(["a drama", "dramas please", "some drama"] * 8)
    ]
    facts = Plan(steps=(Lookup(items=(Ref(item=box.catalog.ids[0]),)),))
    results = {
        "wrong": played(cases, *[facts] * len(cases)),
        "rules": asyncio.run(measure(RulesPlanner, cases)),
    }
    report = make_report(results)
    assert report["best"] == "rules"
    assert report["brains"]["rules"]["exact"]["mean"] == 1.0
    assert report["brains"]["wrong"]["intent"]["mean"] == 0.0
    assert report["brains"]["wrong"]["p"] < 0.05
    assert table(report).splitlines()[2].startswith("| rules |")
