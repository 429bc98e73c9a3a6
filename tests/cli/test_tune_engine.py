"""`sommelier tune engine` on a small shop, and what `fit` makes of it."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

pytest.importorskip("optuna", reason="needs sommelier[tune]")

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.errors import ConfigError, DataError, UnknownName, UsageError
from sommelier.shop import Shop

FAMOUS, CIRCLE = 20, 60  # items


def shelf(path, walkers=100):
    """Everybody takes ten famous items in any order, then five in turn from a circle."""
    rng = np.random.default_rng(0)
    walks = [
        [*rng.permutation(FAMOUS)[:10], *(FAMOUS + (7 * u + np.arange(5)) % CIRCLE)]
        for u in range(walkers)
    ]
    events = pl.DataFrame(
        {
            "user_id": [f"u{u}" for u, walk in enumerate(walks) for _ in walk],
            "item_id": [f"i{item}" for walk in walks for item in walk],
            "timestamp": [1_600_000_000 + step for walk in walks for step, _ in enumerate(walk)],
        },
        schema={"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64},
    )
    n_items = FAMOUS + CIRCLE
    items = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(n_items)],
            "title": [f"Title {n}" for n in range(n_items)],
        }
    )
    return Workspace.create(path, Imported(items=items, events=events))


@pytest.fixture
def shop(tmp_path):
    return shelf(tmp_path / "shop")


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "100"})


def card(place, name):
    return json.loads((place.engine_dir(name) / "engine.json").read_text("utf-8"))["config"]


def test_better_settings_are_written_and_the_next_fit_takes_them(shop):
    before = (shop.path / "sommelier.toml").read_text("utf-8")
    done = run("tune", "engine", shop.path, "ease", "--trials", 3)
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    for words in ("default reg=100.0 decay=0.8", "Default: 0.", "Gain for the others: +",
                  "50 people who have no say", "measured on validation", "[engines.ease] reg = ",
                  "Next: sommelier fit"):  # fmt: skip
        assert words in told
    assert (shop.path / "sommelier.toml").read_text("utf-8").startswith(before)
    chosen = Workspace.open(shop.path).settings.engines["ease"]
    assert set(chosen) == {"reg", "decay"}
    for words in ([], ["--no-choose"]):
        done = run("fit", shop.path, "--engines", "ease", *words)
        assert done.exit_code == 0, done.output
        assert {key: card(shop, "ease")[key] for key in chosen} == chosen
    door = Shop(Workspace.open(shop.path))
    door.fit(["ease"])
    assert {key: card(shop, "ease")[key] for key in chosen} == chosen


def test_on_request_the_settings_are_only_printed(shop):
    before = (shop.path / "sommelier.toml").read_bytes()
    done = run("tune", "engine", shop.path, "ease", "--trials", 2, "--print")
    assert "[engines.ease]\nreg = " in done.stdout
    assert (shop.path / "sommelier.toml").read_bytes() == before


def test_where_nothing_is_better_it_says_so_and_writes_nothing(shop):
    before = (shop.path / "sommelier.toml").read_bytes()
    done = run("tune", "engine", shop.path, "popularity", "--trials", 2)
    assert "Nothing tried beats the default" in done.stdout
    assert (shop.path / "sommelier.toml").read_bytes() == before


def test_the_same_command_goes_on_and_a_larger_budget_adds(shop):
    run("tune", "engine", shop.path, "ease", "--trials", 2)
    run("tune", "engine", shop.path, "ease", "--trials", 4)
    (journal,) = (shop.path / "tuning").glob("ease-*.jsonl")
    rows = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
    assert len(rows) == 5
    assert len({json.dumps(row["fit"]) for row in rows[1:]}) == 4


def test_ctrl_c_ends_the_search_and_what_was_found_is_kept(shop):
    code = "import sys; from sommelier.cli import main; sys.argv[0] = 'sommelier'; main()"
    words = ["tune", "engine", str(shop.path), "ease", "--trials", "100000"]
    command = [sys.executable, "-c", code, *words]
    journal = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as at:
        while journal is None or journal.read_bytes().count(b"\n") < 4:
            time.sleep(0.05)
            journal = next((shop.path / "tuning").glob("ease-*.jsonl"), None)
            assert at.poll() is None, at.communicate()
        at.send_signal(signal.SIGINT)
        told, _ = at.communicate()
    assert at.returncode == 0
    assert "Stopped early; the same command goes on" in told
    assert "ease" in Workspace.open(shop.path).settings.engines


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["eese"], UnknownName),
        (["ease", "--trials", 0], UsageError),
        (["ease", "--minutes", 0], UsageError),
        (["ease", "--users", -1], UsageError),
    ],
)
def test_a_mistake_is_told_before_the_work(shop, words, error):
    assert isinstance(run("tune", "engine", shop.path, *words).exception, error)
    assert not (shop.path / "tuning").exists()


def test_without_events_nothing_can_be_searched(tmp_path):
    done = run("tune", "engine", shelf(tmp_path / "shop", walkers=0).path, "ease")
    assert isinstance(done.exception, DataError)


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ("[engines.eese]\nreg = 1.0", UnknownName),
        ("[engines.ease]\nrge = 1.0", ConfigError),
        ("[engines.ease]\nreg = -1.0", ConfigError),
    ],
)
def test_fit_refuses_settings_that_no_engine_has(shop, table, error):
    (shop.path / "sommelier.toml").write_text(table)
    assert isinstance(run("fit", shop.path, "--engines", "popularity").exception, error)
    assert Workspace.open(shop.path).fitted() == []
