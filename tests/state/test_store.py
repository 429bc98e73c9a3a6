"""What the store keeps, for whom, and in which order."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sommelier.errors import StateError, UnknownName, UsageError
from sommelier.state import Entry, Session, Store, merge


def test_a_turn_comes_back_as_it_was_committed(store):
    session = Session.new(user_id="ann")
    record = {"reply": "Voilà, 你好", "items": [{"item_id": "heat", "score": 0.5}]}
    turn = store.commit_turn(session, "a thriller", record, state={"version": 3}, time=5.0)
    assert turn.number == 1
    assert store.turns(session.id) == [turn]
    assert turn.record == record
    assert store.turns(session.id)[0].state == {"version": 3}


def test_a_session_is_stored_with_its_first_turn_and_named_after_it(store):
    session = Session.new(user_id="ann")
    assert store.sessions("ann") == []
    store.commit_turn(session, "a thriller", {}, time=5.0)
    store.commit_turn(session, "shorter ones", {}, time=9.0)
    found = store.session(session.id)
    assert (found.title, found.updated, found.user_id) == ("a thriller", 9.0, "ann")
    assert [turn.number for turn in store.turns(session.id)] == [1, 2]
    assert [turn.number for turn in store.turns(session.id, last=1)] == [2]


def test_sessions_come_last_used_first_and_only_those_of_the_user(store):
    early, late, other = (Session.new(user_id=user) for user in ("ann", "ann", "bob"))
    for time, session in enumerate([early, late, other, early]):
        store.commit_turn(session, "hello", {}, time=float(time))
    assert [found.id for found in store.sessions("ann")] == [early.id, late.id]
    assert len(store.sessions()) == 3


def test_an_unknown_session_is_an_error(store):
    with pytest.raises(UnknownName):
        store.session("nothing")


def test_nobody_may_go_on_with_the_session_of_somebody_else(store):
    session = Session.new(user_id="ann")
    store.commit_turn(session, "hello", {})
    with pytest.raises(UsageError, match="somebody else"):
        store.commit_turn(Session.new(user_id="bob", session_id=session.id), "hello", {})
    assert len(store.turns(session.id)) == 1


def test_a_turn_that_cannot_be_stored_leaves_nothing_behind(store, entry, event):
    session = Session.new(user_id="ann")
    with pytest.raises(StateError, match="cannot be stored"):
        store.commit_turn(session, "hi", {"score": float("nan")}, entries=[entry()])
    homeless = Entry(polarity="like", source="said", time=1, item_id="heat", scope="session")
    with pytest.raises(UsageError):
        store.add_entries([entry(user_id="ann"), homeless])
    assert store.sessions() == []
    assert store.entries("ann", trail=True) == []


def test_lasting_entries_count_in_every_session_and_others_only_in_theirs(store, entry):
    first, second = Session.new(user_id="ann"), Session.new(user_id="ann")
    tonight = entry("want", wish="cosy", scope="session")
    store.commit_turn(first, "…", {}, entries=[entry(), tonight])
    assert store.profile("ann", first.id).wishes
    assert not store.profile("ann", second.id).wishes
    assert set(store.profile("ann", second.id).liked) == {"heat"}
    assert store.profile("bob").preferences == ()
    assert store.profile().preferences == ()


def test_a_stranger_has_a_profile_within_the_session(store, entry):
    session = Session.new()
    store.commit_turn(session, "…", {}, entries=[entry(), entry("avoid", wish="gore")])
    assert len(store.profile(session_id=session.id).preferences) == 2
    assert store.profile(session_id=Session.new().id).preferences == ()
    assert store.profile("ann").preferences == ()


def test_a_contradiction_resolves_to_the_newest_and_keeps_the_trail(store, entry):
    old, new = store.add_entries(
        [entry("like", 1, user_id="ann"), entry("dislike", 2, user_id="ann")]
    )
    [active] = store.entries("ann")
    trail = store.entries("ann", trail=True)
    assert active == new
    assert [(e.id, e.active, e.superseded_by) for e in trail] == [
        (old.id, False, new.id),
        (new.id, True, None),
    ]
    assert store.profile("ann").disliked.keys() == {"heat"}


def test_an_entry_that_arrives_late_does_not_beat_a_newer_one(store, entry):
    new, late = store.add_entries(
        [entry("dislike", 2, user_id="ann"), entry("like", 1, user_id="ann")]
    )
    assert not late.active
    assert late.superseded_by == new.id
    assert store.profile("ann").liked == {}


def test_people_do_not_contradict_one_another(store, entry):
    store.add_entries([entry("like", 1, user_id="ann"), entry("dislike", 2, user_id="bob")])
    assert set(store.profile("ann").liked) == {"heat"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.builds(
            Entry,
            polarity=st.sampled_from(["like", "dislike"]),
            source=st.just("said"),
            time=st.integers(0, 4).map(float),
            item_id=st.sampled_from(["heat", "alien"]),
            scope=st.sampled_from(["session", "lasting"]),
            user_id=st.just("ann"),
            session_id=st.just("s1"),
        ),
        max_size=8,
    )
)
def test_the_stored_profile_is_the_merge_of_all_entries(tmp_path_factory, found):
    with Store.open(tmp_path_factory.mktemp("state") / "state.sqlite") as store:
        stored = store.add_entries(found)
        expected = merge((Entry(**{**vars(e), "active": True}) for e in stored), now=10)
        kept = store.profile("ann", "s1", now=10)
        strip = [(p.entry.id, p.weight) for p in kept.preferences]
        assert strip == [(p.entry.id, p.weight) for p in expected.preferences]


def test_an_entry_can_be_taken_back_and_stays_in_the_trail(store, entry):
    session = Session.new(user_id="ann")
    store.commit_turn(session, "I like Heat", {}, entries=[entry()])
    [known] = store.entries("ann")
    store.commit_turn(session, "forget that", {}, retract=[known.id])
    assert store.entries("ann") == []
    assert len(store.entries("ann", trail=True)) == 1


def test_nobody_can_take_back_what_somebody_else_said(store, entry):
    [known] = store.add_entries([entry(user_id="ann")])
    store.commit_turn(Session.new(user_id="bob"), "forget that", {}, retract=[known.id])
    assert len(store.entries("ann")) == 1


def test_editing_supersedes_and_only_the_owner_may(store, entry):
    [known] = store.add_entries([entry(user_id="ann")])
    changed = store.edit("ann", known.id, polarity="dislike", weight=3.0)
    assert store.entries("ann") == [changed]
    assert store.entries("ann", trail=True)[0].superseded_by == changed.id
    with pytest.raises(UnknownName):
        store.edit("bob", changed.id, weight=1.0)


def test_feedback_counts_once_however_often_it_comes(store, event):
    assert store.add_feedback([event(), event(), event("e2", "seen")]) == 2
    assert store.add_feedback([event()]) == 0
    assert [found.event_id for found in store.feedback("ann")] == ["e1", "e2"]
    assert len(store.entries("ann", trail=True)) == 1


def test_a_large_delivery_of_feedback_is_stored_whole_and_once(store, event):
    many = [event(f"e{n}", "click") for n in range(40_000)]
    assert store.add_feedback(many) == 40_000
    assert store.add_feedback(many) == 0


def test_feedback_changes_the_profile_at_once(store, event):
    session = Session.new(user_id="ann")
    reactions = [
        event("e1", "accept", item_id="heat"),
        event("e2", "reject", item_id="alien"),
        event("e3", "seen", item_id="up"),
        event("e4", "click", item_id="jaws"),
    ]
    store.commit_turn(session, "the first", {}, feedback=reactions)
    profile = store.profile("ann", session.id)
    assert profile.liked.keys() == {"heat"}
    assert profile.disliked.keys() == {"alien"}
    assert profile.seen == {"heat", "alien", "up"}
    assert store.profile("ann").disliked == {}  # a rejection is for tonight


def test_a_rejection_outside_any_session_lasts(store, event):
    store.add_feedback([event(feedback_type="reject")])
    assert store.profile("ann").disliked.keys() == {"heat"}


def test_the_export_is_json_and_holds_everything_of_one_user(store, entry, event):
    for user in ("ann", "bob"):
        session = Session.new(user_id=user)
        said = [entry(wish=f"{user} wish")]
        store.commit_turn(session, user, {}, entries=said, feedback=[event(f"e-{user}")])
    told = json.dumps(store.export("ann"))
    assert "ann wish" in told
    assert "e-ann" in told
    assert "bob" not in told
    assert store.export("nobody")["entries"] == []


def test_what_turns_took_since_a_time_is_added_up(store):
    session = Session.new()
    for time, calls in ((10.0, 1), (20.0, 2), (30.0, 4)):
        usage = {"calls": calls, "cost": calls / 2}
        store.commit_turn(session, "hello", {"usage": usage}, time=time)
    store.commit_turn(session, "hello", {}, time=40.0)
    assert store.spent_since(20.0) == {"calls": 6, "cost": 3.0}
    assert store.spent_since(50.0) == {}
