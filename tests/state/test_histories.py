"""Where a history leads: to the session in which exactly that was said, and nothing since."""

import pytest

from sommelier.errors import StateError
from sommelier.state import Session


@pytest.fixture
def spoken(store):
    """Say a number of things in a session, and note each time which digest leads there."""

    def say(*digests, user_id=None, session_id=None, time=1.0, **more):
        session = Session.new(user_id=user_id, session_id=session_id)
        for digest in digests:
            turn = store.commit_turn(session, digest, {}, time=time, **more)
            store.remember(session.id, turn.number, digest)
        return session.id

    return say


def test_what_was_said_leads_to_its_session_and_its_last_turn(store, spoken):
    session = spoken("hello", "hello, space")
    assert store.remembered("hello, space", None) == (session, 2)
    assert store.remembered("never said", None) is None


def test_only_the_last_of_a_session_s_digests_leads_to_it(store, spoken):
    spoken("hello", "hello, space")
    assert store.remembered("hello", None) is None


def test_a_session_that_went_on_otherwise_is_not_found(store, spoken):
    session = spoken("hello")
    store.commit_turn(Session.new(session_id=session), "by another way", {})
    assert store.remembered("hello", None) is None
    store.remember(session, 2, "both")
    assert store.remembered("both", None) == (session, 2)


def test_a_session_is_found_by_its_own_person_only(store, spoken):
    hers, nobodys = spoken("hello", user_id="ann"), spoken("hello")
    assert store.remembered("hello", "ann") == (hers, 1)
    assert store.remembered("hello", None) == (nobodys, 1)
    assert store.remembered("hello", "bob") is None


def test_of_several_the_last_used_is_taken(store, spoken):
    spoken("hello", time=1.0)
    last = spoken("hello", time=3.0)
    spoken("hello", time=2.0)
    assert store.remembered("hello", None) == (last, 1)


def test_what_was_done_in_a_session_hides_it_where_nobody_owns_it(store, spoken, event):
    nobodys, hers = spoken("hello"), spoken("hello", user_id="ann")
    store.add_feedback(
        [event("e1", user_id=None, session_id=nobodys), event("e2", session_id=hers)]
    )
    assert store.remembered("hello", None) is None
    assert store.remembered("hello", "ann") == (hers, 1)


def test_what_was_done_by_the_messages_themselves_hides_nothing(store, spoken, event):
    said = event("s" * 32 + ":1:0", user_id=None, session_id="s" * 32)
    session = spoken("I like it", session_id="s" * 32, feedback=[said])
    assert store.remembered("I like it", None) == (session, 1)


def test_a_session_that_is_erased_leads_nowhere(store, spoken):
    session, hers = spoken("hello"), spoken("hello", user_id="ann")
    store.erase(session_id=session, turns=True)
    store.erase("ann", turns=True)
    assert store.remembered("hello", None) is store.remembered("hello", "ann") is None
    with pytest.raises(StateError):
        store.remember(hers, 1, "hello")


def test_a_session_that_was_adopted_is_found_by_its_owner(store, spoken):
    session = spoken("hello")
    store.adopt(session, "ann")
    assert store.remembered("hello", None) is None
    assert store.remembered("hello", "ann") == (session, 1)
