"""Codes are balanced, unique and repeatable. Needs no torch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sommelier.engines.semantic_id.quantise import (
    balanced,
    codebook,
    more_codes,
    places,
    residual_codes,
    told_apart,
)
from sommelier.errors import DataError

NUMBERS = st.floats(-4, 4, width=32)


def points(n, size=3, seed=0):
    return np.random.default_rng(seed).standard_normal((n, size)).astype(np.float32)


@given(st.integers(1, 40), st.integers(1, 6), st.data())
def test_no_code_is_given_more_often_than_its_share(n, codes, data):
    far = data.draw(arrays(np.float32, (n, codes), elements=NUMBERS))
    chosen = balanced(far, codes)
    assert chosen.min() >= 0
    assert np.bincount(chosen, minlength=codes).max() <= -(-n // codes)


@given(st.integers(1, 30), st.integers(1, 5), st.integers(0, 99))
def test_no_point_and_code_would_both_rather_have_each_other(n, codes, seed):
    far = np.random.default_rng(seed).random((n, codes)).astype(np.float32)
    chosen, room = balanced(far, codes), -(-n // codes)
    for point in range(n):
        for code in np.flatnonzero(far[point] < far[point, chosen[point]]):
            held = far[chosen == code, code]
            assert len(held) == room
            assert held.max() <= far[point, code]


def test_places_count_within_each_group():
    assert places(np.array([3, 3, 5, 7, 7, 7])).tolist() == [0, 1, 0, 0, 1, 2]
    assert places(np.empty(0, np.int64)).tolist() == []


@given(st.integers(1, 60), st.integers(1, 3), st.integers(2, 8), st.booleans())
def test_every_item_has_codes_of_its_own(n, levels, codes, alike):
    vectors = np.zeros((n, 3), np.float32) if alike else points(n)
    found, centres = residual_codes(vectors, levels, codes, 0)
    assert found.shape == (n, levels)
    assert centres.shape == (levels, min(codes, n), 3)
    unique = told_apart(found, np.zeros(n, np.int64))
    assert (unique[:, :levels] == found).all()
    assert len(set(map(tuple, unique.tolist()))) == n


def test_of_items_that_agree_the_most_met_comes_first():
    codes = np.array([[1, 0], [0, 0], [1, 0], [1, 0]])
    assert told_apart(codes, np.array([2, 9, 5, 2]))[:, 2].tolist() == [1, 0, 0, 2]
    assert told_apart(codes[:2], np.zeros(2, np.int64)).shape == (2, 2)


def test_each_level_comes_nearer_and_the_seed_decides():
    vectors = points(300, 8)
    one, centres = residual_codes(vectors, 3, 16, 1)
    rest = vectors
    for level in range(3):
        nearer = rest - centres[level][one[:, level]]
        assert (nearer**2).sum() < 0.8 * (rest**2).sum()
        rest = nearer
    same, _ = residual_codes(vectors, 3, 16, 1)
    other, _ = residual_codes(vectors, 3, 16, 2)
    assert (one == same).all()
    assert (one != other).any()


def test_groups_that_lie_apart_get_a_code_each():
    vectors = np.repeat(10 * np.eye(3, dtype=np.float32), 7, axis=0) + 0.1 * points(21)
    _, chosen = codebook(vectors, 3, np.random.default_rng(0))
    assert [len(set(chosen[begin : begin + 7])) for begin in (0, 7, 14)] == [1, 1, 1]
    assert len(set(chosen)) == 3


@given(st.integers(1, 30), st.integers(0, 20))
def test_items_that_come_later_get_the_nearest_codes_that_are_free(n, more):
    vectors = points(n + more)
    found, centres = residual_codes(vectors[:n], 2, 8, 0)
    codes = told_apart(found, np.zeros(n, np.int64))
    sizes = codes.max(axis=0) + 1
    if n + more > np.prod(sizes):
        with pytest.raises(DataError, match="taken"):
            more_codes(codes, centres, vectors[n:])
        return
    later = more_codes(codes, centres, vectors[n:])
    assert (later < sizes).all()
    assert len(set(map(tuple, np.vstack([codes, later]).tolist()))) == n + more


def test_a_newcomer_lies_with_what_it_is_like():
    vectors = np.repeat(10 * np.eye(3, dtype=np.float32), 7, axis=0) + 0.1 * points(21)
    codes, centres = residual_codes(vectors[:20], 2, 3, 0)
    later = more_codes(told_apart(codes, np.zeros(20, np.int64)), centres, vectors[20:])
    assert later[0, 0] == codes[14, 0]
