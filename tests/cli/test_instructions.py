"""The path of instructions from a log to a table, as a person types it."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.errors import DataError, NotInstalled
from sommelier.llm.encoder import INSTRUCT, open_encoder

WORDS = (
    "oak lamp / pine lamp / oak table / pine table / red kettle / blue kettle / red pot / blue pot"
)
TITLES = [f"{words.strip()} {letter}" for words in WORDS.split("/") for letter in "abcdefghij"]
RUN = CliRunner()


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    walks = [(u, (u + 7 * step) % len(TITLES), step) for u in range(120) for step in range(6)]
    events = pl.DataFrame(
        {
            "user_id": [f"u{u}" for u, _, _ in walks],
            "item_id": [f"i{i}" for _, i, _ in walks],
            "timestamp": [1_600_000_000 + 100 * step for _, _, step in walks],
        }
    )
    items = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(len(TITLES))],
            "title": TITLES,
            "kinds": [["light" if "lamp" in t else "kitchen", t.split()[0]] for t in TITLES],
        }
    )
    path = tmp_path_factory.mktemp("shop") / "shop"
    Workspace.create(path, Imported(items=items, events=events))
    return path


@pytest.fixture(scope="module")
def rows(shop, tmp_path_factory):
    out = tmp_path_factory.mktemp("rows")
    done = RUN.invoke(
        app,
        ["tune", "instructions", "make", str(shop), "-o", str(out), "--n", "2000"],
        catch_exceptions=False,
    )
    assert "2,000 instructions" in done.output
    return out / "instructions.jsonl"


def test_the_data_has_a_card_and_people_of_one_split_each(rows):
    card = json.loads((rows.parent / "card.json").read_text())
    assert card["rows"] == 2000 and set(card["split"]) == {"train", "dev", "test"}
    splits = {}
    for line in rows.open():
        row = json.loads(line)
        assert splits.setdefault(row["user"], row["split"]) == row["split"]


def test_who_follows_is_told_in_a_table_and_in_json(shop, rows, tmp_path):
    try:
        open_encoder(name=INSTRUCT)
    except NotInstalled as error:
        pytest.skip(str(error))
    report = tmp_path / "report.json"
    arguments = ["--engine", "ease", "--wrong", "20", "--each", "20", "--json", str(report)]
    done = RUN.invoke(
        app,
        ["evaluate", "instructions", str(shop), str(rows), *arguments],
        catch_exceptions=False,
    )
    assert "one right item" in done.output
    told = json.loads(report.read_text())
    asked = told["P0-I2"]["N@10"]
    assert asked["instruct"]["mean"] > asked["popularity"]["mean"]


def test_a_catalogue_that_says_nothing_is_refused_before_the_work(tmp_path):
    events = pl.DataFrame(
        {
            "user_id": [f"u{n // 5}" for n in range(50)],
            "item_id": [f"i{n % 10}" for n in range(50)],
        }
    )
    items = pl.DataFrame({"item_id": [f"i{n}" for n in range(10)]})
    Workspace.create(tmp_path / "bare", Imported(items=items, events=events))
    arguments = ["tune", "instructions", "make", str(tmp_path / "bare"), "-o", str(tmp_path / "o")]
    with pytest.raises(DataError, match="to speak of"):
        RUN.invoke(app, arguments, catch_exceptions=False)
