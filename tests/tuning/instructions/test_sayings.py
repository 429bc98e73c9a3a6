"""Wishes and likings of the toy bookshop, where it is plain what can be said."""

from collections import Counter
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.testing import toy
from sommelier.tools.text import normal
from sommelier.tuning.instructions.phrases import Phrases, content_words
from sommelier.tuning.instructions.sayings import Sayings, context, rationale


@pytest.fixture(scope="module")
def sayings():
    return Sayings(toy.world(18).dataset.catalog)


def test_a_phrase_crosses_no_stop_word_and_no_punctuation():
    found = Phrases(["a dying planet, and the old one", "a dying planet"] + ["soup"] * 20)
    assert found.of[0][0] == "dying planet"
    assert not any("old" in phrase and "dying" in phrase for phrase in found.of[0])


def test_what_a_single_item_says_is_a_name_and_no_phrase():
    found = Phrases(["zanzibar at night", "night bus"] + ["soup"] * 20)
    assert found.of[0] == ("night",)


def test_what_most_items_say_is_no_phrase():
    found = Phrases([f"story {word}" for word in ("ship", "ship", "pot", "pot", "hat", "hat") * 4])
    assert all(
        "story" not in phrase.split() for one in found.of for phrase in one if " " not in phrase
    )


def test_content_words_are_what_is_left_without_the_small_ones():
    assert content_words("The Ship that was not here") == ["ship"]


@given(st.integers(0, 10_000), st.integers(0, 14))
def test_a_wish_never_names_its_target(sayings, seed, item):
    rng = Random(seed)
    for said in (sayings.vague(item, rng), sayings.specific(item, rng)):
        if said is not None:
            assert not sayings.names(item, said.text)
            assert f" {normal(sayings.catalog.titles[item])} " not in f" {normal(said.text)} "


def test_a_text_with_most_words_of_a_title_gives_it_away(sayings):
    locked = sayings.catalog.titles.index("The Locked Conservatory")
    assert sayings.names(locked, "something like the locked conservatory please")
    assert sayings.names(locked, "a conservatory, locked")
    assert not sayings.names(locked, "a detective under glass")


def test_a_specific_wish_says_categories_of_the_target(sayings):
    ferryman = sayings.catalog.titles.index("The Ferryman's Debt")
    said = {sayings.specific(ferryman, Random(seed)).evidence for seed in range(20)}
    assert {word for one in said for word in one} == {"Crime", "History"}


def test_an_item_without_words_has_no_wish(sayings):
    silent = toy.LATER[1]
    assert sayings.vague(silent, Random(1)) is None
    assert sayings.specific(silent, Random(1)) is None


def test_a_liking_says_what_the_history_has_and_the_catalogue_has_less(sayings):
    space = np.arange(5, 9, dtype=np.int32)
    said = Counter(
        word for seed in range(30) for word in sayings.liking(space, Random(seed)).evidence
    )
    assert set(said) <= {"Space", "planet", "starship", "planet without", "star"}
    assert said["Space"] or said["planet"]


def test_nothing_met_is_nothing_liked(sayings):
    assert sayings.liking(np.empty(0, np.int32), Random(0)) is None


def test_wishes_by_association_use_what_several_neighbours_say(monkeypatch):
    monkeypatch.setattr("sommelier.tuning.instructions.sayings._NEAR", 5)
    dataset = toy.world(18).dataset
    vectors = np.eye(4, dtype=np.float32)[[*([0] * 5), *([1] * 5), *([2] * 5), 3, 1, 3]]
    near = Sayings(dataset.catalog, vectors=vectors)
    assert near._around(9)[0] == "starship"


def test_a_rationale_names_what_the_wish_and_the_item_share(sayings):
    told = rationale(sayings, 5, np.arange(6, 8, dtype=np.int32), "by starlight")
    assert "starlight" in told and sayings.catalog.titles[5] in told
    assert "Space" in told


def test_braces_in_data_stay_what_they_are():
    from sommelier.tuning.instructions.sayings import _filled

    assert _filled("{a} and {b}", a="{b}", b="x") == "{b} and x"


def test_a_context_is_one_of_the_written_ones():
    assert len({context(Random(seed)) for seed in range(200)}) > 10
