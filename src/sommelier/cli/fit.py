"""`sommelier fit`: teach engines from a workspace's events, and choose the one that answers."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sommelier.cli.screen import err, out
from sommelier.errors import DataError, NotInstalled, SommelierError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sommelier.data.workspace import Workspace
    from sommelier.evaluation.select import Choice
    from sommelier.types import Json

__all__ = ["command", "fit_workspace"]

_READERS = ("content", "instruct")  # need more than events: texts, and an encoder
_FALLBACKS = ("ease", "popularity", "content")  # who answers where nothing could be measured


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    *,
    engines: Annotated[
        str | None, typer.Option(help="Names with commas; all that can be fitted by default.")
    ] = None,
    choose: Annotated[
        bool, typer.Option(help="Try settings and engines on held-out events first.")
    ] = True,
) -> None:
    """Fit engines, each all or nothing; the best on held-out events becomes the default."""
    from sommelier.data.workspace import Workspace

    wanted = [name.strip() for name in engines.split(",")] if engines is not None else None
    fit_workspace(Workspace.open(workspace), wanted, choose=choose)


def fit_workspace(
    place: Workspace, engines: Sequence[str] | None = None, *, choose: bool = True
) -> None:
    """Fit the engines named, or all that can be; those that cannot are left out with a word.

    An engine that was named and cannot be fitted is an error, and what was fitted before it stays.
    Settings in `[engines]` of `sommelier.toml` hold; only what they leave open is tried.
    """
    from sommelier.evaluation import make_engine, usual_engines

    names = list(dict.fromkeys(engines)) if engines is not None else usual_engines()
    wanted = place.settings.engines
    for name in dict.fromkeys([*names, *wanted]):
        make_engine(name, wanted.get(name))  # a mistake is told before the long work
    choice = _chosen(place, names) if choose else None
    table = Table("engine", "settings", "N@10 held out", "seconds", box=None)
    fitted: list[str] = []
    for name in names:
        settings = _settings(choice, name) or wanted.get(name, {})
        began = time.perf_counter()
        try:
            with err.status(f"Fitting {name} …"):
                engine = make_engine(name, settings).fit(place.dataset())
                place.save_engine(name, engine.save)
        except (DataError, NotInstalled) as error:
            if engines is not None:
                raise
            _left_out(name, error)
            continue
        fitted.append(name)
        seconds = f"{time.perf_counter() - began:.1f}"
        table.add_row(name, escape(_words(settings)), _score(choice, name), seconds)
    out.print(table)
    _set_default(place, choice, fitted)


def _chosen(place: Workspace, names: Sequence[str]) -> Choice | None:
    """Try the engines on held-out events; None where there are too few of them."""
    from sommelier.evaluation import choose_engine

    able = [name for name in names if name not in _READERS]
    try:
        with err.status("Trying settings on held-out events …") as status:
            return choose_engine(
                place.dataset(),
                able,
                fixed=place.settings.engines,
                progress=lambda what: status.update(escape(what)),
            )
    except DataError as error:
        err.print(f"[dim]Nothing can be held out: {escape(error.message)}[/]")
        return None


def _settings(choice: Choice | None, name: str) -> Json:
    tried = {trial.engine for trial in choice.trials} if choice else set()
    return choice.settings_of(name) if choice and name in tried else {}


def _score(choice: Choice | None, name: str) -> str:
    scores = [trial.score for trial in choice.trials if trial.engine == name] if choice else []
    return f"{max(scores):.4f}" if scores else ""


def _words(settings: Json) -> str:
    return " ".join(f"{key}={value}" for key, value in settings.items()) or "defaults"


def _left_out(name: str, error: SommelierError) -> None:
    err.print(f"[yellow]{name} is left out:[/] {escape(error.message)}")
    if error.hint:
        err.print(f"  {error.hint}", markup=False)


def _set_default(place: Workspace, choice: Choice | None, fitted: Sequence[str]) -> None:
    """The best of the engines measured together; without measure, the first that is always good."""
    known = place.fitted()
    best = choice.engine if choice and len(fitted) > 1 else None
    if best is None and place.default_engine in known:
        best = place.default_engine
    best = best or next((name for name in _FALLBACKS if name in known), next(iter(known), None))
    if best is not None:
        place.set_default_engine(best)
        out.print(f"The engine that answers: [bold]{place.default_engine}[/]")
