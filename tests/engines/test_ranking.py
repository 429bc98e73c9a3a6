"""From scores to lists."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sommelier.engines import ranking
from sommelier.engines.query import Query
from sommelier.engines.ranking import best, top_k
from sommelier.errors import DataError, UsageError

_TIED = arrays.arrays(
    np.float32,
    st.tuples(st.integers(0, 5), st.integers(1, 30)),
    elements=st.sampled_from([-np.inf, -1.0, 0.0, -0.0, 0.5, 2.0]),
)


@given(scores=_TIED, k=st.integers(0, 32))
def test_best_is_a_stable_sort_cut_off_at_k(scores, k):
    right = np.argsort(-scores, axis=1, kind="stable")[:, :k].astype(np.int32)
    right[np.isneginf(np.take_along_axis(scores, right, axis=1))] = -1
    np.testing.assert_array_equal(best(scores, k), right)


def fixed(scores):
    scores = np.asarray(scores, np.float32)

    def score(queries, items):
        rows = np.array([query.times[0] for query in queries])
        return scores[rows] if items is None else scores[rows][:, items]

    return score, [Query(times=np.array([row])) for row in range(len(scores))]


def test_batches_and_threads_change_nothing(monkeypatch):
    scores = np.random.default_rng(1).integers(0, 4, (50, 20))
    score, asked = fixed(scores)
    whole = top_k(score, asked, 7, 20)
    monkeypatch.setattr(ranking, "_CELLS", 60)
    for threads in (0, 1, 3):
        parts = top_k(score, asked, 7, 20, threads=threads)
        np.testing.assert_array_equal(parts.items, whole.items)
        np.testing.assert_array_equal(parts.scores, whole.scores)


def test_short_lists_are_filled_and_rows_leave_the_filling_out():
    score, asked = fixed([[3.0, np.nan, 5.0]])
    found = top_k(score, asked, 4, 3)
    assert found.items.tolist() == [[2, 0, -1, -1]]
    assert list(found.row(0)) == [(2, 5.0), (0, 3.0)]
    assert len(found) == 1


def test_what_was_told_is_hidden_also_among_candidates():
    score, _ = fixed([[1.0, 2.0, 3.0, 4.0]])
    query = Query.of([3], liked=[0], times=np.array([0]))
    assert top_k(score, [query], 4, 4).items.tolist() == [[2, 1, -1, -1]]
    some = np.array([3, 1, 1])
    assert top_k(score, [query], 2, 4, candidates=some).items.tolist() == [[1, -1]]
    assert top_k(score, [query], 2, 4, candidates=some, seen=True).items.tolist() == [[3, 1]]


def test_no_candidates_give_empty_lists():
    score, asked = fixed([[1.0, 2.0]])
    assert top_k(score, asked, 2, 2, candidates=np.empty(0, np.int32)).items.tolist() == [[-1, -1]]


def test_the_engines_own_scores_are_left_as_they_were():
    scores = np.array([[1.0, 2.0]], np.float32)
    top_k(lambda queries, items: scores, [Query.of([1])], 1, 2)
    assert scores.tolist() == [[1.0, 2.0]]


def test_strange_candidates_and_a_negative_k_are_errors():
    score, asked = fixed([[1.0, 2.0]])
    with pytest.raises(DataError, match="0 to 1"):
        top_k(score, asked, 1, 2, candidates=np.array([2]))
    with pytest.raises(UsageError, match="-1"):
        top_k(score, asked, -1, 2)


def test_scores_may_lie_in_memory_as_they_like():
    scores = np.asfortranarray(np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]], np.float32))
    asked = [Query.of([2]), Query.of([0])]
    assert top_k(lambda queries, items: scores, asked, 1, 3).items.tolist() == [[1], [1]]
