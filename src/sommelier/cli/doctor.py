"""`sommelier doctor`: is everything here, and if not, what to do."""

import platform
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version

import typer
from rich.markup import escape

from sommelier.cli.screen import out
from sommelier.errors import SommelierError

__all__ = ["command"]


def command() -> None:
    """Check the installation and say what to do."""
    failed = 0
    for name, check in _checks():
        try:
            out.print(f"[green]✓[/] {name}: {escape(check())}")
        except SommelierError as error:
            failed += 1
            out.print(f"[red]✗[/] {name}: {escape(error.message)}\n  {escape(error.hint)}")
    if failed:
        raise typer.Exit(1)
    out.print("All is well. Try: sommelier chat")


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    yield "Python", lambda: f"{platform.python_version()} on {sys.platform} {platform.machine()}"
    yield "sommelier", lambda: version("sommelier")
    yield "libraries", _libraries
    yield "engines", _engines
    yield "text encoder", _encoder
    yield "language model", _language_model
    yield "bundled films", _films


def _libraries() -> str:
    names = ("numpy", "polars", "scipy", "implicit", "onnxruntime", "sqlalchemy")
    return ", ".join(f"{name} {version(name)}" for name in names)


def _engines() -> str:
    from sommelier import registry

    for name in registry.names("engines"):
        registry.load("engines", name)
    return ", ".join(registry.names("engines"))


def _encoder() -> str:
    from sommelier.llm.encoder import open_encoder

    encoder = open_encoder()
    return f"{encoder.name}, {encoder.encode(['a cosy village mystery']).shape[1]} dimensions"


def _language_model() -> str:
    from sommelier.llm.adapters import planner_adapter
    from sommelier.llm.chat.embedded import open_default

    adapter = planner_adapter()
    with open_default() as model:
        return f"{model.name}, {'tuned to plan' if adapter else 'no adapter: untuned'}"


def _films() -> str:
    from sommelier.data.demo import load_films

    return f"{load_films().height:,} films"
