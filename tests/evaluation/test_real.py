"""On real ratings, what is known of them holds: learning beats counting, and recency matters."""

from pathlib import Path

import pytest

from sommelier.data.infer.prepare import prepare
from sommelier.data.settings import Settings
from sommelier.data.sources import read
from sommelier.evaluation import Protocol, choose_engine, make_task, measure_all

_ZIP = Path(__file__).parents[2].parent / "shared" / "data" / "ml-100k" / "ml-100k.zip"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not _ZIP.exists(), reason="the shared data are not here"),
]


@pytest.fixture(scope="module")
def movielens():
    return prepare(read(_ZIP), Settings())


def test_a_learned_engine_with_a_fading_history_is_chosen(movielens):
    choice = choose_engine(movielens, ["popularity", "ease"])
    assert choice.engine == "ease"
    assert choice.settings["decay"] < 1


@pytest.mark.parametrize(("name", "asked"), [("leave-last-out", 943), ("time", 166)])
def test_both_protocols_rank_ease_above_popularity_in_recall(movielens, name, asked):
    task = make_task(movielens, Protocol(name=name))
    counted, learned = measure_all(["popularity", "ease"], task)
    assert len(task) == asked
    assert learned.mean("R") > counted.mean("R")
