"""`sommelier refresh` on two files that grow."""

import shutil

from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.shop import open  # noqa: A004

ITEMS = "item_id,title,genres\na,Ash,Crime\nb,Birch,Crime\nc,Cedar,Space\nd,Dill,Space\n"
EVENTS = "user_id,item_id,timestamp\n" + "".join(
    f"u{user},{item},{100 * user + at}\n"
    for user in range(8)
    for at, item in enumerate("ab" if user % 2 else "cd")
)


def run(*words):
    done = CliRunner().invoke(app, list(map(str, words)), env={"COLUMNS": "100"})
    assert done.exit_code == 0, done.output
    return done


def test_new_rows_come_into_force_and_what_each_engine_did_is_told(tmp_path):
    data, place = tmp_path / "data", tmp_path / "shop"
    data.mkdir()
    (data / "items.csv").write_text(ITEMS, "utf-8")
    (data / "events.csv").write_text(EVENTS, "utf-8")
    run("init", place, "--from", data)
    run("fit", place, "--engines", "ease,knn", "--no-choose")
    assert "Nothing is new." in run("refresh", place).stdout
    (data / "items.csv").write_text(ITEMS + "e,Elm,Crime\n", "utf-8")
    (data / "events.csv").write_text(EVENTS + "u1,e,900\nu9,e,901\n", "utf-8")
    done = run("refresh", place)
    assert "+1 items, +2 events" in done.stdout
    assert "ease learned what is new" in done.stdout
    assert "knn was fitted anew" in done.stdout
    assert "Teaching ease" in done.stderr
    assert open(place).engine("ease").n_items == 5
    shutil.rmtree(data)
    assert "The source files are gone" in run("refresh", place).stderr
