"""A summary tells the last turns and folds the rest, and never outgrows its budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.agent.digest.summary import LOOKED_AT, profile_lines, summary, within
from sommelier.agent.plan import Filter, Plan, Rank, React, Ref, Update
from sommelier.llm.chat.base import reckon
from sommelier.state.profiles import Entry, Preference, Profile
from sommelier.state.sessions import Turn
from sommelier.testing import agents, cinema

COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
HORROR = {"field": "genres", "op": "contains", "value": "Horror"}
LEXICON = agents.small_toolbox(cinema.dataset()).lexicon
LIST = Plan(steps=(Filter(where=COMEDY), Rank()))


def turn(message="comedies", plan=LIST, titles=("Moth (1991)",), number=1):
    items = [{"title": title} for title in titles]
    record = {"plan": plan.to_json(), "items": items}
    return Turn(session_id="s", number=number, message=message, record=record, time=0.0)


def test_a_turn_is_told_by_what_was_said_done_and_shown():
    told = summary([turn()], LEXICON)
    assert "“comedies”" in told and "must genres=Comedy" in told and "Moth (1991)" in told


def test_no_turns_have_no_summary():
    assert summary([], LEXICON) == ""


def test_older_turns_are_folded_into_one_line_of_what_was_asked_liked_and_refused():
    refusal = Plan(
        steps=(React(items=(Ref(item="f00"),), feedback="like"),),
        updates=(Update(polarity="avoid", condition=HORROR),),
    )
    turns = [turn(number=n) for n in range(8)] + [turn("no horror", refusal, ())]
    first, *rest = summary([*turns, *[turn() for _ in range(4)]], LEXICON, 400).splitlines()
    assert first.startswith("before, in 9 turns: 8 shown")
    assert "asked genres=Comedy" in first and "refused genres=Horror" in first
    assert f"liked {LEXICON.label_of('f00')}" in first
    assert len(rest) == 4


def test_the_newest_turns_stay_when_there_is_little_room():
    turns = [turn(f"wish number {n} of this evening", number=n) for n in range(10)]
    told = summary(turns, LEXICON, 45)
    assert "wish number 9" in told and "wish number 6" not in told


messages = st.text(max_size=400)
items = st.lists(st.text(max_size=60), max_size=6)
plans = st.sampled_from(
    [
        LIST,
        Plan(),
        Plan(updates=(Update(polarity="like", wish="x" * 500),)),
        Plan(steps=(Filter(where={**HORROR, "field": "lost"}), Rank(text="影片 " * 80))),
        Plan(steps=(React(items=(Ref(item="gone"), Ref(shown=3)), feedback="reject"),)),
    ]
)
turns = st.lists(st.builds(turn, messages, plans, items), max_size=30)


@settings(max_examples=150, deadline=None)
@given(turns, st.integers(0, 400))
def test_it_is_never_over_budget(said, budget):
    told = summary(said, LEXICON, budget)
    assert not told or reckon([told]) <= budget


def test_a_history_of_200_000_tokens_is_looked_at_in_part():
    long = [turn("a long story " * 700, number=n) for n in range(LOOKED_AT + 100)]
    assert reckon(one.message for one in long) > 200_000
    told = summary(long, LEXICON)
    assert reckon([told]) <= 150
    assert told == summary(long[-LOOKED_AT:], LEXICON)


def test_a_record_of_another_release_is_passed_over():
    old = Turn(session_id="s", number=1, message="hi", record={"plan": {"steps": 3}}, time=0.0)
    bare = Turn(session_id="s", number=2, message="ho", record={"items": None}, time=0.0)
    assert summary([old, bare], LEXICON) == "“hi”\n“ho”"


def known(*weights):
    entries = [
        Entry(polarity="like", source="said", time=0.0, wish=f"wish {weight}") for weight in weights
    ]
    return Profile(tuple(Preference(e, w) for e, w in zip(entries, weights, strict=True)))


def test_the_weightiest_entries_are_told_first_within_the_budget():
    assert profile_lines(known(0.1, 0.9, -1.0), LEXICON) == [
        "like “wish -1.0”",
        "like “wish 0.9”",
        "like “wish 0.1”",
    ]
    assert len(profile_lines(known(*range(1, 60)), LEXICON, 40)) < 10
    assert profile_lines(known(1.0), LEXICON, 0) == []


@given(st.lists(st.text()), st.integers(0, 60))
def test_lines_within_a_budget_are_the_first_ones(lines, budget):
    kept = within(lines, budget)
    assert kept == lines[: len(kept)]
    assert not kept or reckon(["\n".join(kept)]) <= budget


@pytest.mark.parametrize("lost", [{"field": "colour", "op": "=", "value": "red"}, {"odd": 1}])
def test_what_the_catalogue_has_lost_is_told_without_a_name(lost):
    told = summary([turn("red ones", Plan(steps=(Filter(where=lost), Rank())))], LEXICON)
    assert "no longer known" in told
