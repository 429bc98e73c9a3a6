"""The contract notices engines that break it."""

import numpy as np
import pytest

from sommelier.engines.popularity import Popularity
from sommelier.testing.engines import EngineContract


class Shuffled(Popularity):
    """Adds noise that no seed governs."""

    def score(self, queries, items=None):
        noise = np.random.default_rng().random((len(queries), self.ready()), np.float32)
        return noise if items is None else noise[:, items]


class Wide(Popularity):
    """Answers in double precision."""

    def score(self, queries, items=None):
        return super().score(queries, items).astype(np.float64)


class Forgetful(Popularity):
    """Keeps nothing of what it learned."""

    def restore(self, arrays, dataset):
        self.counts = np.zeros(dataset.n_items, np.float32)


def contract(kind, **more):
    return type("Contract", (EngineContract,), {"make": lambda self: kind(), **more})()


def test_an_engine_that_is_not_deterministic_fails():
    with pytest.raises(AssertionError):
        contract(Shuffled).test_learning_twice_gives_the_same_scores()


def test_an_engine_of_another_precision_fails():
    with pytest.raises(AssertionError):
        contract(Wide).test_scores_are_finite_float32_one_row_a_query_one_column_an_item()


def test_an_engine_that_forgets_what_it_saved_fails(tmp_path):
    with pytest.raises(AssertionError):
        contract(Forgetful).test_what_was_saved_scores_the_same(tmp_path)


def test_an_engine_that_ignores_the_person_fails_unless_it_says_so():
    with pytest.raises(AssertionError):
        contract(Popularity).test_a_liked_item_raises_and_a_disliked_one_lowers_what_is_like_it()
    silent = contract(Popularity, personal=False)
    silent.test_a_liked_item_raises_and_a_disliked_one_lowers_what_is_like_it()
