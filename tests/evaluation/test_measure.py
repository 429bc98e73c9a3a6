"""Engines measured on a task whose answers are known, and the report made of it."""

import json

import numpy as np
import pytest

from sommelier.engines.ranking import Ranking
from sommelier.errors import ConfigError, UnknownName
from sommelier.evaluation import (
    Protocol,
    make_engine,
    make_report,
    make_task,
    measure,
    measure_all,
    usual_engines,
)
from sommelier.evaluation.measure import attributes
from sommelier.evaluation.plot import draw


class Oracle:
    """Knows the answers of a task, and puts them on the place it is told to."""

    name = "oracle"

    def __init__(self, task, place):
        self.task, self.place = task, place
        self.config = make_engine("popularity").config

    def recommend(self, queries, k):
        lists = np.full((len(queries), k), -1, np.int32)
        lists[:, self.place] = self.task.relevant.indices
        return Ranking(lists, np.zeros(lists.shape, np.float32))


@pytest.fixture
def task(clubs):
    return make_task(clubs, Protocol(k=5))


@pytest.mark.parametrize(("place", "ndcg", "rank"), [(0, 1.0, 1.0), (1, 0.63093, 0.5)])
def test_an_engine_that_knows_the_answer_gets_what_its_place_is_worth(task, place, ndcg, rank):
    row = measure(Oracle(task, place), task)
    assert row.mean("R") == row.mean("HR") == 1.0
    assert row.mean("N") == pytest.approx(ndcg, abs=1e-5)
    assert row.mean("MRR") == row.mean("MAP") == pytest.approx(rank)
    assert row.mean("P") == pytest.approx(0.2)
    assert row.lists["coverage"] == 1.0


def test_users_without_a_list_count_as_zero(task):
    class Silent(Oracle):
        def recommend(self, queries, k):
            empty = np.full((len(queries), k), -1, np.int32)
            return Ranking(empty, np.full((len(queries), k), -np.inf, np.float32))

    row = measure(Silent(task, 0), task, attributes(task.train.catalog))
    assert all(row.mean(name) == 0 for name in row.accuracy)
    assert len(row.accuracy["N"]) == len(task)
    assert row.lists["coverage"] == row.lists["diversity"] == 0


def test_an_engine_that_learns_beats_one_that_counts(task):
    rows = {row.engine: row for row in measure_all(["popularity", "ease"], task)}
    assert rows["ease"].mean("N") > rows["popularity"].mean("N")
    assert rows["ease"].lists["diversity"] < 0.1  # one club's items are all alike
    assert rows["ease"].seconds.keys() == {"rank", "fit"}


def test_items_of_one_club_share_an_attribute(clubs):
    vectors = attributes(clubs.catalog)
    assert (vectors @ vectors.T).toarray()[0].tolist() == [1, 0] * 20


def test_settings_reach_the_engine_and_wrong_ones_are_refused_before_any_work(task):
    [row] = measure_all({"ease": {"reg": 7.0}}, task)
    assert row.config["reg"] == 7.0
    told = []
    with pytest.raises(ConfigError, match="reg"):
        measure_all({"popularity": {}, "ease": {"reg": -1}}, task, progress=told.append)
    with pytest.raises(UnknownName, match="eaze"):
        measure_all(["popularity", "eaze"], task, progress=told.append)
    assert told == []


def test_the_report_is_json_and_carries_protocol_intervals_and_machine(task):
    report = make_report(measure_all(["popularity", "ease"], task), task)
    again = json.loads(json.dumps(report))
    assert again["best"] == {"engine": "ease", "by": "N@5"}
    assert again["protocol"]["sentence"] == task.protocol.sentence()
    rows = {row["engine"]: row for row in again["rows"]}
    cell = rows["ease"]["accuracy"]["N@5"]
    assert cell["low"] <= cell["mean"] <= cell["high"]
    assert cell["p"] is None
    assert rows["popularity"]["accuracy"]["N@5"]["p"] < 0.05
    assert rows["popularity"]["fitted_on"] == "train"
    assert again["machine"]["cores"]
    assert again["data"]["evaluated_users"] == 60


def test_the_same_seed_gives_the_same_report(task):
    one, two = (make_report(measure_all(["popularity", "ease"], task), task) for _ in range(2))
    for row in (*one["rows"], *two["rows"]):
        del row["seconds"]
    assert one == two


def test_a_report_can_be_drawn(task, tmp_path):
    pytest.importorskip("matplotlib")
    draw(make_report(measure_all(["popularity"], task), task), tmp_path / "table.png")
    assert (tmp_path / "table.png").read_bytes().startswith(b"\x89PNG")


def test_costly_engines_are_tried_only_where_they_are_named():
    assert "ease" in usual_engines()
    assert "sasrec" not in usual_engines()
    assert make_engine("sasrec").costly
