"""How a module looks from outside: what it says of itself, what it offers, what it never does."""

import ast
import importlib

import pytest
from house import FILES, MODULES, name, shown, tree


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_all_names_what_the_module_defines_and_nothing_else(path):
    listed, made = exported(path), defined(path)
    if path.name == "__init__.py" and listed is None:
        assert not made, f"public names without __all__: {made}"
        return
    assert listed is not None, "no __all__"
    assert len(set(listed)) == len(listed)
    assert made <= set(listed), f"not in __all__: {made - set(listed)}"
    module = importlib.import_module(name(path))
    assert [word for word in listed if not hasattr(module, word)] == []


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_no_star_import_and_no_print(path):
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom):
            assert "*" not in [alias.name for alias in node.names], node.lineno
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != "print", node.lineno


def test_every_room_has_a_door():
    rooms = {path.parent for path in FILES}
    assert [shown(room) for room in rooms if not (room / "__init__.py").exists()] == []


def test_no_module_is_called_utils():
    words = {"utils", "util", "helpers", "misc", "common"}
    assert [shown(path) for path in FILES if words & set(path.with_suffix("").parts)] == []


def exported(path):
    for node in tree(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                return ast.literal_eval(value)
            case ast.AnnAssign(target=ast.Name(id="__all__"), value=value):
                return ast.literal_eval(value)
    return None


def defined(path):
    """Return the public names that a module's own statements make."""
    names = set()
    for node in tree(path).body:
        match node:
            case ast.FunctionDef(decorator_list=[ast.Call(func=ast.Attribute(attr="command"))]):
                pass  # a verb of the command line: `app` offers it
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names.add(node.name)
            case ast.Assign(targets=targets):
                names |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=one)):
                names.add(one)
    return {word for word in names if not word.startswith("_")}
