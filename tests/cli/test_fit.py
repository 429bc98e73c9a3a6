"""`sommelier fit`, `recommend` and `similar` on the toy bookshop."""

import json

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.engines.linear.ease import EASE
from sommelier.errors import DataError, UnknownName, UsageError, WorkspaceError
from sommelier.testing import toy


def bookshop(path, events=True):
    world = toy.world().dataset
    log = world.interactions
    ids = world.catalog.ids
    frame = pl.DataFrame(
        {
            "user_id": [log.user_ids[user] for user in log.users.tolist()],
            "item_id": [ids[item] for item in log.items.tolist()],
            "timestamp": log.times,
        }
    )
    items = world.catalog.table
    return Workspace.create(path, Imported(items=items, events=frame if events else frame.head(0)))


@pytest.fixture
def shop(tmp_path):
    return bookshop(tmp_path / "shop")


@pytest.fixture
def fitted(shop):
    # the toy world has few events, so the ridge must be small
    shop.save_engine("ease", EASE(EASE.Config(reg=1)).fit(shop.dataset()).save)
    shop.set_default_engine("ease")
    return shop


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "100"})


def test_fit_keeps_the_engines_and_names_the_one_that_answers(shop):
    done = run("fit", shop.path, "--engines", "popularity,ease,knn")
    assert done.exit_code == 0, done.output
    place = Workspace.open(shop.path)
    assert place.fitted() == ["ease", "knn", "popularity"]
    assert place.default_engine in {"ease", "knn"}
    assert f"The engine that answers: {place.default_engine}" in done.stdout


def test_fit_without_choosing_takes_the_default_settings(shop):
    done = run("fit", shop.path, "--engines", "ease", "--no-choose")
    assert done.exit_code == 0, done.output
    assert "defaults" in done.stdout
    folder = Workspace.open(shop.path).engine_dir("ease")
    assert EASE.load(folder, shop.dataset()).config == EASE.Config()


def test_a_wrong_name_is_told_before_any_work(shop):
    done = run("fit", shop.path, "--engines", "popularity,eese")
    assert isinstance(done.exception, UnknownName)
    assert Workspace.open(shop.path).fitted() == []


def test_without_events_an_engine_that_was_named_is_an_error(tmp_path):
    shop = bookshop(tmp_path / "shop", events=False)
    done = run("fit", shop.path, "--engines", "ease")
    assert isinstance(done.exception, DataError)


def test_recommend_for_a_user_leaves_out_what_was_read(fitted):
    done = run("recommend", fitted.path, "--user", "reader-00", "-k", 1, "--json")
    assert done.exit_code == 0, done.output
    (row,) = json.loads(done.stdout)
    assert row["title"] == "The Locked Conservatory"
    assert row["rank"] == 1
    assert set(row) == {"item_id", "title", "score", "rank"}


def test_recommend_for_a_history_of_titles_in_any_case_or_ids(fitted):
    done = run("recommend", fitted.path, "--history", "slow LIGHT; book-07", "-k", 3, "--json")
    titles = {row["title"] for row in json.loads(done.stdout)}
    assert titles == {"The Salt Orchards of Mars", "Engines of Patience", "The Last Antenna"}


def test_recommend_keeps_to_the_condition(fitted):
    done = run("recommend", fitted.path, "--history", "Slow Light", "--json",
               "--where", "year >= 2000 AND price < 15")  # fmt: skip
    titles = {row["title"] for row in json.loads(done.stdout)}
    assert titles == {"Cold Harbour Road", "Engines of Patience"}


def test_recommend_prints_a_table(fitted):
    done = run("recommend", fitted.path, "--history", "Slow Light", "-k", 2)
    assert "title" in done.stdout
    assert "Last Antenna" in done.stdout


def test_when_nothing_fits_it_says_so(fitted):
    done = run("recommend", fitted.path, "--history", "", "--where", "year > 2100", "--json")
    assert json.loads(done.stdout) == []
    assert done.stderr.startswith("No ")


def test_an_unknown_title_or_user_brings_suggestions(fitted):
    done = run("recommend", fitted.path, "--history", "Slow Lihgt")
    assert isinstance(done.exception, UnknownName)
    assert "Slow Light" in done.exception.hint
    assert isinstance(run("recommend", fitted.path, "--user", "reader-99").exception, UnknownName)


def test_somebody_must_be_named_and_only_once(fitted):
    assert isinstance(run("recommend", fitted.path).exception, UsageError)
    both = run("recommend", fitted.path, "--user", "reader-00", "--history", "Slow Light")
    assert isinstance(both.exception, UsageError)


def test_an_engine_that_is_not_fitted_is_a_workspace_error(fitted):
    done = run("recommend", fitted.path, "--history", "Slow Light", "--engine", "knn")
    assert isinstance(done.exception, WorkspaceError)


def test_similar_lists_the_shelf_without_the_book_itself(fitted):
    done = run("similar", fitted.path, "seven soups", "-k", 4, "--json")
    assert done.exit_code == 0, done.output
    ids = {row["item_id"] for row in json.loads(done.stdout)}
    assert ids == {"book-10", "book-12", "book-13", "book-14"}


def test_similar_asks_another_engine_where_the_default_cannot_tell(fitted):
    run("fit", fitted.path, "--engines", "popularity", "--no-choose")
    fitted.set_default_engine("popularity")
    assert run("similar", fitted.path, "Seven Soups").exit_code == 0
    done = run("similar", fitted.path, "Seven Soups", "--engine", "popularity")
    assert isinstance(done.exception, UsageError)
