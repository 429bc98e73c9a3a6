"""Words found letter by letter in scripts that the encoder cannot read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.tools.grams import Grams

TEXTS = [
    "太空飞船的冒险",
    "京剧师兄弟",
    "一个人在太空里，太空很大",
    "",
    "Ракета летит к звёздам",
    "空太",
]


def test_texts_that_hold_the_word_score_and_others_do_not():
    scores = Grams(TEXTS).score("太空")
    assert np.flatnonzero(scores).tolist() == [0, 2]
    assert scores[2] > scores[0]


def test_other_scripts_are_found_by_parts_of_words_whatever_the_ending():
    assert Grams(TEXTS).score("звезда").argmax() == 4


def test_a_single_letter_is_looked_for_where_it_stands_alone():
    assert np.flatnonzero(Grams(TEXTS).score("剧")).tolist() == [1]


@pytest.mark.parametrize(
    ("word", "known"),
    [("太空", True), ("京剧", True), ("赛博朋克", False), ("", False), ("宇宙", False)],
)
def test_a_word_is_known_if_most_of_it_stands_in_a_text(word, known):
    assert Grams(TEXTS).knows(word) is known


def test_nothing_is_found_in_nothing():
    assert Grams([]).score("太空").tolist() == []
    assert not Grams(["", ""]).knows("太空")


@given(st.lists(st.text(max_size=20), max_size=6), st.text(max_size=10))
def test_any_texts_and_any_words_give_finite_scores(texts, said):
    scores = Grams(texts).score(said)
    assert scores.shape == (len(texts),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
