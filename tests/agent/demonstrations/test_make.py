"""Demonstrations made for a catalogue: checked, of many acts, and the same every time."""

import asyncio

import pytest

from sommelier.agent.demonstrations import make
from sommelier.agent.demonstrations.framing import frames, same
from sommelier.agent.executor import Executor
from sommelier.agent.memory import preview, situation
from sommelier.agent.plan import Filter, Plan, Rank, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.policy import Policy
from sommelier.agent.working import Working
from sommelier.state.profiles import Profile

COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}


@pytest.fixture(scope="module")
def made(cinema_box):
    return make(cinema_box)


def test_many_acts_are_shown_for_a_catalogue_with_many_fields(made):
    acts = {pair.frame.do for pair in made}
    assert len(made) > 80
    assert acts >= {"find", "refine", "more", "tell", "facts", "count", "explain", "talk", "undo"}
    assert any(pair.follows for pair in made) and not all(pair.follows for pair in made)


@pytest.mark.parametrize("name", ["shop_box", "book_box", "bare_box"])
def test_any_catalogue_gets_some_of_its_own(name, request):
    box = request.getfixturevalue(name)
    pairs = make(box)
    assert len(pairs) > 20
    names = {field.name for field in box.schema}
    slots = (pair.frame.must + pair.frame.no for pair in pairs)
    clauses = [clause for slot in slots for clause in slot]
    assert {clause.split("=")[0].split("<")[0].split(">")[0] for clause in clauses} <= names


def test_the_same_catalogue_gives_the_same_pairs(cinema_box, made):
    assert make(cinema_box) == made
    assert make(cinema_box, seed=1) != made


def test_each_pair_runs_and_its_user_text_ends_with_what_was_said(cinema_box, made):
    resolver, executor = Resolver(cinema_box.lexicon), Executor(cinema_box, Policy())
    view = View(cinema_box.lexicon, Working(), Profile())
    for pair in made:
        assert pair.asked.endswith(pair.message)
        if not pair.follows:
            plan = resolver.plan(pair.frame, pair.message, view)
            at = situation(cinema_box, preview(Profile(), plan, (), 0.0), Working(), None)
            outcome = executor.run(plan, at)
            assert outcome.cards or not plan.of(Rank)


@pytest.mark.parametrize(
    "message",
    [
        "comedies from the 90s, no horror",
        "something like Nine Umbrellas but newer",
        "how many dramas are there?",
        "who directed Moth?",
        "I like comedies",
        "the newest thriller",
        "hi",
    ],
)
def test_a_frame_leads_back_to_the_teachers_plan(cinema_box, message):
    view = View(cinema_box.lexicon, Working(), Profile())
    plan = asyncio.run(RulesPlanner(cinema_box.lexicon).plan(message, view)).plan
    resolver = Resolver(cinema_box.lexicon)
    found = [f for f in frames(plan, view) if same(resolver.plan(f, message, view), plan)]
    assert found, message
    assert Frame.from_json(found[0].to_json()) == found[0]


def test_a_plan_that_no_frame_can_say_has_none(cinema_box):
    view = View(cinema_box.lexicon, Working(), Profile())
    told = Update(polarity="avoid", condition=COMEDY, scope="session")
    assert list(frames(Plan(updates=(told,)), view)) == []


def test_plans_are_the_same_whatever_words_they_came_from():
    one = Plan(steps=(Filter(where=COMEDY, said="funny"), Rank()))
    two = Plan(steps=(Filter(where=COMEDY, said="comedies"), Rank()))
    assert same(one, two) and not same(one, Plan(steps=(Rank(),)))


def test_it_can_be_made_where_an_event_loop_runs(bare_box):
    async def within():
        return make(bare_box)

    assert asyncio.run(within())
