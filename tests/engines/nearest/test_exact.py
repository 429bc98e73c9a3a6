"""The exact search, block by block."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.engines.nearest import Exact, exact
from sommelier.errors import DataError, UsageError

_FEW = st.lists(st.integers(0, 39), max_size=40)


def plain(vectors, queries, k, among, gone):
    """The same by sorting everything."""
    lists = []
    for query, out in zip(queries, gone, strict=True):
        products = vectors.astype(np.float32) @ query
        left = sorted(set(among) - set(out), key=lambda item: (-products[item], item))[:k]
        lists.append(left + [-1] * (k - len(left)))
    return np.array(lists, np.int32).reshape(len(queries), k)


def whole(seed, n, size, kind=np.float32):
    """Vectors of whole numbers: their products are exact and often equal."""
    return np.random.default_rng(seed).integers(-2, 3, (n, size)).astype(kind)


@settings(deadline=None)
@given(
    seed=st.integers(0, 99),
    k=st.integers(0, 45),
    among=st.none() | _FEW,
    gone=st.lists(_FEW, min_size=3, max_size=3),
    block=st.sampled_from([6, 30, 10_000]),
    half=st.booleans(),
)
def test_lists_are_a_stable_sort_of_what_is_allowed(seed, k, among, gone, block, half):
    vectors = whole(seed, 40, 3, np.float16 if half else np.float32)
    asked = whole(seed + 1, 3, 3)
    right = plain(vectors, asked, k, range(40) if among is None else among, gone)
    allowed = None if among is None else np.array(among, np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exact, "_CELLS", block)
        found = Exact(vectors).search(
            asked, k, allowed=allowed, exclude=[np.array(out, np.int32) for out in gone]
        )
    np.testing.assert_array_equal(found.items, right)
    for row in range(3):
        products = vectors[found.items[row]].astype(np.float32) @ asked[row]
        short = found.items[row] < 0
        np.testing.assert_array_equal(found.scores[row], np.where(short, -np.inf, products))


def test_a_mask_means_the_same_as_its_item_nums():
    vectors, asked = whole(0, 40, 3), whole(1, 2, 3)
    mask = np.arange(40) % 3 == 0
    by_mask = Exact(vectors).search(asked, 5, allowed=mask)
    by_nums = Exact(vectors).search(asked, 5, allowed=np.flatnonzero(mask).astype(np.int32))
    np.testing.assert_array_equal(by_mask.items, by_nums.items)


def test_batches_and_threads_change_nothing(monkeypatch):
    vectors, asked = whole(0, 40, 3), whole(1, 30, 3)
    at_once = Exact(vectors, 1).search(asked, 7)
    monkeypatch.setattr(exact, "_BATCH", 4)
    np.testing.assert_array_equal(Exact(vectors, 3).search(asked, 7).items, at_once.items)


@pytest.mark.parametrize("k", [0, 4])
def test_no_queries_no_vectors_and_nothing_allowed_give_empty_lists(k):
    vectors, asked = whole(0, 40, 3), whole(1, 2, 3)
    assert Exact(vectors).search(asked[:0], k).items.shape == (0, k)
    assert (Exact(vectors[:0]).search(asked, k).items == -1).all()
    for nothing in (np.empty(0, np.int32), np.zeros(40, bool)):
        found = Exact(vectors).search(asked, k, allowed=nothing)
        assert found.items.tolist() == [[-1] * k] * 2
        assert np.isneginf(found.scores).all()


def test_what_cannot_be_searched_is_refused():
    search = Exact(whole(0, 40, 3)).search
    asked = whole(1, 2, 3)
    with pytest.raises(UsageError):
        search(asked, -1)
    for bad in (np.nan, np.inf):
        with pytest.raises(DataError, match="query 1"):
            search(np.array([[0, 0, 0], [0, bad, 0]], np.float32), 3)
    with pytest.raises(DataError):
        search(asked[:, :2], 3)
    with pytest.raises(DataError):
        search(asked, 3, allowed=np.array([40]))
    with pytest.raises(DataError):
        search(asked, 3, allowed=np.ones(39, bool))
    with pytest.raises(DataError):
        search(asked, 3, exclude=[np.array([1])])
