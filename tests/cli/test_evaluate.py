"""`sommelier evaluate` on a small workspace."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.errors import ConfigError, UnknownName, UsageError


@pytest.fixture
def shop(tmp_path):
    walks = [(u, (u + step) % 12, step) for u in range(30) for step in range(6)]
    events = pl.DataFrame(
        {
            "user_id": [f"u{u}" for u, _, _ in walks],
            "item_id": [f"i{i}" for _, i, _ in walks],
            "timestamp": [1_600_000_000 + 100 * step for _, _, step in walks],
        }
    )
    items = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(12)],
            "title": [f"Title {n}" for n in range(12)],
            "genres": [["Drama" if n % 2 else "Comedy"] for n in range(12)],
        }
    )
    return Workspace.create(tmp_path / "shop", Imported(items=items, events=events))


def run(*words):
    return CliRunner().invoke(app, ["evaluate", *map(str, words)], env={"COLUMNS": "100"})


def test_the_table_names_engines_intervals_and_the_protocol(shop):
    done = run(shop.path, "--engines", "popularity,ease", "--k", 3)
    assert done.exit_code == 0, done.output
    told = " ".join(done.stdout.split())
    for words in ("popularity", "ease", "N@3", "coverage", "–", "each user's last event is test"):
        assert words in told


def test_the_report_goes_into_a_file(shop, tmp_path):
    run(shop.path, "--engines", "ease", "--set", "ease.reg=3", "--json", tmp_path / "r.json",
        "--protocol", "time", "--users", 5, "--fit-validation")  # fmt: skip
    report = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert report["rows"][0]["config"]["reg"] == 3
    assert report["rows"][0]["fitted_on"] == "train+validation"
    assert report["protocol"]["name"] == "time"
    assert report["data"]["evaluated_users"] == 5


def test_a_picture_is_drawn_on_request(shop, tmp_path):
    pytest.importorskip("matplotlib")
    run(shop.path, "--engines", "popularity", "--plot", tmp_path / "r.png")
    assert (tmp_path / "r.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--engines", "eaze"], UnknownName),
        (["--engines", "ease", "--set", "ease.reg=minus"], ConfigError),
        (["--engines", "ease", "--set", "ease.rge=1"], ConfigError),
        (["--engines", "ease", "--set", "knn.decay=1"], UsageError),
        (["--engines", "ease", "--set", "decay"], UsageError),
    ],
)
def test_a_mistake_is_said_before_the_work_begins(shop, words, error):
    assert isinstance(run(shop.path, *words).exception, error)
