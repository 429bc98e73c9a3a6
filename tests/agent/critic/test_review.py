"""The loop of brain and critic: one more plan where it helps, none where it cannot."""

import asyncio
from dataclasses import dataclass

import pytest

from sommelier.agent.critic import Judge, PlanCritic, reviewed
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Filter, Plan, Rank
from sommelier.agent.planners.base import Planned, View
from sommelier.agent.working import Working
from sommelier.errors import ModelTimeout
from sommelier.llm.chat.base import Usage
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.state.profiles import Profile

COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
BARE, GOOD = Plan(steps=(Rank(),)), Plan(steps=(Filter(where=COMEDY), Rank()))
UNKNOWN = Plan(steps=(Filter(where={**COMEDY, "field": "kind"}), Rank(n=30)))


class Brain:
    """Plays plans in order and remembers the advice it was given."""

    def __init__(self, *plans, name="model"):
        self.name, self.plans, self.heard = name, list(plans), []

    async def plan(self, message, view):
        self.heard.append(view.advice)
        plan = self.plans.pop(0)
        if isinstance(plan, Planned):
            return plan
        return Planned(plan, self.name, spent=Usage(calls=1, prompt_tokens=10))


@dataclass(frozen=True)
class Try:
    planned: Planned
    outcome: Outcome


async def work(planned):
    return Try(planned, Outcome(plan=planned.plan))


@pytest.fixture
def review(cinema_box):
    def run(brain, message="comedies", **more):
        view = View(cinema_box.lexicon, Working(), Profile())
        critic = PlanCritic(cinema_box)
        return asyncio.run(reviewed(message, view, planner=brain, work=work, critic=critic, **more))

    return run


def test_a_right_plan_is_made_once(review):
    brain = Brain(GOOD)
    done = review(brain)
    assert (done.tried.planned.plan, done.findings, done.rounds) == (GOOD, (), 0)
    assert done.spent.calls == 1


def test_a_wrong_plan_is_made_anew_with_the_advice(review):
    brain = Brain(BARE, GOOD)
    done = review(brain)
    assert done.tried.planned.plan == GOOD
    assert (done.rounds, done.findings, done.spent.calls) == (1, (), 2)
    assert brain.heard[0] == "" and "comedies" in brain.heard[1]


def test_it_ends_after_one_round_with_what_is_still_wrong(review):
    brain = Brain(BARE, Plan(steps=(Rank(n=4),)), GOOD)
    done = review(brain)
    assert done.rounds == 1 and [one.kind for one in done.findings] == ["missed"]
    assert len(brain.heard) == 2


def test_more_rounds_are_the_operators_choice(review):
    brain = Brain(BARE, Plan(steps=(Rank(n=4),)), GOOD)
    assert review(brain, rounds=2).tried.planned.plan == GOOD
    assert review(Brain(BARE), rounds=0).tried.planned.plan == BARE


def test_the_rules_and_a_failed_brain_are_not_asked_again(review):
    assert review(Brain(BARE, GOOD, name="rules")).tried.planned.plan == BARE
    failed = Planned(BARE, "rules", fell_back="no answer")
    assert review(Brain(failed, GOOD)).rounds == 0


def test_of_two_plans_the_better_one_stands(review):
    worse = Plan(steps=(Rank(n=40),))
    done = review(Brain(BARE, worse))
    assert done.tried.planned.plan == BARE
    failed = Planned(GOOD, "rules", fell_back="no answer", spent=Usage(calls=1))
    assert review(Brain(BARE, failed)).tried.planned.plan == BARE


def test_the_judge_is_asked_only_where_code_finds_nothing(review):
    model = ScriptedModel(['{"fine": false, "advice": "They asked for one only."}'])
    brain = Brain(GOOD, Plan(steps=(Filter(where=COMEDY), Rank(n=1))))
    done = review(brain, judge=Judge(model))
    assert done.tried.planned.plan.of(Rank)[0].n == 1
    assert brain.heard[1] == "They asked for one only."
    assert done.spent.calls == 3 and model.calls == 1
    silent = ScriptedModel([])
    review(Brain(BARE, GOOD), judge=Judge(silent))
    assert silent.calls == 0


@pytest.mark.parametrize("answer", ['{"fine": true}', '{"fine": false}', "garbage"])
def test_a_judge_that_has_nothing_to_say_changes_nothing(review, answer):
    done = review(Brain(GOOD), judge=Judge(ScriptedModel([answer])))
    assert done.tried.planned.plan == GOOD and done.rounds == 0


def test_a_judge_that_cannot_be_reached_changes_nothing(review):
    done = review(Brain(GOOD), judge=Judge(ScriptedModel([ModelTimeout("too slow")])))
    assert done.tried.planned.plan == GOOD


def test_the_judge_reads_message_plan_and_titles_but_no_rows(review):
    model = ScriptedModel(['{"fine": true}'])
    review(Brain(GOOD), message="comedies " + "x" * 9_000, judge=Judge(model))
    told = model.asked[0].messages[-1].content
    assert "must genres=Comedy" in told and len(told) < 1_000
