"""Items held out of the cold benchmark are known to nobody, and the right ones are asked for."""

import numpy as np
import pytest
from benchmarks.quality.cold import ALLOWED, choose, told, with_factor, without

from sommelier.engines.making import make_engine
from sommelier.testing.toy import dataset


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return dataset([rng.permutation(16)[:6].tolist() for _ in range(60)])


@pytest.mark.parametrize("stage", ["validation", "test"])
def test_what_is_held_out_stands_in_no_training_and_no_history(stage, data):
    task, held = without(data, stage, seed=0)
    assert held.any()
    assert not task.counts[held].any()
    assert not any(held[query.history].any() for query in task.queries)


def test_who_has_the_item_last_is_asked_for_it_and_everybody_else_for_their_own(data):
    task, held = without(data, "test", seed=0)
    for user, answer in zip(task.users.tolist(), task.relevant.indices.tolist(), strict=True):
        assert answer == data.interactions.history(user)[-1]
    assert held[task.relevant.indices].any()
    assert not held[task.relevant.indices].all()


def test_on_validation_the_last_events_are_gone(data):
    task, _ = without(data, "validation", seed=0)
    for user, answer in zip(task.users.tolist(), task.relevant.indices.tolist(), strict=True):
        assert answer in data.interactions.history(user)[:-1]


def test_both_groups_together_are_everybody(data):
    task, held = without(data, "test", seed=0)
    engine = with_factor(make_engine("slist", {"text": 0.0}).fit(task.train), 3.0)
    row = told(engine, task, held)
    assert row["cold"]["people"] + row["warm"]["people"] == len(task)
    assert np.isfinite(row["warm"]["R@10"])


def test_the_factor_chosen_costs_the_warm_no_more_than_is_allowed(data):
    factor, tried = choose(data, {"text": 0.0})
    found = {row["factor"]: row["warm"]["R@10"] for row in tried}
    assert found[factor] >= (1 - ALLOWED) * found[1.0]
