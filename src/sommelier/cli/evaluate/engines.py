"""`sommelier evaluate engines`: side by side on held-out events, with the protocol printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer
from rich.markup import escape

from sommelier.cli.screen import err, out
from sommelier.errors import UsageError
from sommelier.types import Json

if TYPE_CHECKING:
    from sommelier.data.workspace import Workspace

__all__ = ["command"]

_LISTS: Final = {  # the report's name -> the column's, and how its numbers read
    "coverage": ("coverage", "{:.1%}"),
    "novelty": ("novelty (bits)", "{:.2f}"),
    "diversity": ("diversity", "{:.3f}"),
    "popularity": ("popularity", "{:.1%}"),
    "gini": ("Gini", "{:.3f}"),
}


def command(
    workspace: Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The workspace's folder.")],
    *,
    engines: Annotated[
        str | None, typer.Option(help="Names with commas; all registered ones by default.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="ENGINE.SETTING=VALUE", help="Instead of the fitted ones."),
    ] = None,
    protocol: Annotated[
        Literal["leave-last-out", "time"], typer.Option(help="How events are held out.")
    ] = "leave-last-out",
    k: Annotated[int, typer.Option("--k", help="Length of the lists.", min=1, max=1000)] = 10,
    users: Annotated[
        int | None, typer.Option(help="Measure on so many users, drawn at random.", min=1)
    ] = None,
    fit_validation: Annotated[
        bool, typer.Option("--fit-validation", help="Let engines learn from validation too.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the sample and the intervals.", min=0)] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw a picture here (needs sommelier[plot]).")
    ] = None,
) -> None:
    """Measure engines on held-out events: accuracy with intervals, and what the lists are like."""
    from sommelier.data.workspace import Workspace
    from sommelier.evaluation import (
        Protocol,
        make_report,
        make_task,
        measure_all,
        usual_engines,
    )

    shop = Workspace.open(workspace)
    names = [name.strip() for name in engines.split(",")] if engines else usual_engines()
    wanted = {name: _fitted_settings(shop, name) for name in names}
    for name, setting, value in map(_override, settings or []):
        if name not in wanted:
            raise UsageError(f"--set speaks of {name!r}, which is not among the engines {names}.")
        wanted[name][setting] = value
    asked = Protocol(name=protocol, k=k, users=users, fit_validation=fit_validation, seed=seed)
    with err.status("Dividing the log …") as status:
        task = make_task(shop.dataset(), asked)
        rows = measure_all(wanted, task, progress=lambda what: status.update(f"{what} …"))
        status.update("Intervals and comparisons …")
        report = make_report(rows, task)
    _show(report)
    _keep(report, json_file, plot)


def _fitted_settings(shop: Workspace, name: str) -> Json:
    """Return the settings an engine was fitted with in this workspace; none if it was not."""
    if name not in shop.fitted():
        return {}
    card = json.loads((shop.engine_dir(name) / "engine.json").read_text("utf-8"))
    return dict(card["config"])


def _override(text: str) -> tuple[str, str, object]:
    where, _, value = text.partition("=")
    name, _, setting = where.partition(".")
    if not (name and setting and value):
        raise UsageError(f"--set {text!r} cannot be read.", hint="For example: --set ease.reg=200")
    try:
        return name, setting, json.loads(value)
    except ValueError:
        return name, setting, value  # a word


def _show(report: Json) -> None:
    k, data, best = report["protocol"]["k"], report["data"], report["best"]
    rows = sorted(report["rows"], key=lambda row: -row["accuracy"][best["by"]]["mean"])
    measures = [f"{name}@{k}" for name in ("R", "N", "MRR", "MAP")]
    lists = [name for name in _LISTS if name in rows[0]["lists"]]
    _print(
        measures, [(r["engine"], [_cell(r["accuracy"][name]) for name in measures]) for r in rows]
    )
    _print(
        [_LISTS[name][0] for name in lists],
        [(r["engine"], [_LISTS[name][1].format(r["lists"][name]) for name in lists]) for r in rows],
    )
    out.print(
        f"[dim]Means over {data['evaluated_users']:,} users with 95 % bootstrap intervals. "
        f"* differs from {best['engine']}, the best by {best['by']} "
        "(paired randomisation test, Holm-corrected p < 0.05).[/]"
    )
    out.print(f"[dim]{escape(report['protocol']['sentence'])}.[/]")


def _print(columns: list[str], rows: list[tuple[str, list[str]]]) -> None:
    from rich.table import Table

    table = Table("engine", show_edge=False)
    for name in columns:
        table.add_column(name, justify="right")
    for engine, cells in rows:
        table.add_row(engine, *cells)
    out.print(table)


def _cell(cell: Json) -> str:
    mark = "*" if cell["p"] is not None and cell["p"] < 0.05 else " "
    return f"{cell['mean']:.4f}{mark}\n[dim]{cell['low']:.3f}–{cell['high']:.3f}[/] "


def _keep(report: Json, json_file: Path | None, plot: Path | None) -> None:
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        err.print(f"Report: {escape(str(json_file))}")
    if plot is not None:
        from sommelier.evaluation.plot import draw

        draw(report, plot)
        err.print(f"Picture: {escape(str(plot))}")
