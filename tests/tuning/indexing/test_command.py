"""`sommelier tune indexing`: a workspace in, codes and rows out, and a model that learned them."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from sommelier.cli import app
from sommelier.data.dataset import Dataset
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.tuning.indexing.vocabulary import Vocabulary


def run(*words: object) -> Result:
    return CliRunner().invoke(app, ["tune", "indexing", *map(str, words)])


@pytest.fixture
def workspace(shop: Dataset, tmp_path: Path) -> Path:
    log = shop.interactions
    events = pl.DataFrame(
        {
            "user_id": [log.user_ids[user] for user in log.users.tolist()],
            "item_id": [shop.catalog.ids[item] for item in log.items.tolist()],
            "timestamp": log.times,
        }
    )
    items = shop.catalog.table.select("item_id", "title", "text")
    return Workspace.create(tmp_path / "books", Imported(items=items, events=events)).path


def test_make_writes_codes_and_rows_of_a_workspace(workspace: Path, tmp_path: Path) -> None:
    made = run("make", workspace, "--out", tmp_path / "rows", "--n", 100, "--codes", 4)
    assert not made.exit_code, made.output
    card = json.loads((tmp_path / "rows" / "card.json").read_text("utf-8"))
    assert card["items"] == len(Vocabulary.load(tmp_path / "rows")) == 16
    assert sum(card["tasks"].values()) == card["rows"]
    assert f"{card['rows']} rows" in made.output


def test_train_writes_a_model_and_refuses_other_codes(
    workspace: Path, tmp_path: Path, bases: Callable[[bool], Path]
) -> None:
    base, rows = bases(True), tmp_path / "rows"
    run("make", workspace, "--out", rows, "--n", 40, "--codes", 4)
    how = ["--base", base, "--rank", 2, "--threads", 1]
    made = run("train", rows, workspace, "--out", tmp_path / "model", *how)
    assert not made.exit_code, made.output
    assert (tmp_path / "model" / "last" / "adapter_model.safetensors").exists()
    other = Vocabulary(Vocabulary.load(rows).codes, "another")
    other.save(rows)
    refused = run("train", rows, workspace, "--out", tmp_path / "model", *how)
    assert refused.exit_code and "another catalogue" in str(refused.exception)
