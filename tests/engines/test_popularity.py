"""The engine `popularity`: the contract, and what is its own."""

from dataclasses import replace

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.engines.popularity import Popularity, PopularityConfig
from sommelier.engines.query import Query
from sommelier.testing import toy
from sommelier.testing.engines import EngineContract


class TestContract(EngineContract):
    personal = False

    def make(self):
        return Popularity()


def test_an_event_one_half_life_older_than_the_newest_counts_half():
    days = {0: 10, 1: 10, 2: 0}  # item -> day of its only event
    log = Interactions(
        user_ids=["a", "b", "c"],
        users=np.arange(3, dtype=np.int32),
        items=np.array(list(days), np.int32),
        n_items=16,
        times=np.array(list(days.values()), np.int64) * 86_400,
    )
    engine = Popularity(PopularityConfig(half_life=10)).fit(Dataset(toy.catalog(), log))
    np.testing.assert_allclose(engine.score([Query()])[0, :4], [1, 1, 0.5, 0])


def test_without_times_or_without_half_life_events_are_counted():
    world = toy.world().dataset
    plain = Popularity(PopularityConfig(half_life=None)).fit(world).score([Query()])
    timeless = replace(world.interactions, times=None)
    unknown = Popularity().fit(world.with_interactions(timeless)).score([Query()])
    np.testing.assert_array_equal(plain[0], [8] * 15 + [0])
    np.testing.assert_array_equal(unknown, plain)


def test_no_events_give_zeros():
    assert not Popularity().fit(toy.dataset([])).score([Query()]).any()


def test_items_that_came_later_stand_last_until_somebody_meets_them():
    engine = Popularity().fit(toy.world().dataset).grow(toy.world(18).dataset)
    assert engine.recommend([Query()], 18).items[0, -3:].tolist() == [toy.LONELY, *toy.LATER]
