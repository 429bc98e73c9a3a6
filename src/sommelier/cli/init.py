"""`sommelier init`: make a workspace from files, and say what was understood."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from sommelier.cli.describe import counts_table, schema_table
from sommelier.cli.screen import err, out
from sommelier.errors import UsageError

if TYPE_CHECKING:
    from sommelier.data.sources.base import Imported
    from sommelier.data.workspace import Workspace

__all__ = ["command"]


def command(
    workspace: Annotated[Path, typer.Argument(help="The folder to make.")],
    *,
    items: Annotated[Path | None, typer.Option(help="Table of items.")] = None,
    events: Annotated[Path | None, typer.Option(help="Table of events: who, what, when.")] = None,
    users: Annotated[Path | None, typer.Option(help="Table of users.")] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A file, folder or zip as it was downloaded."),
    ] = None,
    on_bad_row: Annotated[
        Literal["error", "skip"],
        typer.Option(help="Stop at a bad row, or set bad rows aside in rejects.csv."),
    ] = "error",
    force: Annotated[
        bool, typer.Option("--force", help="Give an existing workspace new data.")
    ] = False,
) -> None:
    """Make a workspace from files of CSV, TSV, JSON lines or Parquet, or from a known download."""
    if source and (items or events or users):
        raise UsageError("--from finds the files by itself; give either --from or single files.")
    from sommelier.data.sources import read, read_named
    from sommelier.data.workspace import Workspace

    if not force:
        Workspace.refuse_existing(workspace)  # before the long work, not after it
    with err.status("Reading …") as status:
        if source:
            imported = read(source, on_bad_row=on_bad_row)
        else:
            imported = read_named(items=items, events=events, users=users, on_bad_row=on_bad_row)
        status.update("Understanding and writing …")
        place = Workspace.replace(workspace, imported)
    _report(place, imported)
    if len(place.dataset().interactions) and find_spec("sommelier.cli.fit"):
        import_module("sommelier.cli.fit").fit_workspace(place)
    else:
        out.print(f"Next: sommelier fit {workspace}", soft_wrap=True)


def _report(place: Workspace, imported: Imported) -> None:
    out.print(schema_table(place.schema))
    out.print(counts_table(place, place.dataset().interactions))
    for note in imported.notes:
        out.print(f"[dim]· {escape(note)}[/]")
    if imported.rejects:
        out.print(
            f"[yellow]{len(imported.rejects):,} bad rows were set aside:[/] "
            f"{escape(str(place.version / 'rejects.csv'))}",
            soft_wrap=True,
        )
    out.print(f"Corrections go into {escape(str(place.path / 'sommelier.toml'))}", soft_wrap=True)
