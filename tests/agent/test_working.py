"""What a conversation stands on survives JSON, and going back is exact."""

import json

from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.plan import Ask, Option, Plan, Rank, Ref, Similar
from sommelier.agent.working import Working

lists = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=5, unique=True).map(tuple)


def shown(*many):
    working = Working()
    for number, items in enumerate(many, 1):
        working = working.showing(Plan(steps=(Rank(n=number),)), items)
    return working


@given(st.lists(lists, max_size=6), st.integers(0, 9))
def test_json_is_read_back_to_an_equal_state(many, turns):
    asked = Ask(question="relax", options=(Option(label="x|3", plan=Plan(steps=(Rank(),))),))
    before = shown(*many)
    for state in (before, Working(before.versions, before.met, ("a",), asked, turns)):
        assert Working.from_json(json.loads(json.dumps(state.to_json()))) == state


def test_an_empty_object_is_a_fresh_conversation():
    assert Working.from_json({}) == Working()
    assert Working().shown == ()
    assert Working().plan == Plan()


@given(st.lists(lists, min_size=2, max_size=6))
def test_going_back_gives_the_earlier_list_and_forgets_nothing_that_was_met(many):
    working = shown(*many)
    back = working.back(1)
    assert back.shown == many[-2]
    assert back.plan == Plan(steps=(Rank(n=len(many) - 1),))
    assert back.focus == many[-2]
    assert back.met == working.met == {item for items in many for item in items}


@given(st.lists(lists, min_size=1, max_size=4), st.integers(1, 9))
def test_nobody_goes_back_beyond_the_first_list(many, count):
    back = shown(*many).back(count)
    assert back.shown == many[max(0, len(many) - 1 - count)]


def test_only_the_last_twenty_lists_are_kept():
    working = shown(*[(str(number),) for number in range(30)])
    assert len(working.versions) == 20
    assert working.shown == ("29",)
    assert len(working.met) == 30


def test_a_new_list_answers_the_question_that_waited():
    waiting = Working(asked=Ask(question="empty"))
    plan = Plan(steps=(Similar(to=(Ref(item="a"),)), Rank()))
    assert waiting.showing(plan, ("b",)).asked is None
