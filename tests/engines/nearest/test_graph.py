"""The graph of neighbours: nothing short, nothing forbidden, little missed."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sommelier.engines.nearest import Exact, Graph, build_index, graph, open_index
from sommelier.errors import DataError, NotInstalled, WorkspaceError

N, SIZE = 2_000, 8


def drawn(seed, n, spread=0.6):
    """Vectors of several tastes, some much longer than others."""
    rng = np.random.default_rng(seed)
    tastes = np.random.default_rng(0).normal(size=(20, SIZE))
    vectors = tastes[rng.integers(0, 20, n)] + 0.7 * rng.normal(size=(n, SIZE))
    return (vectors * rng.lognormal(0, spread, (n, 1))).astype(np.float32)


VECTORS, SAMPLES = drawn(1, N), drawn(2, 50)


@pytest.fixture(scope="module")
def built():
    pytest.importorskip("faiss", reason="needs the extra `index`")
    return Graph.build(VECTORS, SAMPLES, threads=1)


@pytest.fixture
def walks(monkeypatch):
    """Let even this small catalogue be walked, whatever the filter."""
    monkeypatch.setattr(graph, "_STEP", 0)


@pytest.fixture(scope="module")
def reached(built):
    """Which items the widest walk comes to: some of the shortest have no link to them."""
    mask = np.zeros(N, bool)
    mask[built._walk(SAMPLES[0], N, N, None, np.empty(0, np.int32))] = True
    assert mask.mean() > 0.9
    return mask


def share(found, right):
    hits = sum(map(len, map(np.intersect1d, found.items, right.items)))
    return hits / right.items.size


@pytest.mark.usefixtures("walks")
def test_it_finds_what_it_measured(built):
    assert built.recall >= 0.98
    asked = drawn(3, 50)
    right = Exact(VECTORS).search(asked, 100)
    assert share(built.search(asked, 100), right) >= 0.97


@pytest.mark.usefixtures("walks")
@settings(deadline=None, max_examples=40)
@given(
    seed=st.integers(3, 99),
    k=st.integers(0, 150),
    part=st.sampled_from([0.0, 0.001, 0.05, 0.5, 1.0]),
    known=st.integers(0, 60),
)
def test_filtered_lists_are_full_and_those_of_the_scan_where_the_walk_is_wide(
    built, reached, seed, k, part, known
):
    asked, rng = drawn(seed, 3), np.random.default_rng(seed)
    allowed = rng.random(N) < part
    near = Exact(VECTORS).search(asked, known).items  # what a person knows lies near
    right = Exact(VECTORS).search(asked, k, allowed=allowed, exclude=near)
    wide = Graph(VECTORS, 1, built.links)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Graph, "_wide", lambda *_: N)
        found = wide.search(asked, k, allowed=allowed, exclude=near)
    within = Exact(VECTORS).search(asked, k, allowed=allowed & reached, exclude=near)
    full = (within.items >= 0).sum(axis=1) == (right.items >= 0).sum(axis=1)
    scanned = np.where(full[:, None], within.items, right.items)
    np.testing.assert_array_equal(found.items, scanned)
    usual = built.search(asked, k, allowed=allowed, exclude=near)
    np.testing.assert_array_equal(usual.items >= 0, right.items >= 0)
    for row in range(3):
        items = usual.items[row][usual.items[row] >= 0]
        assert allowed[items].all()
        assert not np.isin(items, near[row]).any()
        assert len(np.unique(items)) == len(items)


@pytest.mark.usefixtures("walks")
def test_a_walk_that_ends_early_is_finished_by_the_scan(built, monkeypatch):
    monkeypatch.setattr(Graph, "_wide", lambda *_: 1)
    asked, allowed = drawn(3, 4), np.arange(N) % 500 == 0
    found = built.search(asked, 10, allowed=allowed)
    right = Exact(VECTORS).search(asked, 10, allowed=allowed)
    np.testing.assert_array_equal(found.items, right.items)


def test_equal_items_come_in_order_of_their_numbers(built):
    twins = np.tile(drawn(5, 100), (10, 1))
    links = Graph.build(twins, SAMPLES, threads=1)
    found = links.search(drawn(6, 3), N)
    for items, scores in zip(found.items, found.scores, strict=True):
        order = np.lexsort((items[items >= 0], -scores[items >= 0]))
        assert order.tolist() == list(range(1_000))


@pytest.mark.usefixtures("walks")
def test_the_same_graph_comes_of_the_same_vectors(built):
    again = Graph.build(VECTORS, SAMPLES, threads=1)
    asked = drawn(4, 20)
    assert again.width == built.width
    np.testing.assert_array_equal(again.search(asked, 50).items, built.search(asked, 50).items)


@pytest.mark.usefixtures("walks")
def test_threads_and_company_change_nothing(built):
    asked = drawn(4, 20)
    together = Graph(VECTORS, 4, built.links).search(asked, 50)
    alone = [built.search(one[None], 50).items[0] for one in asked]
    np.testing.assert_array_equal(together.items, alone)


@pytest.mark.usefixtures("walks")
def test_what_was_written_is_mapped_and_finds_the_same(built, tmp_path):
    built.write(tmp_path / graph.FILE)
    opened = open_index(tmp_path, VECTORS, threads=1)
    assert isinstance(opened, Graph)
    assert opened.width == built.width
    asked = drawn(4, 20)
    np.testing.assert_array_equal(opened.search(asked, 50).items, built.search(asked, 50).items)


def test_strange_files_are_refused(built, tmp_path):
    path = tmp_path / graph.FILE
    built.write(path)
    with pytest.raises(WorkspaceError, match="other vectors"):
        open_index(tmp_path, VECTORS[1:])
    path.write_bytes(path.read_bytes()[:5_000])
    with pytest.raises(WorkspaceError, match="cannot be read"):
        open_index(tmp_path, VECTORS)
    path.write_bytes(b"")
    with pytest.raises(WorkspaceError):
        open_index(tmp_path, VECTORS)


@pytest.mark.parametrize("bad", [np.nan, -np.inf])
def test_vectors_that_are_no_numbers_are_refused(bad):
    vectors = VECTORS.copy()
    vectors[1_234, 2] = bad
    for limit in (0, 10**9):
        with pytest.raises(DataError, match="item 1234"):
            build_index(vectors, SAMPLES, graph_from=limit)


def test_small_catalogues_and_empty_ones_are_scanned():
    assert isinstance(build_index(VECTORS, SAMPLES), Exact)
    assert isinstance(build_index(VECTORS[:0], SAMPLES, graph_from=0), Exact)


def test_a_graph_that_misses_too_much_is_not_kept(built, monkeypatch):
    monkeypatch.setattr(graph, "_WIDTHS", (1,))
    nowhere = np.zeros((50, SIZE), np.float32)  # the best are the first, a walk ends anywhere
    assert isinstance(build_index(VECTORS, nowhere, graph_from=0), Exact)


def test_without_faiss_the_scan_serves_and_the_graph_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(NotInstalled, match="faiss") as missing:
        Graph.build(VECTORS, SAMPLES)
    assert "sommelier[index]" in missing.value.hint
    (tmp_path / graph.FILE).write_bytes(b"whatever it holds")
    assert isinstance(open_index(tmp_path, VECTORS), Exact)
    assert isinstance(build_index(VECTORS, SAMPLES, graph_from=0), Exact)
