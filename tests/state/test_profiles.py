"""Entries and the profile they add up to."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.errors import UsageError
from sommelier.state import Entry, merge

HORROR = {"field": "genres", "op": "contains", "value": "Horror"}


def entry(polarity="like", time=0.0, **more):
    subject = {} if {"condition", "wish"} & set(more) else {"item_id": "heat"}
    return Entry(**{"polarity": polarity, "source": "said", "time": time, **subject, **more})


entries = st.lists(
    st.builds(
        entry,
        polarity=st.sampled_from(["like", "dislike", "want", "avoid"]),
        time=st.floats(0, 1e9),
        item_id=st.sampled_from(["heat", "alien", "amélie"]),
        weight=st.floats(0.01, 10),
    ),
    max_size=8,
).map(lambda found: [Entry(**{**vars(e), "id": n}) for n, e in enumerate(found)])


def test_likes_dislikes_conditions_and_wishes_come_apart():
    profile = merge(
        [
            entry(item_id="heat", weight=2.0),
            entry("dislike", item_id="alien"),
            entry("avoid", condition=HORROR),
            entry("want", wish="something cosy"),
        ],
        now=0,
    )
    assert profile.liked == {"heat": 2.0}
    assert profile.disliked == {"alien": 1.0}
    assert [(p.entry.condition, p.weight) for p in profile.conditions] == [(HORROR, -1.0)]
    assert [(p.entry.wish, p.weight) for p in profile.wishes] == [("something cosy", 1.0)]


def test_the_newest_of_two_contradicting_entries_counts():
    assert merge([entry("like", 1), entry("dislike", 2)], now=2).liked == {}
    assert set(merge([entry("dislike", 1), entry("like", 2)], now=2).liked) == {"heat"}


def test_an_inactive_entry_does_not_count():
    assert merge([entry(active=False)], now=0).preferences == ()


def test_case_and_order_of_values_do_not_make_another_subject():
    one = entry(condition={"field": "genres", "op": "in", "value": ["Drama", "War"]})
    two = entry(condition={"field": "genres", "op": "in", "value": ("war", "DRAMA")})
    other = entry(condition={"field": "year", "op": "between", "value": [1990, 1980]})
    turned = entry(condition={"field": "year", "op": "between", "value": [1980, 1990]})
    assert one.subject == two.subject
    assert other.subject != turned.subject
    assert entry(wish="So  Cosy").subject == entry(wish="so cosy").subject


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(found, chance: random.Random):
    shuffled = found.copy()
    chance.shuffle(shuffled)
    assert merge(found, now=1e9) == merge(shuffled, now=1e9)


@given(entries, st.floats(1, 1e8))
def test_after_one_half_life_more_every_weight_is_half(found, half_life):
    now = 1e9
    before = merge(found, now, half_life)
    after = merge(found, now + half_life, half_life)
    for old, new in zip(before.preferences, after.preferences, strict=True):
        assert new.weight == pytest.approx(old.weight / 2, rel=1e-6, abs=1e-300)


@given(entries)
def test_without_a_half_life_weights_stay_as_they_are(found):
    for preference in merge(found, 1e12, None).preferences:
        assert abs(preference.weight) == preference.entry.weight


@given(entries)
def test_one_preference_a_subject_and_the_sign_of_its_polarity(found):
    profile = merge(found, now=1e9, half_life=None)
    subjects = [p.entry.subject for p in profile.preferences]
    assert sorted(subjects) == sorted({e.subject for e in found})
    for preference in profile.preferences:
        assert (preference.weight > 0) == (preference.entry.polarity in ("like", "want"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"polarity": "love"},
        {"source": "guessed"},
        {"scope": "forever"},
        {"weight": 0.0},
        {"weight": float("nan")},
        {"item_id": None},
        {"wish": "cosy", "item_id": "heat"},
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused(wrong):
    with pytest.raises(UsageError):
        Entry(**{"polarity": "like", "source": "said", "time": 0, "item_id": "heat", **wrong})
