"""Feedback arrives once, whole, and never as another event under the same id."""

import math

import pytest

from sommelier.errors import Conflict, UsageError
from sommelier.state import Session


def test_what_a_list_showed_beside_comes_back_with_the_event(store, event):
    sent = event(recommendation_id="r1", impression=("alien", "heat"), value=2.0)
    store.add_feedback([sent, event("e2", "seen")])
    assert store.feedback("ann")[0] == sent
    assert store.feedback("ann")[1].impression is None


def test_an_id_that_comes_with_another_body_is_a_conflict_and_nothing_is_stored(store, event):
    store.add_feedback([event()])
    with pytest.raises(Conflict, match="another body") as caught:
        store.add_feedback([event("e2"), event(item_id="alien"), event("e3")])
    assert caught.value.http_status == 409
    assert [found.event_id for found in store.feedback("ann")] == ["e1"]
    assert len(store.entries("ann", trail=True)) == 1


def test_one_delivery_that_contradicts_itself_is_a_conflict(store, event):
    with pytest.raises(Conflict):
        store.add_feedback([event(), event(feedback_type="dislike")])
    assert store.feedback("ann") == []


def test_a_time_that_only_says_when_it_arrived_may_differ(store, event):
    store.add_feedback([event(time=1.0)])
    assert store.add_feedback([event(time=2.0)], untimed={"e1"}) == 0
    with pytest.raises(Conflict):
        store.add_feedback([event(time=2.0)])


def test_an_event_of_before_the_login_may_come_again_after_it(store, event):
    sent = event(user_id=None, session_id="s")
    store.add_feedback([sent])
    store.adopt("s", "ann")
    assert store.add_feedback([sent]) == 0


@pytest.mark.parametrize("wrong", [{"time": math.nan}, {"value": math.inf}, {"event_id": ""}])
def test_an_event_that_cannot_be_stored_is_refused(event, wrong):
    with pytest.raises(UsageError):
        event(**{"event_id": "e1", **wrong})


@pytest.mark.parametrize("text", ["\ud800", "a\x00b"])
def test_text_that_no_database_takes_is_refused_or_kept_as_it_is(store, event, text):
    try:
        store.add_feedback([event(item_id=text)])
    except UsageError as error:
        assert error.http_status == 422
        assert store.feedback("ann") == []
    else:
        assert store.feedback("ann")[0].item_id == text


def test_a_turn_after_another_number_is_a_conflict_and_leaves_nothing(store, entry):
    session = Session.new(user_id="ann")
    assert store.commit_turn(session, "one", {}, after=0).number == 1
    with pytest.raises(Conflict, match="has gone on") as caught:
        store.commit_turn(session, "also one", {}, entries=[entry()], after=0)
    assert caught.value.hint
    assert store.commit_turn(session, "two", {}, after=1).number == 2
    assert store.commit_turn(session, "three", {}).number == 3
    assert store.entries("ann") == []


def test_an_event_taken_back_counts_no_more_and_stays_in_the_trail(store, event):
    store.add_feedback([event("e1", "seen"), event("e2", "seen", item_id="alien")])
    store.add_feedback([event("e3", "seen", user_id="bob")])
    assert store.take_back("heat", {"seen"}, "ann", time=9.0) == 1
    assert store.profile("ann").seen == {"alien"}
    assert store.profile("bob").seen == {"heat"}
    assert [one.taken_back for one in store.feedback("ann")] == [9.0, None]
    assert {one.event_id for one in store.events(["seen"])} == {"e2", "e3"}


def test_taking_back_twice_changes_nothing(store, event):
    store.add_feedback([event("e1", "seen")])
    assert store.take_back("heat", {"seen"}, "ann", time=9.0) == 1
    assert store.take_back("heat", {"seen"}, "ann", time=10.0) == 0
    assert store.feedback("ann")[0].taken_back == 9.0
    assert store.take_back("nothing", {"seen"}, "ann") == 0


def test_a_liking_taken_back_leaves_the_profile_but_not_the_trail(store, event):
    store.add_feedback([event("e1", "like"), event("e2", "dislike", time=2.0)])
    assert store.profile("ann").disliked
    assert store.take_back("heat", {"like", "dislike"}, "ann") == 3
    now = store.profile("ann")
    assert not now.preferences and not now.seen
    assert store.entries("ann") == []
    assert len(store.entries("ann", trail=True)) == 2


def test_what_was_done_in_a_session_is_taken_back_by_session_or_by_its_user(store, event):
    store.add_feedback([event(user_id=None, session_id="s", feedback_type="seen")])
    assert store.take_back("heat", {"seen"}, "ann") == 0
    assert store.take_back("heat", {"seen"}, session_id="s") == 1
    with pytest.raises(UsageError, match="Whose"):
        store.take_back("heat", {"seen"})


def test_an_event_that_comes_again_after_it_was_taken_back_stays_so(store, event):
    store.add_feedback([event("e1", "seen")])
    store.take_back("heat", {"seen"}, "ann")
    assert store.add_feedback([event("e1", "seen")]) == 0
    assert store.profile("ann").seen == frozenset()
    assert store.add_feedback([event("e2", "seen")]) == 1
    assert store.profile("ann").seen == {"heat"}
