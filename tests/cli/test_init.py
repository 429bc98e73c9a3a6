"""`sommelier init` and `sommelier describe`, as a person at a terminal meets them."""

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.errors import RowError, UsageError, WorkspaceError

ITEMS = "item_id,title,genres,price\n1,Heat (1995),Crime|Drama,$3.50\n2,Net (1995),Crime,$2\n"
EVENTS = "user,item,rating,time\nann,1,4,10\nann,2,5,86410\nbob,1,3,30\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "events.csv").write_text(EVENTS)
    return tmp_path


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "160"})


def init(files, *more):
    return run(
        "init", files / "shop", "--items", files / "items.csv", "--events", files / "events.csv",
        *more,
    )  # fmt: skip


def test_init_says_what_it_understood(files):
    told = init(files)
    assert told.exit_code == 0
    for words in ("genres", "tags", "2 to 3.50 USD", "Average of the ratings in the log, 3 to 5"):
        assert words in told.stdout
    assert "1970-01-01 to 1970-01-02" in told.stdout
    assert "sommelier.toml" in told.stdout


def test_init_reads_a_folder_by_itself(files):
    (files / "data").mkdir()
    for name in ("items.csv", "events.csv"):
        (files / name).rename(files / "data" / name)
    told = run("init", files / "shop", "--from", files / "data")
    assert told.exit_code == 0
    assert "Read: events.csv, items.csv." in told.stdout


def test_init_will_not_replace_unless_forced(files):
    init(files)
    assert isinstance(init(files).exception, WorkspaceError)
    assert init(files, "--force").exit_code == 0


def test_a_bad_row_stops_init_and_makes_nothing(files):
    (files / "events.csv").write_text(EVENTS + "bob,9,x,soon\n")
    assert isinstance(init(files).exception, RowError)
    assert not (files / "shop").exists()


def test_bad_rows_can_be_set_aside_into_a_file(files):
    (files / "events.csv").write_text(EVENTS + "bob,9,3,40\nbob,1\n")
    told = init(files, "--on-bad-row", "skip")
    assert "2 bad rows were set aside" in told.stdout
    rejects = pl.read_csv(files / "shop" / "versions" / "0001" / "rejects.csv")
    assert rejects.columns == ["file", "line", "column", "rule", "text"]
    assert rejects["line"].to_list() == [6, 5]


def test_from_and_single_files_exclude_each_other(files):
    told = run("init", files / "shop", "--from", files, "--items", files / "items.csv")
    assert isinstance(told.exception, UsageError)


def test_describe_shows_fields_counts_and_tails(files):
    init(files)
    told = run("describe", files / "shop")
    assert told.exit_code == 0
    for words in ("year", "25.000%", "Events per product", "Events per user", "median 1.5"):
        assert words in told.stdout


def test_describe_draws_the_tails(files):
    pytest.importorskip("matplotlib")
    init(files)
    assert run("describe", files / "shop", "--plot", files / "tails.png").exit_code == 0
    assert (files / "tails.png").read_bytes().startswith(b"\x89PNG")


def test_a_catalogue_without_events_can_be_described(files):
    told = run("init", files / "shop", "--items", files / "items.csv")
    assert told.exit_code == 0
    assert "There is no events file" in told.stdout
    assert run("describe", files / "shop").exit_code == 0
