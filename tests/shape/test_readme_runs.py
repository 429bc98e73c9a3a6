"""The README's own commands and code, run as a new user would, on two files written by hand."""

import shlex

import pytest
from house import ROOT
from test_pages import BLOCK
from typer.testing import CliRunner

from sommelier.cli import app

ITEMS = """\
item_id,title,genres,year,price
b1,The Lighthouse Garden,Mystery|Family,1998,8.50
b2,Midnight Ferry,Thriller|Mystery,2011,9.90
b3,A Kettle for Two,Romance|Comedy,2004,7.20
b4,The Long Field,Drama|Family,1987,12.00
b5,Paper Lanterns,Romance|Drama,2016,11.40
b6,The Cold Ledger,Thriller|Mystery,1995,6.80
"""
BLOCKS = BLOCK.findall((ROOT / "README.md").read_text("utf-8"))
LINES = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
ENDLESS = {"chat", "mcp", "serve"}
SHOP = [one for one in LINES if one.split()[2:3] == ["shop"] and not ENDLESS & {*one.split()}]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder with the two files, far from the models and caches of whoever runs this."""
    for place in ("XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(place, str(tmp_path / place))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "items.csv").write_text(ITEMS, "utf-8")
    walks = [(user, 1 + (user + 2 * step) % 6, step) for user in range(40, 60) for step in range(4)]
    rows = [f"{user},b{item},{1_600_000_000 + 86_400 * n},{1 + n}" for user, item, n in walks]
    header = "user_id,item_id,timestamp,rating"
    (tmp_path / "events.csv").write_text("\n".join([header, *rows, ""]), "utf-8")
    return tmp_path


def test_the_quick_start_runs_as_it_stands(home, capsys):
    assert [line.split()[1] for line in SHOP] == ["init", "describe"]
    for line in SHOP:
        done = CliRunner().invoke(app, shlex.split(line, comments=True)[1:])
        assert done.exit_code == 0, done.output
    settings = next(block for kind, block in BLOCKS if kind == "toml")
    (home / "shop" / "sommelier.toml").write_text(settings, "utf-8")
    for kind, block in BLOCKS:
        if kind == "python":
            exec(compile(block, "README.md", "exec"), {"__name__": "readme"})
    assert "Midnight Ferry" in capsys.readouterr().out
