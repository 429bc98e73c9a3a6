"""The critic of plans: what it objects to, and what it leaves alone."""

import asyncio

import pytest

from sommelier.agent.critic import PlanCritic, advice
from sommelier.agent.plan import Ask, Filter, Lookup, Plan, Rank, Ref, Say, Similar, Soft, Update
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.working import Working
from sommelier.state.profiles import Entry, Preference, Profile


def has(field, value, op="contains"):
    return {"field": field, "op": op, "value": value}


COMEDY, HORROR = has("genres", "Comedy"), has("genres", "Horror")


@pytest.fixture(scope="module")
def critic(cinema_box):
    return PlanCritic(cinema_box)


@pytest.fixture
def look(cinema_box, critic):
    def looked(message, *steps, working=None, profile=None, **plan):
        view = View(cinema_box.lexicon, working or Working(), profile or Profile())
        return [one.kind for one in critic.findings(message, view, Plan(steps=steps, **plan))]

    return looked


def avoiding(**subject):
    entry = Entry(polarity="avoid", source="said", time=0.0, **subject)
    return Profile((Preference(entry, -1.0),))


def test_a_plan_that_does_what_was_said_is_left_alone(look):
    assert look("comedies from the 90s", Filter(where=COMEDY), years(1990, 1999), Rank()) == []


def years(low, high):
    return Filter(where=has("year", [low, high], "between"))


@pytest.mark.parametrize(
    "where",
    [
        has("genre_of", "Comedy"),
        has("cast", "Comedy"),
        has("year", "long ago", "="),
        {"nonsense": 1},
    ],
)
def test_what_the_catalogue_does_not_have_is_found(look, where):
    assert "field" in look("comedies", Filter(where=where), Rank())


def test_a_sort_by_words_and_an_unknown_item_are_found(look):
    assert look("films", Rank(sort="genres")) == ["field"]
    assert look("films", Similar(to=(Ref(item="f99"),)), Rank()) == ["field"]
    assert look("tell me more", Lookup(fields=("colour",), items=(Ref(item="f00"),))) == ["field"]


def test_a_condition_that_stands_nowhere_is_missed(look):
    assert look("comedies from the 90s", Filter(where=COMEDY), Rank()) == ["missed"]
    assert look("comedies from the 90s", Rank()) == ["missed", "missed"]
    assert look("films by Lucy Park", Rank(text="slow")) == ["missed"]
    assert look("hello, any comedies?", Say(topic="greet")) == ["missed"]


def test_a_condition_may_stand_in_a_wish_an_update_or_an_answer(look):
    assert look("comedies, preferably", Rank(prefer=(Soft(where=COMEDY),))) == []
    told = Update(polarity="avoid", condition=HORROR)
    assert look("never show me horror", Say(topic="noted_dislike"), updates=(told,)) == []
    assert look("how many comedies?", Lookup(aggregate="count", where=COMEDY)) == []


def test_a_title_that_was_named_must_lead_somewhere(look, cinema_box):
    moth = cinema_box.catalog.ids[cinema_box.catalog.titles.index("Nine Umbrellas")]
    assert look("something like Nine Umbrellas", Rank()) == ["missed"]
    assert look("something like Nine Umbrellas", Similar(to=(Ref(item=moth),)), Rank()) == []


def test_what_the_message_refuses_may_not_be_required(look):
    assert look("no horror please", Filter(where=HORROR), Rank()) == ["against"]
    assert look("no horror please", Filter(where={"not": HORROR}), Rank()) == []


def test_what_the_person_avoids_is_not_asked_for_unbidden(look):
    profile = avoiding(condition=HORROR)
    assert look("something good", Filter(where=HORROR), Rank(), profile=profile) == ["profile"]
    assert look("I want horror", Filter(where=HORROR), Rank(), profile=profile) == []


def test_nothing_is_like_a_disliked_item_unless_it_is_named(look, cinema_box):
    item = cinema_box.catalog.ids[cinema_box.catalog.titles.index("Nine Umbrellas")]
    profile, steps = avoiding(item_id=item), (Similar(to=(Ref(item=item),)), Rank())
    assert look("something good", *steps, profile=profile) == ["profile"]
    assert look("something like Nine Umbrellas", *steps, profile=profile) == []


def test_what_an_earlier_message_asked_for_is_carried_on(look):
    working = Working().showing(Plan(steps=(Filter(where=HORROR), Rank())), ("f00",))
    profile = avoiding(condition=HORROR)
    steps = (Filter(where=HORROR), years(1990, 1999), Rank())
    assert look("from the 90s", *steps, working=working, profile=profile) == []


def test_a_list_is_as_long_as_was_said(look):
    assert look("some films", Rank(n=12)) == ["long"]
    assert look("ten films", Rank(n=10)) == []
    assert look("ten films", Rank(n=3)) == ["short"]


def test_questions_and_honest_words_are_left_alone(look):
    assert look("comedies from the 90s", Ask(question="contradiction")) == []
    assert look("comedies with xyzzy", Say(topic="unknown_name", about="xyzzy")) == []


def test_what_the_rules_brain_says_back_is_left_alone(cinema_box, critic):
    planner = RulesPlanner(cinema_box.lexicon)
    view = View(cinema_box.lexicon, Working(), Profile())
    for message in ("French dramas under two hours", "who made Moth?", "no war, no horror", "hi"):
        plan = asyncio.run(planner.plan(message, view)).plan
        assert critic.findings(message, view, plan) == []


def test_the_advice_says_what_is_missing_once(critic, cinema_box):
    view = View(cinema_box.lexicon, Working(), Profile())
    found = critic.findings("comedies from the 90s", view, Plan(steps=(Rank(),)))
    told = advice([*found, *found])
    assert len(told.splitlines()) == 2
    assert "90s" in told and "genres" in told
    assert advice([]) == ""
