"""Plans are read back as they were written; broken ones are refused with their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.plan import (
    Ask,
    Compare,
    Explain,
    Filter,
    Lookup,
    Option,
    Plan,
    Rank,
    React,
    Ref,
    Say,
    Similar,
    Soft,
    Undo,
    Update,
)
from sommelier.errors import UsageError

words = st.text(max_size=8)
places = st.integers(1, 9)
refs = st.one_of(
    words.map(lambda item: Ref(item=item)),
    places.map(lambda place: Ref(shown=place)),
    places.map(lambda step: Ref(step=step)),
)
several = st.lists(refs, max_size=3).map(tuple)
wheres = st.sampled_from(
    [
        {"field": "year", "op": ">=", "value": 1990},
        {"not": {"field": "genres", "op": "contains", "value": "War"}},
        {"field": "price", "op": "<", "value": {"step": 1, "field": "price", "of": "mean"}},
        {"any": []},
    ]
)
softs = st.builds(Soft, where=wheres, said=words)
steps = st.one_of(
    st.builds(
        Lookup,
        items=several,
        fields=st.lists(words, max_size=2).map(tuple),
        aggregate=st.sampled_from([None, "count", "mean", "most"]),
        where=st.none() | wheres,
    ),
    st.builds(Filter, where=wheres, said=words),
    st.builds(Similar, to=several),
    st.builds(
        Rank,
        n=st.integers(1, 50),
        text=words,
        prefer=st.lists(softs, max_size=2).map(tuple),
        sort=st.none() | words,
        descending=st.booleans(),
        again=st.booleans(),
    ),
    st.builds(Explain, item=refs),
    st.builds(Compare, items=several),
    st.builds(Undo, count=places),
    st.builds(React, items=several, feedback=st.sampled_from(["like", "seen", "reject"])),
    st.builds(Say, topic=words, about=words),
)
small = st.builds(Plan, steps=st.lists(steps, max_size=2).map(tuple))
options = st.builds(Option, label=words, plan=small)
asks = st.builds(Ask, question=words, about=words, options=st.lists(options, max_size=2).map(tuple))
updates = st.one_of(
    st.builds(Update, polarity=st.sampled_from(["like", "avoid"]), item=words),
    st.builds(Update, polarity=st.just("dislike"), condition=wheres, scope=st.just("session")),
    st.builds(Update, polarity=st.just("want"), wish=words),
)
plans = st.builds(
    Plan,
    steps=st.lists(steps | asks, max_size=5).map(tuple),
    updates=st.lists(updates, max_size=2).map(tuple),
    forget=st.lists(words, max_size=2).map(tuple),
    reset=st.booleans(),
    notes=st.lists(st.builds(Say, topic=words, about=words), max_size=2).map(tuple),
)


@given(plans)
def test_json_is_read_back_to_an_equal_plan(plan):
    assert Plan.from_json(plan.to_json()) == plan


@given(st.lists(steps, max_size=6))
def test_order_and_repeats_are_kept(listed):
    plan = Plan.from_json(Plan(steps=tuple(listed)).to_json())
    assert [step.kind for step in plan.steps] == [step.kind for step in listed]


def test_empty_parts_are_left_out_of_the_json():
    assert Plan(steps=(Rank(),)).to_json() == {"steps": [{"kind": "rank"}]}


@pytest.mark.parametrize(
    ("data", "where"),
    [
        ({"steps": [{"kind": "dance"}]}, "steps.0"),
        ({"steps": [{"kind": "rank", "n": 0}]}, "steps.0.rank.n"),
        ({"steps": [{"kind": "rank", "n": 51}]}, "steps.0.rank.n"),
        ({"steps": [{"kind": "filter"}]}, "steps.0.filter.where"),
        ({"steps": [{"kind": "explain", "item": {}}]}, "steps.0.explain.item"),
        ({"steps": [{"kind": "explain", "item": {"item": "a", "shown": 1}}]}, "explain.item"),
        ({"steps": [{"kind": "explain", "item": {"shown": 0}}]}, "shown"),
        ({"steps": [{"kind": "rank", "limit": 3}]}, "steps.0.rank.limit"),
        ({"updates": [{"polarity": "love", "item": "a"}]}, "updates.0.polarity"),
        ({"stpes": []}, "stpes"),
        ([], "not valid"),
    ],
)
def test_a_broken_plan_is_refused_with_its_place(data, where):
    with pytest.raises(UsageError, match=where):
        Plan.from_json(data)


def test_steps_of_one_kind_come_in_order():
    plan = Plan(steps=(Filter(where={}, said="a"), Rank(), Filter(where={}, said="b")))
    assert [step.said for step in plan.of(Filter)] == ["a", "b"]
    assert plan.of(Undo) == []
