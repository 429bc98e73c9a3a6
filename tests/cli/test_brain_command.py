"""`sommelier brain`, and how `sommelier chat` is given one."""

import json

import pytest
from typer.testing import CliRunner

from sommelier.agent.brains.wiring import default_brain, installed
from sommelier.cli import app
from sommelier.errors import ConfigError, UnknownName
from sommelier.testing.servers.misbehaving import ModelServer


@pytest.fixture
def server():
    found = ModelServer()
    yield found
    found.close()


def run(*words, **env):
    return CliRunner().invoke(app, [str(w) for w in words], env={"COLUMNS": "200", **env})


def test_the_list_marks_the_brain_that_answers():
    done = run("brain", "list")
    assert done.exit_code == 0
    [chosen] = [line for line in done.stdout.splitlines() if "→" in line and "│" in line]
    assert default_brain(installed()) in chosen
    assert "openai" in done.stdout


def test_the_rules_brain_needs_no_probe():
    assert "always well" in run("brain", "probe", "--brain", "rules").stdout


def test_a_probe_says_what_is_wrong_with_an_endpoint(server):
    server.fails(401, "wrong key")
    done = run("brain", "probe", "--base-url", server.url, "--model", "m")
    assert done.exit_code == 7
    assert "wrong key" in done.stdout
    assert "key" in done.stdout


def test_a_probe_is_content_with_a_model_that_is_well(server):
    server.says(json.dumps({"state": "violet", "level": 4})).streams(["violet, ", "level 4"])
    done = run("brain", "probe", "--base-url", server.url, "--model", "m")
    assert done.exit_code == 0
    assert "✓" in done.stdout


def test_the_key_comes_from_the_variable_that_is_named_and_from_no_other(server):
    server.says(json.dumps({"state": "violet", "level": 4})).streams(["well"])
    words = ("brain", "probe", "--base-url", server.url, "--model", "m")
    run(*words, "--key-env", "CELLAR_KEY", CELLAR_KEY="sesame", OPENAI_API_KEY="other")
    run(*words, OPENAI_API_KEY="other")
    sent = [headers["Authorization"] for headers in server.headers]
    assert sent[0] == "Bearer sesame"
    assert sent[-1] == "Bearer none"


def test_an_empty_variable_is_told_before_any_call(server):
    words = ("brain", "probe", "--base-url", server.url, "--model", "m", "--key-env", "CELLAR_KEY")
    done = run(*words, CELLAR_KEY="")
    assert isinstance(done.exception, ConfigError)
    assert "CELLAR_KEY" in done.exception.message
    assert server.calls == 0


def test_a_brain_that_nobody_knows_is_told():
    done = run("brain", "probe", "--brain", "openai")
    assert isinstance(done.exception, ConfigError)
    assert "base_url" in done.exception.hint


def test_a_misspelt_brain_suggests_the_nearest(shop):
    done = run("chat", shop, "--brain", "rulse", "--script", "-")
    assert isinstance(done.exception, UnknownName)
    assert "rules" in done.exception.hint


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    (folder / "items.csv").write_text("item_id,title,genres\n1,Ash,Drama\n2,Elm,Comedy\n", "utf-8")
    (folder / "events.csv").write_text("user_id,item_id\na,1\nb,2\n", "utf-8")
    words = ("init", folder / "w", "--items", folder / "items.csv")
    done = run(*words, "--events", folder / "events.csv")
    assert done.exit_code == 0, done.output
    return folder / "w"


def test_the_settings_of_a_workspace_choose_the_brain(shop, server, tmp_path):
    server.says('{"do":"talk","topic":"greet"}')
    toml = shop / "sommelier.toml"
    before = toml.read_text("utf-8")
    toml.write_text(f'{before}\n[brain]\nbase_url = "{server.url}"\nmodel = "m"\n', "utf-8")
    (tmp_path / "said.txt").write_text("good evening\n", "utf-8")
    words = ("chat", shop, "--script", tmp_path / "said.txt", "--jsonl")
    chosen, told = run(*words), run(*words, "--brain", "rules")
    toml.write_text(before, "utf-8")
    assert json.loads(chosen.stdout)["brain"] == "m"
    assert json.loads(told.stdout)["brain"] == "rules"
    assert server.calls == 1


def test_a_terminal_is_told_which_brain_is_on_and_that_it_is_down(shop, server):
    server.fails(401, "wrong key")
    words = ("chat", shop, "--base-url", server.url, "--model", "m")
    done = CliRunner().invoke(app, list(map(str, words)), input="drama\n/usage\n/quit\n")
    assert "Brain: m" in done.stderr
    assert "the rules brain answers" in " ".join(done.stderr.split())
    assert "its key was refused" in " ".join(done.stdout.split())
