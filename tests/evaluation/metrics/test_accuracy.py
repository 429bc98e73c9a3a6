"""The measures agree with ir_measures (trec_eval) on any run, and with sums done by hand."""

import ir_measures
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from sommelier.evaluation.metrics import ACCURACY, hits

_NAMES = {"R": "R", "N": "nDCG", "HR": "Success", "MRR": "RR", "MAP": "AP", "P": "P"}


def relevant_of(sets, n_items):
    matrix = sparse.lil_matrix((len(sets), n_items), dtype=np.float32)
    for user, items in enumerate(sets):
        for item in items:
            matrix[user, item] = 1
    return matrix.tocsr()


@st.composite
def runs(draw):
    """Draw (ranked [n_users, k], relevant sets, n_items); lists may be short or empty."""
    n_items, k = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    ranked, sets = [], []
    for _ in range(draw(st.integers(1, 6))):
        order = draw(st.permutations(range(n_items)))[: draw(st.integers(0, min(k, n_items)))]
        ranked.append(order + [-1] * (k - len(order)))
        sets.append(draw(st.sets(st.integers(0, n_items - 1), min_size=1)))
    return np.array(ranked, np.int32), sets, n_items


@settings(max_examples=60, deadline=None)
@given(runs())
def test_every_measure_agrees_with_ir_measures(run):
    ranked, sets, n_items = run
    k = ranked.shape[1]
    relevant = relevant_of(sets, n_items)
    hit, sizes = hits(ranked, relevant), np.diff(relevant.indptr)
    judged = [
        ir_measures.Qrel(str(user), str(item), 1) for user, s in enumerate(sets) for item in s
    ]
    shown = [
        ir_measures.ScoredDoc(str(user), str(item), float(-rank))
        for user, row in enumerate(ranked.tolist())
        for rank, item in enumerate(row)
        if item >= 0
    ]
    measures = {name: ir_measures.parse_measure(f"{theirs}@{k}") for name, theirs in _NAMES.items()}
    expected = ir_measures.calc_aggregate(measures.values(), judged, shown)
    for name, measure in measures.items():
        found = ACCURACY[name](hit, sizes).mean()
        assert found == pytest.approx(expected[measure], abs=1e-9), name


def test_the_measures_of_one_list_by_hand():
    ranked = np.array([[4, 2, 0, 1]], np.int32)
    relevant = relevant_of([{2, 1, 3}], 5)
    hit, sizes = hits(ranked, relevant), np.diff(relevant.indptr)
    found = {name: measure(hit, sizes)[0] for name, measure in ACCURACY.items()}
    gain = 1 / np.log2(3) + 1 / np.log2(5)
    assert found["R"] == pytest.approx(2 / 3)
    assert found["P"] == 0.5
    assert found["HR"] == 1
    assert found["MRR"] == 0.5
    assert found["MAP"] == pytest.approx((1 / 2 + 2 / 4) / 3)
    assert found["N"] == pytest.approx(gain / (1 + 1 / np.log2(3) + 0.5))


def test_filling_never_hits_and_users_do_not_mix():
    ranked = np.array([[-1, -1], [0, 1]], np.int32)
    relevant = relevant_of([{2}, {2}], 3)
    assert not hits(ranked, relevant).any()


def test_a_user_with_nothing_relevant_earns_nothing():
    relevant = relevant_of([set()], 3)
    hit = hits(np.array([[0, 1]], np.int32), relevant)
    assert all(measure(hit, np.array([0]))[0] == 0 for measure in ACCURACY.values())
