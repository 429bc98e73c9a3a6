"""Intervals cover, tests tell, and both repeat with their seed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sommelier.evaluation.significance import difference, holm, interval


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    rng = np.random.default_rng(0)
    values = (rng.random(4000) < 0.1).astype(float)
    low, high = interval(values, seed=1)
    width = 2 * 1.96 * values.std() / np.sqrt(len(values))
    assert low < values.mean() < high
    assert high - low == pytest.approx(width, rel=0.1)


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(3)
    covered = 0
    for trial in range(300):
        low, high = interval((rng.random(300) < 0.3).astype(float), seed=trial)
        covered += low <= 0.3 <= high
    assert 270 <= covered <= 298


@given(st.integers(0, 5), st.lists(st.sampled_from([0.0, 0.5, 1.0]), max_size=30))
def test_the_same_seed_gives_the_same_interval(seed, values):
    array = np.array(values)
    assert interval(array, seed=seed) == interval(array, seed=seed)


def test_a_real_difference_is_told_from_chance():
    rng = np.random.default_rng(5)
    one = rng.random(500)
    assert difference(one, one + 0.02, seed=0) < 0.001
    assert difference(one, rng.permutation(one), seed=0) > 0.05
    assert difference(one, one, seed=0) == 1.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000))
def test_p_agrees_with_the_t_test_where_that_one_holds(seed):
    rng = np.random.default_rng(seed)
    one = np.round(rng.random(400), 1)
    other = np.round(one + rng.normal(0.01, 0.2, 400), 1)
    expected = stats.ttest_rel(one, other).pvalue
    assert difference(one, other, seed=seed) == pytest.approx(expected, abs=0.05)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
