"""Coverage, novelty, diversity and popularity, against sums done the slow way."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sommelier.evaluation.metrics import (
    coverage,
    diversity,
    gini,
    novelty,
    popularity_percentile,
)

LISTS = np.array([[0, 1, 2], [0, 3, -1]], np.int32)


def test_coverage_counts_items_that_stand_anywhere():
    assert coverage(LISTS, 8) == 0.5
    assert coverage(np.full((2, 3), -1, np.int32), 8) == 0


def test_gini_is_nought_when_all_items_are_shown_alike_and_near_one_for_a_monopoly():
    assert gini(np.arange(6, dtype=np.int32).reshape(2, 3), 6) == pytest.approx(0)
    assert gini(np.zeros((50, 1), np.int32), 100) == pytest.approx(0.99)
    assert gini(np.full((2, 3), -1, np.int32), 8) == 0


def test_novelty_is_the_mean_surprise_in_bits():
    counts = np.array([7, 3, 1, 1])  # with one more each: 8, 4, 2, 2 of 16
    assert novelty(np.array([[0, 1], [2, -1]], np.int32), counts) == pytest.approx((1 + 2 + 3) / 3)


def test_the_popularity_percentile_of_the_whole_catalogue_is_a_half():
    counts = np.array([5, 5, 0, 9, 2])
    everything = np.arange(5, dtype=np.int32)[None]
    assert popularity_percentile(everything, counts) == pytest.approx(0.5)
    assert popularity_percentile(np.array([[3]], np.int32), counts) == pytest.approx(0.9)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_diversity_is_the_mean_over_pairs_for_dense_and_sparse(seed, dense):
    rng = np.random.default_rng(seed)
    vectors = rng.integers(0, 2, (9, 4)).astype(np.float32)
    lists = np.array([rng.permutation(9)[:4], [*rng.permutation(9)[:2], -1, -1], [3, -1, -1, -1]])
    found = diversity(lists.astype(np.int32), vectors if dense else sparse.csr_matrix(vectors))

    def distance(a, b):
        norm = np.linalg.norm(vectors[a]) * np.linalg.norm(vectors[b])
        return 1 - (vectors[a] @ vectors[b] / norm if norm else 0)

    slow = [
        np.mean([distance(a, b) for a, b in itertools.combinations([i for i in row if i >= 0], 2)])
        for row in lists[:2].tolist()
    ]
    assert found == pytest.approx(np.mean(slow), abs=1e-5)


def test_lists_of_one_have_no_diversity():
    assert diversity(np.array([[1]], np.int32), np.eye(3, dtype=np.float32)) == 0
