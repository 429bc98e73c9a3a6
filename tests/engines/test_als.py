"""The engine `als`: the contract, and what is its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines import als
from sommelier.engines.als import ALS, ALSConfig
from sommelier.engines.query import Query
from sommelier.errors import DataError
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract


class TestContract(EngineContract):
    def make(self):
        return ALS(ALSConfig(embedding_size=4))  # three shelves are few tastes


def by_hand(items, alpha, reg, told):
    """Return the factors of one person by the formula of the paper; told: item -> weight."""
    size = items.shape[1]
    left, right = items.T @ items + reg * np.eye(size), np.zeros(size)
    for item, weight in told.items():
        left += alpha * abs(weight) * np.outer(items[item], items[item])
        right += np.sign(weight) * (1 + alpha * abs(weight)) * items[item]
    return np.linalg.solve(left, right)


@pytest.mark.parametrize("alpha", [0.5, 1.0, 20.0])
@pytest.mark.parametrize("people", [1, 30])
def test_folding_in_is_the_least_squares_of_the_paper(alpha, people):
    rng = np.random.default_rng(2)
    items, users = rng.normal(size=(16, 4)), rng.normal(size=(9, 4))
    engine = ALS(ALSConfig(alpha=alpha, embedding_size=4, decay=0.9, reg=0.3))
    engine.factors = als._whitened(items, users, 0.3)
    engine.n_items = 16
    scores = engine.score([Query.of([3, 5], liked=[7])] * people)
    person = by_hand(items, alpha, 0.3, {3: 0.9, 5: 1.0, 7: 1.0})
    np.testing.assert_allclose(scores, [items @ person] * people, atol=2e-4)
    scores = engine.score([Query.of([3, 5], disliked=[7])] * people)
    person = by_hand(items, alpha, 0.3, {3: 0.9, 5: 1.0, 7: -0.5})
    np.testing.assert_allclose(scores, [items @ person] * people, atol=2e-4)


def test_who_likes_nothing_yet_starts_from_the_average_user():
    rng = np.random.default_rng(2)
    items, users = rng.normal(size=(16, 4)), rng.normal(size=(9, 4))
    engine = ALS(ALSConfig(embedding_size=4, reg=0.3))
    engine.factors = als._whitened(items, users, 0.3)
    engine.n_items = 16
    np.testing.assert_allclose(engine.score([Query()])[0], items @ users.mean(axis=0), atol=1e-4)


@given(alpha=st.floats(0.1, 100), seed=st.integers(0, 50))
def test_the_quick_way_for_many_people_agrees_with_the_exact_one(alpha, seed):
    rng = np.random.default_rng(seed)
    engine = ALS(ALSConfig(embedding_size=6, alpha=alpha))
    engine.factors = als._whitened(rng.normal(size=(16, 6)), rng.normal(size=(9, 6)), 0.01)
    engine.n_items = 16
    asked = [Query.of(rng.choice(16, rng.integers(1, 9), replace=False)) for _ in range(20)]
    one_by_one = np.concatenate([engine.score([query]) for query in asked])
    np.testing.assert_allclose(engine.score(asked), one_by_one, atol=5e-4)


def test_a_known_user_is_scored_as_implicit_scores_after_its_last_round():
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    world = toy.world().dataset
    engine = ALS(ALSConfig(embedding_size=4, alpha=1.0, decay=1.0, reg=0.05)).fit(world)
    matrix = 2 * world.interactions.matrix()
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(
            factors=4, regularization=0.05, iterations=15, random_state=0
        )
        peer.fit(matrix, show_progress=False)
        people = peer.recalculate_user(np.arange(30), matrix)
    scores = engine.score([Query.of(h) for h in world.interactions.histories()])
    np.testing.assert_allclose(scores, people @ peer.item_factors.T, atol=1e-3)
    met = peer.item_factors[:15]
    cosine = met / np.linalg.norm(met, axis=1, keepdims=True)
    found = engine.similar(np.arange(15, dtype=np.int32))[:, :15]
    np.testing.assert_allclose(found, cosine @ cosine.T, atol=1e-3)


def test_another_seed_gives_another_solution_and_the_same_seed_the_same():
    world = toy.world().dataset
    one, same, other = (
        ALS(ALSConfig(embedding_size=4, epochs=2, seed=seed)).fit(world).factors
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0


def test_no_events_are_a_data_error():
    with pytest.raises(DataError, match="there are none"):
        ALS().fit(toy.dataset([]))


def loss(engine, dataset):
    """Return what the paper minimises, each person having the best factors for the items'."""
    matrix = dataset.interactions.matrix().toarray()
    asked = [Query.of(np.unique(history)) for history in dataset.interactions.histories()]
    items, people = engine.item_vectors / engine._scale, engine.query_vectors(asked) * engine._scale
    missed = (1 + engine.config.alpha * matrix) * (matrix - people @ items.T) ** 2
    return missed.sum() + engine.config.reg * ((people**2).sum() + (items**2).sum())


def test_a_few_rounds_more_learn_new_items_and_events_about_as_well_as_learning_anew():
    former = toy.world().dataset
    histories = [history.tolist() for history in former.interactions.histories()]
    more = [[*items, 16] if 10 <= n < 20 else items for n, items in enumerate(histories)]
    now = toy.dataset([*more, [0, 1, 2], [16, 5]], n_items=18)
    config = ALSConfig(embedding_size=4, decay=1.0, reg=0.1)
    grown, partial = (ALS(config).fit(former) for _ in range(2))
    grown.grow(now)
    assert partial.fit_partial(now, former) is partial
    anew = ALS(config).fit(now)
    assert loss(partial, now) < 0.5 * loss(grown, now)
    assert loss(partial, now) < 1.1 * loss(anew, now)
    assert 16 in partial.recommend([Query.of([5, 6])], 4).items[0]
