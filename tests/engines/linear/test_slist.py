"""The engine `slist`: the contract, its closed form, and what the texts add."""

from itertools import pairwise

import numpy as np
import pytest

from sommelier.engines.linear import drawn, transitions
from sommelier.engines.linear.slist import SLIST, SLISTConfig
from sommelier.engines.query import Query
from sommelier.errors import ConfigError, DataError, WorkspaceError
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.engines import EngineContract

FADE, REG, TOGETHER, TEXT = 0.5, 7.0, 0.4, 0.2


class TestWithText(EngineContract):
    reads = True

    def make(self):
        return SLIST(SLISTConfig(reg=10), BagOfWords())


class TestWithoutText(EngineContract):
    def make(self):
        return SLIST(SLISTConfig(reg=10, text=0))


class TestFewTaughtItems(EngineContract):
    personal = False  # the first books of the shelves are taught, the last ones have text alone

    def make(self):
        return SLIST(SLISTConfig(reg=10, dense_items=12), BagOfWords())


class TestTwoPasts(EngineContract):
    reads = True

    def make(self):
        return SLIST(SLISTConfig(reg=10, slow=0.9), BagOfWords())


def random_log(n_users=80, length=5, seed=3):
    rng = np.random.default_rng(seed)
    return toy.dataset([rng.choice(15, length, replace=False).tolist() for _ in range(n_users)])


def fitted(world, **config):
    settings = {"fade": FADE, "reg": REG, "together": TOGETHER, "text": TEXT, "cold": 1, "near": 0}
    return SLIST(SLISTConfig(**{**settings, **config}), BagOfWords()).fit(world)


def matrix_of(engine):
    """Return the whole item-item matrix, row by row as scores of one-item histories."""
    return engine.score([Query.of([item]) for item in range(engine.n_items)])


def written_out(world, vectors, fades=(FADE,)):
    """Return the same regression with every row of pasts and next written out, item by item."""
    n = world.n_items
    pasts, nexts = [], []
    for history in world.interactions.histories():
        past = np.zeros((len(fades), n))
        for item, after in pairwise(history):
            past = past * np.array(fades)[:, None]
            past[:, item] += 1
            pasts.append(past.ravel())
            nexts.append(np.eye(n)[after])
    past, after = np.array(pasts), np.array(nexts)
    company = TOGETHER * (world.interactions.matrix().T @ world.interactions.matrix()).toarray()
    likeness = [TEXT * vectors @ vectors.T, *[np.zeros((n, n))] * (len(fades) - 1)]
    gram = past.T @ past + np.kron(np.eye(len(fades)), company) + REG * np.eye(len(fades) * n)
    aim = past.T @ after + np.vstack([company] * len(fades)) + REG * np.vstack(likeness)
    weights = np.zeros_like(aim)
    for item in range(n):  # without the item itself
        kept = np.arange(len(aim)) % n != item
        weights[kept, item] = np.linalg.solve(gram[np.ix_(kept, kept)], aim[kept, item])
    return weights.reshape(len(fades), n, n)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_weights_are_the_closed_form_written_out(monkeypatch, share):
    monkeypatch.setattr(drawn, "_DENSE_SHARE", share)  # both kinds of product
    monkeypatch.setattr(drawn, "_ROWS", 3)
    monkeypatch.setattr(transitions, "_CELLS", 30)
    monkeypatch.setattr(transitions, "_FAINT", 1e-9)
    world = random_log()
    engine = fitted(world)
    [right] = written_out(world, engine._meaning.vectors.astype(float))
    found = matrix_of(engine)
    others = ~np.eye(16, dtype=bool)
    np.testing.assert_allclose(found[others], right[others], atol=2e-5)


def test_two_pasts_are_one_regression(monkeypatch):
    monkeypatch.setattr(transitions, "_FAINT", 1e-9)
    world = random_log()
    engine = fitted(world, slow=0.9, decay=FADE)
    quick, slow = written_out(world, engine._meaning.vectors.astype(float), (FADE, 0.9))
    right = quick[3] + 0.9 * slow[2] + slow[3] + FADE * quick[2]
    others = np.setdiff1d(np.arange(16), [2, 3])
    found = engine.score([Query.of([2, 3])])[0]
    np.testing.assert_allclose(found[others], right[others], atol=2e-5)


def test_repeated_items_are_counted_like_any_others(monkeypatch):
    monkeypatch.setattr(transitions, "_FAINT", 1e-9)
    world = toy.dataset([[0, 1, 0, 2], [3, 3, 1], [2, 1, 2, 1, 0], [5]])
    engine = fitted(world)
    [right] = written_out(world, engine._meaning.vectors.astype(float))
    others = ~np.eye(16, dtype=bool)
    np.testing.assert_allclose(matrix_of(engine)[others], right[others], atol=2e-5)


def test_what_came_next_beats_what_came_before():
    world = toy.dataset([[0, 1, 2]] * 20)
    scores = fitted(world, text=0, together=0).score([Query.of([1])])[0]
    assert scores[2] > 2 * scores[0]


def test_an_item_that_nobody_met_is_reached_by_its_text():
    world = without(4)
    asked = [Query.of([0, 1, 2]), Query.of([10, 11, 12])]  # a detective, a murder; recipes
    assert not fitted(world, text=0).score(asked)[:, 4].any()
    crime, cooking = fitted(world).score(asked)[:, 4]
    assert crime > cooking


def test_the_factor_raises_only_items_that_no_event_taught():
    asked = [Query.of([0, 3])]
    plain, raised = (fitted(toy.world().dataset, cold=cold).score(asked)[0] for cold in (1, 3))
    np.testing.assert_allclose(raised[: toy.LONELY], plain[: toy.LONELY], atol=1e-6)
    assert raised[toy.LONELY] == pytest.approx(3 * plain[toy.LONELY], rel=1e-4)


def without(item):
    """Return the toy world, its item of this number met by nobody."""
    readers = toy.world().dataset.interactions.histories()
    return toy.dataset([[int(one) for one in history if one != item] for history in readers])


def test_an_item_that_nobody_met_is_heard_through_those_of_the_nearest_texts():
    world, asked = without(4), [Query.of([0, 1]), Query.of([10, 11])]
    alone = fitted(world)
    vectors, taught = alone._meaning.vectors, alone._taught
    learned = alone.score(asked)[:, taught] - alone._thin_side(alone._given(asked)) @ (
        vectors[taught].T
    )
    alike = vectors[taught] @ vectors[4]
    order = np.argsort(-alike)
    for near in (1, 3):
        nearest = order[:near]
        weights = np.maximum(alike[nearest], 0) ** 2
        more = learned[:, nearest] @ (weights / weights.sum())
        found = fitted(world, near=near, cold=2).score(asked)
        np.testing.assert_allclose(found[:, 4], 2 * (alone.score(asked)[:, 4] + more), atol=1e-5)
        np.testing.assert_allclose(found[:, taught], alone.score(asked)[:, taught], atol=1e-5)


@pytest.mark.parametrize("dense_items", [3, 100])
def test_some_of_the_items_get_the_scores_that_they_get_among_all(dense_items):
    engine = fitted(without(4), near=2, cold=3, dense_items=dense_items)
    asked = [Query.of([0, 1]), Query.of([10], disliked=[2])]
    for items in ([4], [15, 4, 0, 4], [1], []):
        some = engine.score(asked, np.array(items, np.int32))
        np.testing.assert_allclose(some, engine.score(asked)[:, items], atol=1e-6)


def test_a_catalogue_too_large_to_teach_whole_keeps_the_popular_items_and_the_texts():
    world = toy.dataset([[0, 1, 2]] * 9 + [[3, 4]] * 2)
    engine = fitted(world, dense_items=3)
    small = fitted(toy.dataset([[0, 1, 2]] * 9 + [[], []]), dense_items=3)
    np.testing.assert_allclose(matrix_of(engine), matrix_of(small), atol=1e-6)


def test_words_said_count_as_an_item_of_that_text():
    engine = fitted(toy.world().dataset, said=1.0)
    text = toy.catalog().texts()[toy.LONELY]  # nobody met it, so only its text speaks
    plain, said = engine.score([Query.of([0]), Query.of([0], text=text)])
    met = engine.score([Query.of([toy.LONELY])])[0]
    np.testing.assert_allclose(said - plain, met, atol=1e-5)


def test_words_need_the_encoder_that_the_items_had():
    engine = fitted(toy.world().dataset)
    engine.encoder = BagOfWords()
    engine.encoder.name = "another"
    with pytest.raises(WorkspaceError, match="another") as caught:
        engine.score([Query(text="a detective")])
    assert "slist" in caught.value.hint


def test_contributions_add_up_to_the_score():
    engine = fitted(toy.world().dataset, near=2, cold=3)
    query = Query.of([0, 1, toy.LONELY], liked=[7], disliked=[11])
    for item in (2, 9, toy.LONELY):
        parts = engine.contributions(query, item)
        assert sum(parts.values()) == pytest.approx(engine.score([query])[0, item], abs=1e-5)


def test_a_ridge_too_small_for_single_precision_is_a_config_error():
    with pytest.raises(ConfigError, match="single precision"):
        fitted(toy.dataset([[0, 1]] * 50), reg=1e-9, together=1e9)


def test_no_events_are_a_data_error():
    with pytest.raises(DataError, match="there are none"):
        SLIST().fit(toy.dataset([]))
