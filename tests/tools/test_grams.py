"""Words found letter by letter in scripts that the encoder cannot read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from sommelier.tools.grams import FILE, Grams

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


def test_an_index_that_was_kept_is_opened_instead_of_built(tmp_path):
    plain = Grams(TEXTS).score("太空")
    assert Grams(TEXTS, tmp_path).score("太空").tolist() == plain.tolist()
    kept = load_file(tmp_path / FILE)
    save_file({**kept, "data": kept["data"] * 2}, tmp_path / FILE)
    assert Grams(TEXTS, tmp_path).score("太空").tolist() == (plain * 2).tolist()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_other_texts_make_a_kept_index_a_stale_one(tmp_path):
    Grams(TEXTS, tmp_path).warm()
    for texts in ([*TEXTS[:-1], "空太空"], TEXTS[::-1], TEXTS[:-1], ["".join(TEXTS)]):
        assert Grams(texts, tmp_path).score("太空").tolist() == Grams(texts).score("太空").tolist()
        assert Grams(texts, tmp_path).knows("京剧")


@pytest.mark.parametrize("left", [0, 7, 100, 400, -1])
def test_a_damaged_index_is_built_again(tmp_path, left):
    Grams(TEXTS, tmp_path).warm()
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:left])
    assert Grams(TEXTS, tmp_path).score("太空").tolist() == Grams(TEXTS).score("太空").tolist()
    assert (tmp_path / FILE).read_bytes() == whole


def test_where_nothing_can_be_written_an_index_is_built_all_the_same(tmp_path):
    assert Grams(TEXTS, tmp_path / "none").knows("太空")
    assert list(tmp_path.iterdir()) == []
