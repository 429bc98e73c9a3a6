"""The engine `ease`: the contract, and what is its own."""

import numpy as np
import pytest
from scipy import sparse

from sommelier.data.interactions import Interactions
from sommelier.engines.linear import changed, ease, sparse_ease
from sommelier.engines.linear.ease import EASE, EASEConfig
from sommelier.engines.query import Query
from sommelier.errors import ConfigError, DataError
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract


class TestDense(EngineContract):
    def make(self):
        return EASE(EASEConfig(reg=10))


class TestSparse(EngineContract):
    def make(self):
        return EASE(EASEConfig(reg=10, dense_items=0))


def random_log(n_users=80, length=5, seed=3):
    rng = np.random.default_rng(seed)
    taste = np.repeat(np.arange(1, 5), 4) / 40
    return toy.dataset(
        [rng.choice(16, length, replace=False, p=taste).tolist() for _ in range(n_users)]
    )


def closed_form(matrix, reg):
    inverse = np.linalg.inv(matrix.T @ matrix + reg * np.eye(matrix.shape[1]))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return weights, inverse


def test_weights_are_the_closed_form_of_steck():
    world = random_log()
    right, _ = closed_form(world.interactions.matrix().toarray().astype(float), 25.0)
    engine = EASE(EASEConfig(reg=25)).fit(world)
    np.testing.assert_allclose(engine.weights, right, atol=1e-6)


def test_blocks_of_any_width_give_the_same(monkeypatch):
    world = random_log()
    whole = EASE(EASEConfig(reg=25)).fit(world).weights
    monkeypatch.setattr(ease, "_BLOCK", 3)
    np.testing.assert_allclose(EASE(EASEConfig(reg=25)).fit(world).weights, whole, atol=1e-7)


def test_with_all_others_as_neighbours_the_sparse_form_is_the_dense_one(monkeypatch):
    monkeypatch.setattr(sparse_ease, "_HOT", 4)  # so that both parts of the Gram matrix are used
    monkeypatch.setattr(sparse_ease, "_BLOCK", 3)
    world = random_log(length=9)  # so that every two items are met together
    dense = EASE(EASEConfig(reg=25)).fit(world)
    thin = EASE(EASEConfig(reg=25, dense_items=0, neighbours=15)).fit(world)
    assert sparse.issparse(thin.weights)
    np.testing.assert_allclose(thin.weights.toarray(), dense.weights, atol=1e-5)
    np.testing.assert_allclose(thin.spread, dense.spread, rtol=1e-5)
    items = np.arange(16, dtype=np.int32)
    np.testing.assert_allclose(thin.similar(items), dense.similar(items), atol=1e-5)


def test_fewer_neighbours_are_the_ridge_regression_on_them():
    world = random_log()
    matrix = world.interactions.matrix().toarray().astype(float)
    gram = matrix.T @ matrix
    weights = EASE(EASEConfig(reg=25, dense_items=0, neighbours=4)).fit(world).weights.toarray()
    for item in range(16):
        near = np.flatnonzero(weights[:, item])
        right = np.linalg.solve(gram[np.ix_(near, near)] + 25 * np.eye(len(near)), gram[near, item])
        assert 4 <= len(near) <= 5
        assert item not in near
        np.testing.assert_allclose(weights[near, item], right, atol=1e-5)


def test_similarity_is_the_partial_correlation():
    world = random_log()
    _, inverse = closed_form(world.interactions.matrix().toarray().astype(float), 25.0)
    scale = np.sqrt(np.diag(inverse))
    right = -inverse / np.outer(scale, scale)
    np.fill_diagonal(right, 1)
    found = EASE(EASEConfig(reg=25)).fit(world).similar(np.arange(16, dtype=np.int32))
    np.testing.assert_allclose(found, right, atol=1e-5)


def test_the_newest_item_of_a_history_counts_most():
    engine = EASE(EASEConfig(reg=10, decay=0.5)).fit(toy.world().dataset)
    crime_last, space_last = engine.score([Query.of([5, 0]), Query.of([0, 5])])
    assert crime_last[1] > crime_last[6]
    assert space_last[6] > space_last[1]


def test_a_contribution_is_history_weight_times_matrix_entry():
    engine = EASE(EASEConfig(reg=10, decay=0.5)).fit(toy.world().dataset)
    parts = engine.contributions(Query.of([1, 2]), 0)
    assert parts == pytest.approx({1: 0.5 * engine.weights[1, 0], 2: engine.weights[2, 0]})


def test_a_ridge_too_small_for_single_precision_is_a_config_error():
    world = toy.dataset([[0, 1]] * 50)  # two items that cannot be told apart
    with pytest.raises(ConfigError, match="single precision"):
        EASE(EASEConfig(reg=1e-9)).fit(world)


def test_no_events_are_a_data_error():
    with pytest.raises(DataError, match="there are none"):
        EASE().fit(toy.dataset([]))


def test_changing_the_inverse_comes_to_inverting_anew_also_many_times_over():
    rng = np.random.default_rng(5)
    now = random_log()
    engine = EASE(EASEConfig(reg=25)).fit(now)
    for _ in range(50):
        former, histories = now, [items.tolist() for items in now.interactions.histories()]
        histories[rng.integers(len(histories))] = rng.choice(16, 4, replace=False).tolist()
        now = toy.dataset([*histories, rng.choice(16, 3, replace=False).tolist()])
        signs = changed.changed_rows(now.interactions, former.interactions)[1]
        assert len(signs) == 3  # one person's old and new row, and a new person's
        engine.fit_partial(now, former)
    right = EASE(EASEConfig(reg=25)).fit(now)
    np.testing.assert_allclose(engine.weights, right.weights, atol=1e-5)
    np.testing.assert_allclose(engine.spread, right.spread, rtol=1e-5)
    np.testing.assert_allclose(engine.everyone, right.everyone, atol=1e-5)


def test_only_the_rows_of_who_changed_are_looked_at_whatever_their_numbers():
    former, now = (
        Interactions(
            user_ids=list(names),
            users=np.repeat(np.arange(len(histories)), [len(h) for h in histories]).astype(
                np.int32
            ),
            items=np.array([item for history in histories for item in history], np.int32),
            n_items=n_items,
        )
        for names, histories, n_items in (
            (["ann", "bob", "cay"], [[0, 1], [2], [1, 2]], 3),
            (["cay", "dan", "ann"], [[2, 1], [3], [0, 1, 3, 3]], 4),
        )
    )
    rows, signs = changed.changed_rows(now, former)
    told = {(int(s), *r) for s, r in zip(signs, rows.toarray().astype(int).tolist(), strict=True)}
    assert told == {(1, 0, 0, 0, 1), (1, 1, 1, 0, 1), (-1, 1, 1, 0, 0), (-1, 0, 0, 1, 0)}


def test_where_many_changed_it_is_inverted_anew(monkeypatch):
    former, now = random_log(seed=1), random_log(seed=2)
    monkeypatch.setattr(ease, "updated", None)
    engine = EASE(EASEConfig(reg=25)).fit(former).fit_partial(now, former)
    np.testing.assert_array_equal(engine.weights, EASE(EASEConfig(reg=25)).fit(now).weights)
