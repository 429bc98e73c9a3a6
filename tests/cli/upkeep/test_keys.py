"""`sommelier keys`, `backup` and `restore` on a small workspace."""

import re

import polars as pl
import pytest
from typer.testing import CliRunner

from sommelier.cli import app
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace
from sommelier.errors import UnknownName, UsageError
from sommelier.state import Store


@pytest.fixture
def shop(tmp_path):
    items = pl.DataFrame({"item_id": ["heat", "alien"], "title": ["Heat", "Alien"]})
    events = pl.DataFrame({"user_id": ["ann", "bob"], "item_id": ["heat", "alien"]})
    return Workspace.create(tmp_path / "shop", Imported(items=items, events=events))


def run(*words):
    env = {"COLUMNS": "160", "SOMMELIER_DATABASE": ""}
    return CliRunner().invoke(app, [*map(str, words)], env=env)


def test_a_key_is_made_told_once_listed_and_revoked(shop):
    assert "anybody" in run("keys", "list", shop.path).stdout
    made = run("keys", "create", shop.path, "--scopes", "read,chat", "--user", "42", "--days", 90)
    secret = made.stdout.strip()
    assert re.fullmatch(r"som_[\w-]{43}", secret)
    with Store.open(shop.state_path) as store:
        key = store.key_of(secret)
    assert (key.scopes, key.user_id) == (("read", "chat"), "42")
    assert key.expires - key.created == pytest.approx(90 * 86_400, abs=60)
    listed = run("keys", "list", shop.path).stdout
    assert key.id in listed
    assert "valid until" in listed
    assert secret not in listed
    assert "is revoked" in run("keys", "revoke", shop.path, key.id).stdout
    assert "revoked" in run("keys", "list", shop.path).stdout
    with Store.open(shop.state_path) as store:
        assert store.key_of(secret) is None
        assert [act.action for act in store.audited()] == ["keys.create", "keys.revoke"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["create", "--scopes", "write"], UsageError),
        (["create", "--scopes", ""], UsageError),
        (["create", "--days", "0"], UsageError),
        (["revoke", "nothing"], UnknownName),
    ],
)
def test_what_makes_no_sense_is_refused(shop, words, error):
    verb, *rest = words
    assert isinstance(run("keys", verb, shop.path, *rest).exception, error)


def test_a_workspace_goes_into_a_file_and_comes_back(shop, tmp_path):
    file = tmp_path / "shop.tar"
    run("keys", "create", shop.path)
    assert "files" in run("backup", shop.path, file).stdout
    assert isinstance(run("backup", shop.path, file).exception, UsageError)
    assert "2 items, 2 users" in run("restore", file, tmp_path / "again").stdout
    with Store.open(Workspace.open(tmp_path / "again").state_path) as store:
        assert store.has_keys()
