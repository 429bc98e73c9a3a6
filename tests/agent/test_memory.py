"""From what was heard and done to entries, events and the profile of this very turn."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.agent.memory import (
    avoided,
    entries_of,
    events_of,
    fitting,
    forgotten,
    preview,
    situation,
    sound,
)
from sommelier.agent.plan import Plan, Update
from sommelier.agent.working import Working
from sommelier.data.predicates import from_json
from sommelier.state import Entry, Preference, Profile, Store

HORROR = {"field": "genres", "op": "contains", "value": "Horror"}
COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
LOST = {"field": "colour", "op": "=", "value": "red"}


def entry(polarity="dislike", **subject):
    given = {"source": "said", "time": 1.0, "scope": "lasting"}
    return Entry(polarity=polarity, **given, **subject)


def profile(*entries):
    return Profile(tuple(Preference(e, e.sign * 1.0) for e in entries))


def test_updates_become_entries_with_their_scope():
    updates = [
        Update(polarity="like", item="f01"),
        Update(polarity="avoid", condition=HORROR, scope="session"),
        Update(polarity="want", wish="cosy"),
    ]
    made = entries_of(updates, 7.0)
    assert [e.polarity for e in made] == ["like", "avoid", "want"]
    assert [e.scope for e in made] == ["lasting", "session", "lasting"]
    assert {e.time for e in made} == {7.0}
    assert {e.source for e in made} == {"said"}


def test_events_of_a_turn_have_ids_of_their_own_that_a_repeat_shares():
    reactions = [("f01", "like"), ("f01", "seen"), ("f02", "reject")]
    ids = [e.event_id for e in events_of(reactions, "s", 3, 1.0)]
    assert len(set(ids)) == 3
    assert ids == [e.event_id for e in events_of(reactions, "s", 3, 9.0)]
    assert not set(ids) & {e.event_id for e in events_of(reactions, "s", 4, 1.0)}


subjects = st.sampled_from([{"item_id": "f01"}, {"condition": HORROR}, {"wish": "cosy"}])
entries = st.builds(
    lambda polarity, subject: entry(polarity, **subject),
    st.sampled_from(["like", "dislike", "avoid", "want"]),
    subjects,
)


@settings(deadline=None)  # every example opens a database
@given(st.lists(entries, max_size=6))
def test_the_preview_is_the_profile_that_the_store_will_give(tmp_path_factory, listed):
    updates = tuple(
        Update(polarity=e.polarity, item=e.item_id, condition=e.condition, wish=e.wish)
        for e in listed
    )
    shown = preview(Profile(), Plan(updates=updates), (), 5.0)
    with Store.open(tmp_path_factory.mktemp("p") / "s.db") as store:
        for one in entries_of(updates, 5.0):
            store.add_entries([one.__class__(**{**one.__dict__, "user_id": "ann"})])
        stored = store.profile("ann", now=5.0)
    wanted = {p.entry.subject: p.weight for p in stored.preferences}
    newest = {p.entry.subject: p.weight for p in shown.preferences}
    assert newest == wanted


def test_a_new_opinion_replaces_the_old_one_and_a_forgotten_one_is_gone():
    before = profile(entry(condition=HORROR), entry("like", item_id="f01"))
    after = preview(before, Plan(updates=(Update(polarity="like", condition=HORROR),)), (), 5.0)
    assert [p.weight > 0 for p in after.conditions] == [True]
    gone = preview(before, Plan(forget=("item:f01",)), (), 5.0)
    assert not gone.liked
    assert not preview(before, Plan(forget=("*",)), (), 5.0).preferences


def test_a_reaction_counts_at_once():
    after = preview(
        Profile(), Plan(), events_of([("f01", "reject"), ("f02", "seen")], "s", 1, 1), 5
    )
    assert set(after.disliked) == {"f01"}
    assert after.seen == {"f01", "f02"}


def test_refusals_hold_unless_asked_for_outright():
    before = profile(entry(condition=HORROR), entry("like", condition=COMEDY))
    assert avoided(before, []) == [from_json(HORROR)]
    assert avoided(before, [COMEDY]) == [from_json(HORROR)]
    assert avoided(before, [HORROR]) == []
    assert avoided(before, [{"any": [COMEDY, HORROR]}]) == []


def test_only_stored_entries_of_the_named_subjects_are_taken_back():
    stored = Entry(**{**entry(condition=HORROR).__dict__, "id": 4})
    before = profile(stored, entry("like", item_id="f01"))
    assert forgotten(before, Plan(forget=(stored.subject,))) == [4]
    assert forgotten(before, Plan(forget=("*",))) == [4]
    assert forgotten(before, Plan()) == []


def test_what_the_catalogue_has_lost_is_passed_over(cinema_box):
    before = profile(
        entry(condition=LOST),
        entry("like", item_id="gone"),
        entry(condition=HORROR),
        entry(wish="x"),
    )
    kept = fitting(cinema_box, before).preferences
    assert [p.entry.condition or p.entry.wish for p in kept] == [HORROR, "x"]
    person = situation(cinema_box, before, Working(), None).person
    assert len(person.liked) == 0


@pytest.mark.parametrize("update", [{"item": "gone"}, {"condition": LOST}])
def test_updates_that_do_not_fit_are_never_stored(cinema_box, update):
    plan = Plan(updates=(Update(polarity="like", **update), Update(polarity="like", item="f01")))
    assert [u.item for u in sound(cinema_box, plan).updates] == ["f01"]
