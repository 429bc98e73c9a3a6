"""`sommelier tune engine`: search settings of an engine on held-out events, and keep the best."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from sommelier.cli.screen import err, out

if TYPE_CHECKING:
    from sommelier.data.workspace import Workspace
    from sommelier.tuning.engine import Progress, Tuned
    from sommelier.tuning.engine.journal import Row

__all__ = ["command"]

_SHOWN = 10  # trials in the table


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    engine: Annotated[str, typer.Argument(help="The engine's name.")],
    *,
    trials: Annotated[
        int | None, typer.Option(help="Fits in all, earlier runs counted; 30 without --minutes.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Begin no further fit after so many minutes of this run.")
    ] = None,
    users: Annotated[
        int, typer.Option(help="People who choose; as many others check the choice.")
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Of people and proposals.", min=0)] = 0,
    write: Annotated[
        bool,
        typer.Option(
            "--write/--print", help="Write better settings into sommelier.toml, or only print them."
        ),
    ] = True,
) -> None:
    """Search settings on held-out events. Stop with Ctrl-C; the same command goes on."""
    from rich.progress import Progress as Bar

    from sommelier import extras
    from sommelier.data.workspace import Workspace
    from sommelier.tuning.engine import tune

    place = Workspace.open(workspace)
    extras.load("optuna", extra="tune").logging.set_verbosity(30)  # warnings; trials are ours
    with Bar(console=err) as bar:
        task = bar.add_task(f"{engine}: the default", total=1.0)
        found = tune(
            place.dataset(),
            engine,
            place.tuning_path,
            settings=place.settings.engines.get(engine),
            trials=trials,
            minutes=minutes,
            users=users,
            seed=seed,
            report=lambda told: bar.update(
                task, completed=told.done, description=_described(engine, told)
            ),
        )
    _show(found)
    _keep(place, found, write=write)


def _described(engine: str, told: Progress) -> str:
    best = max((row.score for row in told.tried), default=told.default.score)
    return f"{engine}: {len(told.tried)} trials, best N@10 {best:.4f}"


def _show(found: Tuned) -> None:
    from rich.table import Table

    table = Table("trial", box=None)
    table.add_column("settings", overflow="fold")
    for name in ("N@10", "others", "seconds"):
        table.add_column(name, justify="right")
    table.add_row("default", *_cells(found.default))
    best = sorted(enumerate(found.tried, 1), key=lambda one: -one[1].score)
    for number, row in best[:_SHOWN]:
        table.add_row(str(number), *_cells(row))
    out.print(table)
    choose, check = found.people
    left = f"The best {_SHOWN} of {len(best)} trials. " if len(best) > _SHOWN else ""
    out.print(
        f"[dim]{left}N@10 is over {choose:,} people, who choose; the others are {check:,} people "
        f"who have no say. {escape(found.protocol)}. All trials: {escape(str(found.journal))}[/]"
    )
    _compare(found.default, found.best)


def _cells(row: Row) -> list[str]:
    told = " ".join(f"{key}={value}" for key, value in row.settings.items())
    return [escape(told), f"{row.score:.4f}", f"{row.others:.4f}", f"{row.seconds:.1f}"]


def _compare(default: Row, best: Row) -> None:
    """Say the default's figures beside the best one's, with 95 % bootstrap intervals."""
    for word, row in (("Default", default), ("Best", best)):
        out.print(f"{word}: {row.score:.4f} ({row.low:.4f} to {row.high:.4f}), 95 % interval.")
    more, low, high = best.gain
    out.print(f"Gain for the others: {more:+.4f} ({low:+.4f} to {high:+.4f}), paired.")


def _keep(place: Workspace, found: Tuned, *, write: bool) -> None:
    from sommelier.data.settings import engine_table

    name, best = found.engine, found.best
    if found.ended != "budget":
        out.print(_ENDS[found.ended])
    if not found.better:
        out.print("Nothing tried beats the default beyond chance: sommelier.toml stays as it is.")
        if best.gain[0] > 0:
            out.print("More people (--users) may tell finer differences.")
        return
    if write:
        place.set_engine(name, best.settings)
        out.print(f"Written into {place.path / 'sommelier.toml'}:", soft_wrap=True)
    out.print(engine_table(name, best.settings).rstrip(), markup=False)
    if write:
        out.print(f"Next: sommelier fit {place.path}", soft_wrap=True, markup=False)


_ENDS = {
    "stopped": "Stopped early; the same command goes on from here.",
    "exhausted": "There is nothing more to try for this engine.",
}
