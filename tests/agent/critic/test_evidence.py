"""A reason that its evidence does not bear out is taken off; the item stays."""

import asyncio
from dataclasses import replace

import pytest

from sommelier.agent.critic import kept
from sommelier.agent.executor import Executor
from sommelier.agent.memory import preview, situation
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.policy import Policy
from sommelier.agent.working import Working
from sommelier.data.predicates import Compare
from sommelier.state.profiles import Profile
from sommelier.tools.explain import Reason

FALSE = [
    Reason("meets", condition=Compare("genres", "contains", "Western")),
    Reason("misses", condition=Compare("year", ">", 0.0)),
    Reason("leaning", condition=Compare("genres", "contains", "Comedy")),
    Reason("shares", field="genres", values=("Western",), items=("f00",)),
    Reason("history", items=("f00",)),
    Reason("like", items=()),
    Reason("like", items=("gone",)),
    Reason("text", values=("nobody said this",)),
    Reason("known", amount=1e6),
]


@pytest.fixture
def listed(cinema_box):
    """Return the verified answer to a message, and what it was verified with."""

    def run(message, *, user_id=None, change=lambda outcome: None):
        view = View(cinema_box.lexicon, Working(), Profile())
        plan = asyncio.run(RulesPlanner(cinema_box.lexicon).plan(message, view)).plan
        at = situation(cinema_box, preview(Profile(), plan, (), 0.0), Working(), user_id)
        outcome = Executor(cinema_box, Policy()).run(plan, at)
        change(outcome)
        return kept(outcome, cinema_box, Policy(), at)

    return run


@pytest.mark.parametrize("reason", FALSE, ids=lambda reason: reason.kind)
def test_a_false_reason_is_taken_off_and_noted(listed, reason):
    def plant(outcome):
        first, *rest = outcome.cards
        outcome.cards = [replace(first, reasons=(*first.reasons, reason)), *rest]

    clean, seen = listed("comedies"), listed("comedies", change=plant)
    assert seen.cards == clean.cards
    assert seen.faults == [f"{clean.cards[0].item_id}: the reason {reason.kind!r} does not hold"]


@pytest.mark.parametrize(
    "message",
    [
        "comedies from the 90s, preferably French",
        "something like Nine Umbrellas",
        "slow films about the sea",
        "I like comedies",
        "recommend something",
    ],
)
def test_reasons_that_were_read_from_the_evidence_all_hold(listed, message):
    for user_id in (None, "v0", "v3"):
        assert listed(message, user_id=user_id).faults == []
