"""What rankings owe to the order of the list, and to fame."""

import numpy as np
import pytest

from sommelier.engines.popularity import Popularity, PopularityConfig
from sommelier.engines.prompted import Prompted, PromptedConfig, Ranked, Round
from sommelier.engines.prompted.rounds import borda, shown_orders
from sommelier.engines.query import Query
from sommelier.errors import UsageError
from sommelier.evaluation.ranking_bias import popularity_bias, position_bias
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.testing import toy

N = 10


def records(rank, lists=40, rounds=4, n=N):
    """Return what a model does that ranks by a function of slot and candidate, lowest first."""
    told = []
    for number in range(lists):
        looks = []
        for shown in shown_orders(n, rounds, [number]):
            slots = {place: slot for slot, place in enumerate(shown)}
            ranked = sorted(range(n), key=lambda place: rank(slots[place], place))
            looks.append(Round(shown, tuple(ranked)))
        items = np.arange(n, dtype=np.int32)
        order = items[borda([look.ranked for look in looks], n)]
        told.append(Ranked(items, order, tuple(looks)))
    return told


def test_a_model_that_repeats_the_list_owes_all_to_the_slots():
    found = position_bias(records(lambda slot, place: slot))
    assert found.mean_rank == tuple(range(1, N + 1))
    assert found.first == (1.0, *[0.0] * (N - 1))
    assert found.slope == 1.0
    assert abs(found.tau) < 0.4  # half of the pairs of looks are each other turned round
    assert found.looks == 160


def test_a_model_that_turns_the_list_round_has_the_opposite_slope():
    assert position_bias(records(lambda slot, place: -slot)).slope == -1.0


def test_a_model_that_knows_owes_nothing_to_the_slots():
    found = position_bias(records(lambda slot, place: place, lists=200))
    assert np.allclose(found.mean_rank, (N + 1) / 2, atol=0.5)
    assert np.allclose(found.first, 1 / N, atol=0.05)
    assert abs(found.slope) < 0.02
    assert found.tau == 1.0


def test_one_look_a_list_has_no_tau():
    assert position_bias(records(lambda slot, place: slot, rounds=1)).tau is None


def test_lists_of_the_commonest_length_are_counted():
    told = records(lambda slot, place: slot, lists=3) + records(lambda s, p: s, lists=1, n=4)
    assert position_bias(told).looks == 12


def test_a_model_that_loves_fame_is_told_beside_the_base():
    counts = np.arange(N)[::-1] ** 2 + 3  # the base's order is that of fame
    same = popularity_bias(records(lambda slot, place: place), counts)
    assert (same.model, same.base, same.queries) == (1.0, 1.0, 40)
    other = popularity_bias(records(lambda slot, place: -place), counts)
    assert (other.model, other.base) == (-1.0, 1.0)


def test_lists_without_a_round_or_without_a_difference_in_fame_tell_nothing():
    items = np.arange(N, dtype=np.int32)
    with pytest.raises(UsageError):
        position_bias([Ranked(items, items)])
    with pytest.raises(UsageError):
        popularity_bias(records(lambda slot, place: slot), np.ones(N, int))


def test_the_engine_tells_what_the_reports_are_made_of():
    heard = []
    first = '{"order": ["A", "B", "C", "D", "E", "F"]}'
    config = PromptedConfig(base="popularity", depth=6, rounds=4, when="always")
    engine = Prompted(config, model=ScriptedModel(lambda asked: first), heard=heard.append)
    engine.fit(toy.world().dataset)
    engine.recommend([Query.of([n]) for n in range(15)], 5)
    assert position_bias(heard).slope == 1.0
    counts = Popularity(PopularityConfig()).fit(toy.world().dataset).counts
    counts = np.asarray(counts) + np.arange(16)
    found = popularity_bias(heard, counts)
    assert found.model == found.base  # a pull to the first slot cancels out
