"""How long things may be. The numbers are budgets: who needs more, splits first."""

import ast
import warnings
from collections import Counter

import pytest
from house import FILES, PACKAGE, shown, tree

FILE, WELCOME = 400, 200
FUNCTION = 50
CONTRACT = 60
ROOM = 12

CONTRACTS = sorted(PACKAGE.rglob("base.py"))


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_file_is_longer_than_400_lines(path):
    assert len(path.read_text("utf-8").splitlines()) <= FILE


def test_files_beyond_200_lines_are_told():
    sizes = {shown(path): len(path.read_text("utf-8").splitlines()) for path in FILES}
    long = [f"{size} {path}" for path, size in sizes.items() if size > WELCOME]
    if long:
        warnings.warn("beyond 200 lines: " + ", ".join(sorted(long, reverse=True)), stacklevel=1)


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_function_body_is_longer_than_50_lines(path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]
    assert not [f"{f.name}: {n}" for f in functions if (n := lines(body(f))) > FUNCTION]


@pytest.mark.parametrize("path", CONTRACTS, ids=shown)
def test_a_contract_fits_on_a_screen(path):
    """Docstrings and empty lines are not counted: they are what makes it readable."""
    text = path.read_text("utf-8").splitlines()
    for node in tree(path).body:
        if isinstance(node, ast.ClassDef):
            told = docstrings(node)
            code = range(node.lineno, node.end_lineno + 1)
            size = sum(bool(text[line - 1].strip()) and line not in told for line in code)
            assert size <= CONTRACT, f"{node.name}: {size}"


def test_no_room_holds_more_than_12_files():
    kept = (p for p in PACKAGE.rglob("*") if p.is_file() and p.suffix != ".pyc")
    rooms = Counter(shown(path.parent) for path in kept)
    assert not {room: n for room, n in rooms.items() if n > ROOM}


def body(node):
    """Return a function's statements without its docstring."""
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def lines(statements):
    return statements[-1].end_lineno - statements[0].lineno + 1 if statements else 0


def docstrings(node):
    """Return the line numbers of all docstrings in a class."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [n.body[0] for n in ast.walk(node) if isinstance(n, kinds) and ast.get_docstring(n)]
    return {line for one in first for line in range(one.lineno, one.end_lineno + 1)}
