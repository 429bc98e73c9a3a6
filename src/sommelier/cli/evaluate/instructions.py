"""`sommelier evaluate instructions`: who follows what people say, one right item among many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sommelier.cli.screen import err, out

if TYPE_CHECKING:
    from sommelier.types import Json

__all__ = ["command"]


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace the rows were made of.")],
    rows: Annotated[Path, typer.Argument(help="What `sommelier tune instructions make` wrote.")],
    *,
    engine: Annotated[
        str | None, typer.Option(help="The engine of taste; the workspace's default.")
    ] = None,
    wrong: Annotated[
        int, typer.Option(help="Wrong items beside the right one; 0 is the whole catalogue.", min=0)
    ] = 99,
    each: Annotated[int, typer.Option(help="Rows of each kind, one a person.", min=10)] = 500,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
) -> None:
    """Measure who puts first what was asked for, on people nobody was trained on."""
    from sommelier.data.workspace import Workspace
    from sommelier.evaluation.instructions.rankers import make_rankers
    from sommelier.evaluation.instructions.report import kinds, make_report, sentence
    from sommelier.evaluation.instructions.rows import read_rows

    place = Workspace.open(workspace)
    name = engine or place.default_engine or "ease"
    mine = [row for row in read_rows(rows, split="test") if row.set == place.name]
    dataset = place.dataset()
    with err.status(f"Fitting {name} …") as status:
        rankers = make_rankers(dataset, name, place.settings.engines.get(name))
        report = make_report(
            dataset,
            rankers,
            kinds(mine, each),
            wrong=wrong,
            progress=lambda what: status.update(f"{what} …"),
        )
    _show(report)
    out.print(f"[dim]{sentence(wrong)}[/]")
    if json_file is not None:
        json_file.write_text(json.dumps(report, indent=1) + "\n", "utf-8")


def _show(report: Json) -> None:
    from rich.table import Table

    names = list(next(iter(report.values()))["N@10"])
    table = Table("instruction", "rows", *names, box=None)
    for kind, told in report.items():
        best = max(one["mean"] for one in told["N@10"].values())
        cells = [_cell(told["N@10"][name], best) for name in names]
        table.add_row(kind, f"{told['rows']:,}", *cells)
    out.print(table)


def _cell(told: Json, best: float) -> str:
    text = f"{told['mean']:.4f} ±{(told['high'] - told['low']) / 2:.3f}"
    return f"[bold]{text}[/]" if told["mean"] == best else text
