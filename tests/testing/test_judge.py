"""The judge catches planted faults of every kind, and finds none in a good conversation."""

import asyncio
from dataclasses import replace

import pytest

from sommelier.agent.plan import Filter, Plan, Rank, React, Ref, Undo, Update
from sommelier.data.where import parse
from sommelier.testing import agents, cinema
from sommelier.testing.judge import Judge

DATASET = cinema.dataset()
BOX = agents.small_toolbox(DATASET)
COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
LIST = Plan(steps=(Filter(where=COMEDY), Rank(n=3)))


@pytest.fixture
def spoken(tmp_path):
    """Return good turns, one for each plan."""

    def said(*plans, user_id=None):
        agent = agents.agent(BOX, tmp_path / "s.db", planner=agents.Scripted(*plans))
        chat = agent.chat(user_id=user_id)

        async def each():
            return [await chat.say("x") for _ in plans]

        return asyncio.run(each())

    return said


def kinds(judge, *turns):
    return {broken.kind for turn in turns for broken in judge.broken(turn)}


def test_a_good_conversation_breaks_nothing(spoken):
    turns = spoken(LIST, LIST, Plan(steps=(Undo(),)), user_id="v0")
    assert kinds(Judge(DATASET, "v0"), *turns) == set()


def swapped(turn, **changes):
    return replace(turn, items=(replace(turn.items[0], **changes), *turn.items[1:]))


def test_what_is_wrong_with_an_item_is_seen(spoken):
    [turn] = spoken(LIST)
    moth = DATASET.catalog.rows([9])[0]
    assert kinds(Judge(DATASET), swapped(turn, item_id="f99")) == {
        "no such item",
        "breaks a condition",
    }
    planted = swapped(turn, item_id="f09", title="Moth (2008)", row=moth)
    assert kinds(Judge(DATASET), planted) == {"breaks a condition"}
    assert "wrong title" in kinds(Judge(DATASET), swapped(turn, title="Casablanca"))
    assert "twice" in kinds(Judge(DATASET), replace(turn, items=turn.items * 2))
    assert "too long" in kinds(Judge(DATASET), replace(turn, items=turn.items * 2))
    assert kinds(Judge(DATASET), replace(turn, faults=("f09: x",))) == {"fault"}


def test_a_wrong_count_in_the_funnel_is_seen(spoken):
    [turn] = spoken(LIST)
    funnel = [*turn.funnel[:-1], {**turn.funnel[-1], "before": 7}]
    assert kinds(Judge(DATASET), replace(turn, funnel=funnel)) == {"wrong count"}


def test_the_operators_condition_is_held_against_every_list(spoken):
    [turn] = spoken(LIST)
    judge = Judge(DATASET, require=parse("year > 2015"))
    assert "breaks a condition" in kinds(judge, turn)


def test_a_repeated_a_refused_and_a_consumed_item_are_seen(spoken):
    [turn] = spoken(LIST)
    assert kinds(Judge(DATASET), turn, turn) == {"shown before"}
    shown = turn.items[0].item_id
    react = turn.plan.model_copy(
        update={"steps": (React(items=(Ref(item=shown),), feedback="reject"), *turn.plan.steps)}
    )
    assert "refused" in kinds(Judge(DATASET), replace(turn, plan=react))
    dislike = turn.plan.model_copy(update={"updates": (Update(polarity="dislike", item=shown),)})
    assert "refused" in kinds(Judge(DATASET), replace(turn, plan=dislike))
    [crime] = spoken(
        Plan(steps=(Filter(where={"field": "genres", "op": "contains", "value": "Crime"}), Rank()))
    )
    assert "consumed" in kinds(Judge(DATASET, "v0"), crime)


def test_an_avoided_kind_is_seen_in_later_lists(spoken):
    told = Plan(steps=(Rank(n=1),), updates=(Update(polarity="avoid", condition=COMEDY),))
    first, _ = spoken(told, LIST)
    [comedies] = spoken(Plan(steps=(Rank(n=9),)))
    assert "breaks a condition" in kinds(Judge(DATASET), first, comedies)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ("Why not The Iron Orbit?", "ungrounded title"),
        ("why not THE IRON ORBIT", "ungrounded title"),
        ("", "empty reply"),
        ("Hello {name}", "unfilled brace"),
    ],
)
def test_what_is_wrong_with_the_words_is_seen(spoken, reply, kind):
    [turn] = spoken(LIST)
    assert kinds(Judge(DATASET), replace(turn, reply=reply)) == {kind}


def test_a_title_may_be_named_if_it_is_shown_asked_about_or_quoted(spoken):
    [turn] = spoken(LIST)
    shown = f"I like {turn.items[0].title}."
    assert kinds(Judge(DATASET), replace(turn, reply=shown)) == set()
    quoted = replace(turn, message="the iron orbit?", reply="I know The Iron Orbit.")
    assert kinds(Judge(DATASET), quoted) == set()
