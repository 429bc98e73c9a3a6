"""BM25 on a handful of lines whose order is plain."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.instruct.words import Words

LINES = ["a red kettle", "a red pot", "a blue kettle with a red lid", "tea", ""]


def test_who_shares_more_words_stands_higher_and_nothing_shared_is_nothing():
    scores = Words.of(LINES).score(["red kettle", "zebra", ""])
    assert scores[0].argmax() == 0
    assert scores[0, 3] == scores[0, 4] == 0
    assert not scores[1:].any()


def test_a_rare_word_says_more_than_a_frequent_one():
    scores = Words.of(LINES).score(["red tea"])
    assert scores[0].argmax() == 3


def test_a_short_line_says_its_words_more_clearly():
    scores = Words.of(["kettle", "kettle of many colours and shapes", "pot", "pan", "tea"]).score(
        ["kettle"]
    )
    assert scores[0, 0] > scores[0, 1] > scores[0, 2] == 0


def test_plurals_are_the_same_word():
    assert Words.of([*LINES, "kettles"]).score(["kettles"])[0, 0] > 0


def test_what_is_kept_scores_as_before():
    words = Words.of(LINES)
    again = Words.restored(words.arrays(), len(LINES))
    np.testing.assert_array_equal(words.score(["red tea"]), again.score(["red tea"]))


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8), st.text(max_size=30))
def test_scores_are_finite_and_never_negative_whatever_is_said(texts, asked):
    scores = Words.of(texts).score([asked])
    assert scores.shape == (1, len(texts))
    assert np.isfinite(scores).all() and (scores >= 0).all()
