"""What was heard weighs on the order: less the longer ago, and the newest word stands."""

import pytest

from sommelier.agent.executor import Executor
from sommelier.agent.memory import avoided, leanings, longings, situation
from sommelier.agent.plan import Plan, Rank
from sommelier.agent.policy import Policy
from sommelier.agent.working import Working
from sommelier.state.profiles import HALF_LIFE, Entry, merge

HORROR = {"field": "genres", "op": "contains", "value": "Horror"}
COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}
NOW = 1_800_000_000.0


def entry(polarity, *, seasons=0.0, **subject):
    time = NOW - seasons * HALF_LIFE
    return Entry(polarity=polarity, source="said", time=time, scope="lasting", **subject)


def profile(*entries):
    return merge(entries, NOW)


@pytest.fixture
def ranked(cinema_box):
    """Return the parts of the score of every item a list may hold."""

    def run(known, user_id=None, text=""):
        at = situation(cinema_box, known, Working(), user_id)
        plan = Plan(steps=(Rank(n=50, text=text),))
        return Executor(cinema_box, Policy()).run(plan, at)

    return run


def test_a_refusal_lasts_and_a_dislike_fades_to_a_leaning():
    old = profile(entry("avoid", seasons=9, condition=HORROR))
    assert avoided(old, []) and not leanings(old)
    fresh = profile(entry("dislike", seasons=1, condition=HORROR))
    assert avoided(fresh, []) and not leanings(fresh)
    faded = profile(entry("dislike", seasons=3, condition=HORROR))
    [(_, weight)] = leanings(faded)
    assert not avoided(faded, []) and weight == pytest.approx(-0.125)


def test_a_faded_dislike_puts_items_back_but_not_away(ranked):
    def genres(outcome):
        return {genre for card in outcome.cards for genre in card.row["genres"] or ()}

    assert "Horror" not in genres(ranked(profile(entry("dislike", condition=HORROR))))
    faded = ranked(profile(entry("dislike", seasons=3, condition=HORROR)))
    assert "Horror" in genres(faded)
    lean = dict(zip(faded.item_ids, faded.candidates.parts["lean"].tolist(), strict=True))
    horror = [c.item_id for c in faded.cards if "Horror" in (c.row["genres"] or ())]
    assert all(lean[item] < 0 for item in horror)


def test_what_was_liked_long_ago_weighs_less_than_what_is_liked_now(cinema_box):
    known = profile(
        entry("like", seasons=2, item_id="f01"),
        entry("like", item_id="f02"),
        at := entry("like", item_id="gone"),
    )
    assert at.item_id == "gone"
    person = situation(cinema_box, known, Working(), None).person
    assert cinema_box.ids(person.liked) == ["f02"] and cinema_box.ids(person.faded) == ["f01"]
    assert person.query.weights.tolist() == [pytest.approx(0.25)]
    assert {*cinema_box.ids(person.refused)} == {"f01", "f02"}
    one = cinema_box.ranker.contributions(person.query, 5)
    both = [one.get(cinema_box.catalog.index[item], 0.0) for item in ("f01", "f02")]
    full = cinema_box.ranker.contributions(cinema_box.person(None, ["f01", "f02"]).query, 5)
    assert both[0] == pytest.approx(0.25 * full.get(1, 0.0), rel=1e-4)
    assert both[1] == pytest.approx(full.get(2, 0.0), rel=1e-4)


def test_a_faded_liking_stands_before_the_log_in_time(cinema_box):
    known = profile(entry("like", seasons=2, item_id="f01"))
    person = situation(cinema_box, known, Working(), "v0").person
    history = cinema_box.history("v0")
    assert len(history) and person.query.history.tolist() == [1, *history.tolist()]
    assert person.query.weights.tolist()[1:] == [1.0] * len(history)


def test_free_wishes_weigh_on_the_order_and_refused_ones_against_it(ranked):
    liked = ranked(profile(entry("like", wish="lighthouse sea")))
    hated = ranked(profile(entry("dislike", wish="lighthouse sea")))
    one = dict(zip(liked.item_ids, liked.candidates.parts["longing"].tolist(), strict=True))
    two = dict(zip(hated.item_ids, hated.candidates.parts["longing"].tolist(), strict=True))
    assert all(one[item] == pytest.approx(-two[item], abs=1e-4) for item in one)
    assert liked.item_ids != hated.item_ids
    assert "longing" not in ranked(profile()).candidates.parts


def test_only_the_weightiest_wishes_count_and_none_twice():
    wishes = [entry("like", seasons=n / 10, wish=f"wish {n}") for n in range(6)]
    assert [wish for wish, _ in longings(profile(*wishes))] == ["wish 0", "wish 1", "wish 2"]
    [first, *_] = longings(profile(*wishes), "Wish 0 please")
    assert first[0] == "wish 1"


def test_the_newest_of_two_contradicting_entries_stands():
    known = profile(entry("like", seasons=1, condition=COMEDY), entry("avoid", condition=COMEDY))
    assert len(known.conditions) == 1 and avoided(known, [])
