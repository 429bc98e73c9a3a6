"""`sommelier refresh`: learn what is new beside what is in force, then swap at once."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sommelier.cli.screen import DATABASE, err, out

__all__ = ["command"]


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    *,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Seconds: learn only where that is quick, else take up new items."
        ),
    ] = False,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Take up new rows of the source files and feedback; what is in force serves until the swap."""
    from sommelier.shop import refresh

    began = time.perf_counter()
    with err.status("Refreshing …"):
        done = refresh(
            workspace,
            quick=quick,
            report=lambda step: err.print(f"[dim]{escape(step)}[/]"),
            database=database,
        )
    if done is None:
        out.print("Nothing is new.")
        return
    out.print(f"{done.items:+,} items, {done.events:+,} events")
    for name, did in done.engines.items():
        out.print(f"  [bold]{name}[/] {did}")
    out.print(f"In force after {time.perf_counter() - began:.1f} s.")
