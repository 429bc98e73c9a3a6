"""A stranger logs in, and what they said in the session becomes theirs for good."""

import pytest

from sommelier.errors import UnknownName
from sommelier.state import Session


@pytest.fixture
def stranger(store, entry, event):
    session = Session.new()
    said = [entry(time=5.0), entry("want", wish="cosy", scope="session", time=5.0)]
    store.commit_turn(session, "I like Heat", {}, entries=said)
    store.add_feedback(
        [event("e1", "dislike", item_id="jaws", user_id=None, session_id=session.id)]
    )
    return session.id


def test_turns_entries_and_feedback_change_hands(store, stranger):
    counts = store.adopt(stranger, "ann")
    assert counts == {"sessions": 1, "entries": 3, "feedback": 1}
    assert store.session(stranger).user_id == "ann"
    assert store.turns(stranger)
    profile = store.profile("ann")
    assert profile.liked.keys() == {"heat"}
    assert profile.disliked.keys() == profile.seen == {"jaws"}
    assert not profile.wishes  # said for that session only
    assert store.profile("ann", stranger).wishes
    store.commit_turn(Session.new(user_id="ann", session_id=stranger), "go on", {})


def test_a_second_time_changes_nothing(store, stranger):
    store.adopt(stranger, "ann")
    before = store.export("ann")
    assert set(store.adopt(stranger, "ann").values()) == {0}
    assert store.export("ann") == before
    assert set(store.adopt("never seen", "ann").values()) == {0}


@pytest.mark.parametrize(("time", "wins"), [(1.0, "stranger"), (9.0, "user")])
def test_of_two_that_contradict_the_newest_counts(store, stranger, entry, time, wins):
    store.add_entries([entry("dislike", time, user_id="ann")])
    store.adopt(stranger, "ann")
    profile = store.profile("ann")
    assert ("heat" in profile.liked) == (wins == "stranger")
    assert ("heat" in profile.disliked) == (wins == "user")
    about = [e for e in store.entries("ann", trail=True) if e.item_id == "heat"]
    [old] = [e for e in about if not e.active]
    assert old.superseded_by == next(e.id for e in about if e.active)


def test_the_session_of_somebody_else_is_not_there(store, stranger, event):
    store.adopt(stranger, "ann")
    with pytest.raises(UnknownName) as caught:
        store.adopt(stranger, "bob")
    assert caught.value.http_status == 404
    assert store.session(stranger).user_id == "ann"
    store.add_feedback([event("x", user_id="ann", session_id="only heard")])
    with pytest.raises(UnknownName):
        store.adopt("only heard", "bob")
