"""Ways in: a light front door, entry points that lead somewhere, dependencies that are true."""

import ast
import importlib
import json
import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from house import MODULES, PACKAGE, ROOT, name, python, tree

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
POINTS = [("scripts", *pair) for pair in PROJECT["scripts"].items()] + [
    (group, *pair) for group, points in PROJECT["entry-points"].items() for pair in points.items()
]
# Each takes long to load, or is only there with an extra; it loads when somebody needs it.
HEAVY = {"alembic", "implicit", "matplotlib", "onnx", "onnxruntime", "openai", "opentelemetry"}
HEAVY |= {"faiss", "optuna", "stamina", "tokenizers", "torch", "xllamacpp"}
TABLES = {"numpy", "polars", "scipy", "sqlalchemy", "sqlglot"}
BROUGHT = {"hypothesis", "pytest"}  # by whoever inherits the contract tests of `testing`


def test_importing_the_bare_package_loads_nothing_heavy():
    assert loaded("import sommelier") & (HEAVY | TABLES | {"pydantic", "typer"}) == set()


def test_the_command_line_answers_before_anything_heavy_loads():
    code = "from typer.testing import CliRunner; from sommelier.cli import app; "
    found = loaded(code + "assert not CliRunner().invoke(app, ['--help']).exit_code")
    assert found & (HEAVY | TABLES - {"numpy"}) == set()


def test_importing_every_module_starts_no_work():
    """No writing, no network, no process, no reading of our data files, no heavy library."""
    code = f"""
import importlib, sys
import nicegui  # asks a program where the C library is; only the page of the service loads it
def watch(event, arguments):
    if event.startswith(("socket.", "subprocess.", "os.system", "sqlite3.")) and done:
        raise AssertionError((event, arguments))
    if event == "open" and done:
        path, _, flags = arguments
        assert not (flags or 0) & 0o1103, ("writes", path)
        ours = str(path).startswith({str(PACKAGE)!r})
        assert not ours or str(path).endswith((".py", ".pyc")), ("reads", path)
done = []
sys.addaudithook(watch)
done.append(True)
for module in {[name(path) for path in MODULES]!r}:
    importlib.import_module(module)
done.clear()
"""
    traced = {"opentelemetry"}  # FastAPI loads it by itself where it is installed
    assert loaded(code) & (HEAVY - traced) == set()


@pytest.mark.parametrize(("group", "word", "target"), POINTS)
def test_every_entry_point_leads_to_something(group, word, target):
    module, _, attribute = target.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))


def test_declared_dependencies_are_those_that_are_imported():
    extras = PROJECT["optional-dependencies"].values()
    declared = {distribution(line) for line in PROJECT["dependencies"]}
    optional = {distribution(line) for extra in extras for line in extra}
    known = packages_distributions()
    used = {known.get(word, [word])[0] for word in imported() - BROUGHT}
    assert {word.lower().replace("_", "-") for word in used} == declared | optional


def loaded(code):
    """Return the top-level modules that are loaded after a fresh interpreter has run `code`."""
    tell = "\nimport json, sys; print(json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    return set(json.loads(python(code + tell).splitlines()[-1]))


def distribution(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower()


def imported():
    """Return the foreign top-level modules that any of our files imports, wherever in it."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(tree(path)):
            match node:
                case ast.Import(names=names):
                    found |= {alias.name for alias in names}
                case ast.ImportFrom(module=str(module), level=0):
                    found.add(module)
                case ast.Call(func=ast.Name(id="load"), args=[ast.Constant(value=str(module))]):
                    found.add(module)  # extras.load("onnx", extra="models")
                case ast.Call(
                    func=ast.Attribute(attr="load"), args=[ast.Constant(value=str(module))]
                ) if any(word.arg == "extra" for word in node.keywords):
                    found.add(module)
    return {word.split(".")[0] for word in found} - set(sys.stdlib_module_names) - {"sommelier"}
