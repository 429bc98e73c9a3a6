"""A search finds what is better, says so only if it is, and goes on where it was stopped."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("optuna", reason="needs sommelier[tune]")

from sommelier.errors import ConfigError, DataError, NotInstalled, UnknownName, UsageError
from sommelier.tuning.engine import tune
from sommelier.tuning.engine.journal import Journal, Row
from sommelier.tuning.engine.propose import propose
from sommelier.tuning.engine.spaces import Range, Space
from sommelier.tuning.engine.trials import Bench

CONFTEST = Path(__file__).with_name("conftest.py")


def found(tuned):
    """Return what was tried and how good it was, without the time it took."""
    return [(row.settings, row.score, row.gain) for row in (tuned.default, *tuned.tried)]


def stopping_after(trials, kind=KeyboardInterrupt):
    def report(told):
        if len(told.tried) == trials:
            raise kind

    return report


def test_better_settings_are_found_and_hold_for_people_who_had_no_say(dataset, tmp_path):
    tuned = tune(dataset, "ease", tmp_path, trials=2)
    assert tuned.better
    assert tuned.best.settings["decay"] < 0.8
    assert tuned.best.score > tuned.default.score
    assert tuned.default.settings == {"reg": 100.0, "decay": 0.8}
    assert tuned.people == (50, 50)
    assert len(tuned.tried) == 2
    assert "measured on validation" in tuned.protocol


def test_where_nothing_is_better_it_says_so(walks, tmp_path):
    tuned = tune(walks(times=False), "popularity", tmp_path, trials=3)
    assert not tuned.better
    assert tuned.best.settings == tuned.default.settings


def test_the_first_trial_is_the_default_asked_in_every_way(dataset, tmp_path):
    tuned = tune(dataset, "knn", tmp_path, trials=1)
    assert tuned.tried[0].fit == tuned.default.fit
    assert tuned.tried[0].score >= tuned.default.score


def test_a_study_broken_off_anywhere_goes_on_as_if_it_had_not_been(dataset, tmp_path):
    whole = tune(dataset, "ease", tmp_path / "whole", trials=14, users=30)
    for stop in (0, 5, 12):
        with pytest.raises(SystemExit):
            tune(dataset, "ease", tmp_path / "parts", trials=14, users=30,
                 report=stopping_after(stop, SystemExit))  # fmt: skip
    assert found(tune(dataset, "ease", tmp_path / "parts", trials=14, users=30)) == found(whole)
    assert len(list((tmp_path / "parts").glob("*.jsonl"))) == 1


def test_a_killed_process_loses_only_the_trial_under_way(dataset, tmp_path):
    code = f"""
import importlib.util, os, pathlib, signal
from sommelier.tuning.engine import tune
spec = importlib.util.spec_from_file_location("walks", {str(CONFTEST)!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
def report(told):
    if len(told.tried) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
folder = pathlib.Path({str(tmp_path / "killed")!r})
tune(module._walks(), "knn", folder, trials=5, users=30, report=report)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    (path,) = (tmp_path / "killed").glob("*.jsonl")
    assert len(Journal.open(path).rows) == 4
    again, whole = (
        tune(dataset, "knn", tmp_path / folder, trials=5, users=30) for folder in ("killed", "new")
    )
    assert again.journal == path
    assert found(again) == found(whole)


def test_an_interrupt_keeps_what_was_found(dataset, tmp_path):
    tuned = tune(dataset, "ease", tmp_path, trials=9, report=stopping_after(2))
    assert tuned.ended == "stopped"
    assert len(tuned.tried) == 2
    with pytest.raises(KeyboardInterrupt):
        tune(dataset, "knn", tmp_path, trials=9, report=stopping_after(0))


def test_a_study_that_is_done_is_only_read(dataset, tmp_path):
    one = tune(dataset, "ease", tmp_path, trials=3)
    told = []
    again = tune(dataset, "ease", tmp_path, trials=2, report=told.append)
    assert again.tried == one.tried
    assert [progress.done for progress in told] == [1.0]


def test_other_data_seed_people_or_fixed_settings_make_another_study(walks, tmp_path):
    calls = [
        {"dataset": walks()},
        {"dataset": walks(users=80)},
        {"dataset": walks(times=False)},
        {"dataset": walks(), "seed": 1},
        {"dataset": walks(), "users": 20},
        {"dataset": walks(), "settings": {"bm25_k1": 2.0, "disliked": 0.0}},
    ]
    paths = {
        tune(call.pop("dataset"), "popularity" if "settings" not in call else "knn", tmp_path,
             trials=1, **call).journal
        for call in calls
    }  # fmt: skip
    assert len(paths) == len(calls)


def test_what_people_have_set_is_tried_and_the_rest_of_it_holds(dataset, tmp_path):
    given = {"reg": 7.0, "decay": 0.55, "dense_items": 10}
    tuned = tune(dataset, "ease", tmp_path, trials=2, settings=given)
    assert tuned.tried[1].fit == {"reg": 7.0}
    assert "dense_items" not in tuned.best.settings
    again = tune(dataset, "ease", tmp_path, trials=3, settings={**given, **tuned.best.settings})
    assert again.journal == tuned.journal


def test_minutes_end_a_search_but_something_is_always_tried(dataset, tmp_path):
    tuned = tune(dataset, "ease", tmp_path, minutes=1e-9)
    assert (len(tuned.tried), tuned.ended) == (1, "budget")


def test_settings_that_only_shape_the_query_need_a_single_fit(dataset, tmp_path):
    pytest.importorskip("onnxruntime")
    tuned = tune(dataset, "content", tmp_path, settings={"meaning": 0.0}, trials=9)
    assert (len(tuned.tried), tuned.ended) == (1, "exhausted")


def test_settings_that_the_engine_refuses_together_find_nothing(dataset):
    bench = Bench(dataset, "knn", {}, users=30, max_events=None, seed=0)
    default = bench.measured({"neighbours": 9}, [{"decay": 0.3}], None)
    row = bench.measured({"neighbours": -1}, [{"decay": 0.3}], default)
    assert row.score == 0
    assert row.gain[2] < 0


def test_bad_settings_of_people_are_told_before_the_work(dataset, tmp_path):
    with pytest.raises(ConfigError, match="decay"):
        tune(dataset, "ease", tmp_path, settings={"decay": 7.0})


def test_a_small_space_is_gone_through_and_then_exhausted():
    space = Space(fit={"blocks": (1, 2), "size": Range(low=1, high=2)})
    rows, seen = [], []
    while (fit := propose(space, rows, seed=0)) is not None:
        seen.append(fit)
        rows.append(_row(fit))
    assert len(seen) == 4
    assert all(space.holds(fit) for fit in seen)


def _row(fit):
    return Row(fit=fit, ask={}, score=0.1, low=0, high=1, others=0, gain=(0, 0, 0), seconds=0)


@pytest.mark.parametrize("budget", [{"trials": 0}, {"minutes": -1}, {"minutes": float("nan")},
                                    {"users": 0}])  # fmt: skip
def test_a_bad_budget_is_told_before_the_work(dataset, tmp_path, budget):
    with pytest.raises(UsageError, match="never begin"):
        tune(dataset, "ease", tmp_path, **budget)
    assert list(tmp_path.iterdir()) == []


def test_without_events_or_with_a_wrong_name_there_is_a_clear_error(walks, tmp_path):
    with pytest.raises(DataError, match="0 events"):
        tune(walks(users=0), "ease", tmp_path)
    with pytest.raises(DataError, match="one person"):
        tune(walks(users=1), "ease", tmp_path)
    with pytest.raises(UnknownName):
        tune(walks(), "eese", tmp_path)


def test_without_optuna_the_extra_is_named(dataset, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(NotInstalled, match=r"sommelier\[tune\]"):
        tune(dataset, "ease", tmp_path)
