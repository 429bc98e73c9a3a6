"""The tree of codes and the search through it, against all items scored one by one. No torch."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.semantic_id.beam import search
from sommelier.engines.semantic_id.trie import Trie
from sommelier.errors import DataError

CODES = 4


@st.composite
def worlds(draw):
    """Return unique codes of some items, and a table of logits for each beginning and row."""
    levels = draw(st.integers(1, 4))
    path = st.tuples(*[st.integers(0, CODES - 1)] * levels)
    codes = np.array(draw(st.lists(path, min_size=1, max_size=25, unique=True)), np.int64)
    return codes.reshape(-1, levels), draw(st.integers(0, 999))


def logits_of(seed):
    """Return a function that is as arbitrary as a trained model, and as deterministic."""

    def logits(level, rows, codes):
        found = np.empty((len(rows), CODES), np.float32)
        for place, (row, path) in enumerate(zip(rows.tolist(), codes.tolist(), strict=True)):
            assert len(path) == level
            found[place] = np.random.default_rng([seed, level, row, *path]).normal(size=CODES)
        return 2 * found

    return logits


def one_by_one(codes, logits, row):
    """Return the log-probability of each item, by the rule of multiplication alone."""
    paths = list(map(tuple, codes.tolist()))
    scores = []
    for path in paths:
        total = 0.0
        for level in range(len(path)):
            follow = sorted({p[level] for p in paths if p[:level] == path[:level]})
            before = np.array([path[:level]], np.int64).reshape(1, level)
            values = logits(level, np.array([row]), before)[0, follow].astype(np.float64)
            total += values[follow.index(path[level])] - np.log(np.exp(values).sum())
        scores.append(total)
    return scores


@given(worlds())
def test_a_beam_as_wide_as_the_catalogue_gives_all_items_their_exact_probability(world):
    codes, seed = world
    logits = logits_of(seed)
    found = search(Trie(codes), logits, 2, len(codes))
    assert found.dtype == np.float32
    for row in range(2):
        np.testing.assert_allclose(found[row], one_by_one(codes, logits, row), atol=1e-4)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1.0, rtol=1e-4)


@given(worlds(), st.integers(1, 6))
def test_a_narrow_beam_writes_some_items_exactly_and_ranks_no_guess_above_them(world, width):
    codes, seed = world
    logits = logits_of(seed)
    found = search(Trie(codes), logits, 1, width)[0]
    right = np.array(one_by_one(codes, logits, 0))
    assert np.isfinite(found).all()
    best = np.argsort(-found, kind="stable")[: min(width, len(codes))]
    reached = np.sort(found)[::-1][min(width, len(codes)) - 1]
    exact = np.isclose(found, right, atol=1e-4) & (found >= reached - 1e-4)
    assert exact.sum() >= len(best)


@given(worlds(), st.integers(1, 6))
def test_rows_do_not_see_one_another(world, width):
    codes, seed = world
    logits = logits_of(seed)
    together = search(Trie(codes), logits, 3, width)

    def of_the_last(level, rows, codes):
        return logits(level, rows + 2, codes)

    np.testing.assert_array_equal(search(Trie(codes), of_the_last, 1, width)[0], together[2])


def test_no_rows_and_one_item_are_no_reason_to_fail():
    trie = Trie(np.array([[0, 0]]))
    assert search(trie, logits_of(0), 0, 5).shape == (0, 1)
    assert search(trie, logits_of(0), 2, 5).tolist() == [[0.0], [0.0]]


@given(worlds())
def test_the_tree_holds_every_item_and_nothing_else(world):
    codes, _ = world
    trie = Trie(codes)
    assert sorted(trie.items.tolist()) == list(range(len(codes)))
    for level, here in enumerate(trie.levels):
        beginnings = sorted({tuple(path[: level + 1]) for path in codes.tolist()})
        assert here.codes.tolist() == [path[-1] for path in beginnings]
        nodes = trie.nodes[:, level]
        assert [beginnings[node] for node in nodes] == [
            tuple(path[: level + 1]) for path in codes.tolist()
        ]
        for node in range(len(beginnings)):
            below = trie.items[here.first[node] : here.first[node + 1]]
            assert sorted(below.tolist()) == np.flatnonzero(nodes == node).tolist()
        may = trie.allowed(level, CODES)
        before = sorted({path[:-1] for path in beginnings})
        assert [(before[n], c) for n, c in np.argwhere(may)] == [
            (p[:-1], p[-1]) for p in beginnings
        ]


def test_codes_that_two_items_share_are_refused():
    with pytest.raises(DataError, match="same codes"):
        Trie(np.array([[0, 1], [2, 0], [0, 1]]))
