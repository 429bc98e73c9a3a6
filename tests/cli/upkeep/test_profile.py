"""`sommelier profile` on a small workspace."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.errors import UnknownName, UsageError
from sommelier.state import Entry, Session, Store


@pytest.fixture
def shop(tmp_path):
    items = pl.DataFrame({"item_id": ["heat", "alien"], "title": ["Heat", "Alien"]})
    events = pl.DataFrame({"user_id": ["ann", "bob"], "item_id": ["heat", "alien"]})
    workspace = Workspace.create(tmp_path / "shop", Imported(items=items, events=events))
    said = {"source": "said", "time": 1.0, "scope": "lasting"}
    horror = {"field": "genres", "op": "contains", "value": "Horror"}
    entries = [
        Entry(polarity="like", item_id="heat", **said),
        Entry(polarity="avoid", condition=horror, **said),
    ]
    with Store.open(workspace.state_path) as store:
        store.commit_turn(Session.new(user_id="ann"), "hello", {"reply": "hi"}, entries=entries)
    return workspace


def run(*words, **more):
    return CliRunner().invoke(app, ["profile", *map(str, words)], **more)


def test_show_names_items_by_their_titles_and_conditions_in_words(shop):
    told = run("show", shop.path, "--user", "ann", env={"COLUMNS": "160"}).stdout
    assert "Heat [heat]" in told
    assert "genres contains Horror" in told
    assert "2 entries, 0 feedback events, 1 sessions of ann." in told


def test_edit_changes_one_entry_and_the_trail_shows_what_it_was(shop):
    assert run("edit", shop.path, 1, "--user", "ann", "--polarity", "dislike").exit_code == 0
    told = run("show", shop.path, "--user", "ann", "--trail", env={"COLUMNS": "160"}).stdout
    assert "superseded by 3" in told


def test_edit_removes_one_entry(shop):
    run("edit", shop.path, 1, "--user", "ann", "--remove")
    with Store.open(shop.state_path) as store:
        assert [entry.id for entry in store.entries("ann")] == [2]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["1"], UsageError),
        (["1", "--remove", "--weight", "2"], UsageError),
        (["1", "--polarity", "love"], UsageError),
        (["9", "--remove"], UnknownName),
        (["9", "--weight", "2"], UnknownName),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(shop, words, error):
    assert isinstance(run("edit", shop.path, *words, "--user", "ann").exception, error)


def test_erase_asks_first(shop):
    assert run("erase", shop.path, "--user", "ann", input="n\n").exit_code == 1
    with Store.open(shop.state_path) as store:
        assert store.entries("ann")
    assert run("erase", shop.path, "--user", "ann", "--yes").exit_code == 0
    with Store.open(shop.state_path) as store:
        assert not store.entries("ann")
        assert not store.sessions("ann")


def test_export_is_json_on_the_terminal_or_in_a_file(shop, tmp_path):
    told = json.loads(run("export", shop.path, "--user", "ann").stdout)
    assert told["sessions"][0]["turns"][0]["message"] == "hello"
    run("export", shop.path, "--user", "ann", "--json", tmp_path / "ann.json")
    assert json.loads((tmp_path / "ann.json").read_text("utf-8")) == told
