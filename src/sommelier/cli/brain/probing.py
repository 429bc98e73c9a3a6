"""`sommelier brain probe`: is the model there, does it hold to a schema, does it stream."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sommelier.cli.brain import options
from sommelier.cli.screen import err, out

__all__ = ["command"]


def command(
    workspace: Annotated[
        Path | None, typer.Argument(help="A workspace whose settings name the model.")
    ] = None,
    *,
    brain: options.Name = None,
    base_url: options.Address = None,
    model: options.Model = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Ask a language model two short questions and say what is wrong. Exit code 7 if it is down."""
    from sommelier.agent.brains.settings import BrainSettings
    from sommelier.agent.brains.wiring import chosen, open_model
    from sommelier.data.workspace import Workspace
    from sommelier.llm.chat.probe import probe

    table = Workspace.open(workspace).settings.brain if workspace else {}
    asked = {"name": brain, "base_url": base_url, "model": model, "key_env": key_env}
    settings = BrainSettings.read(table, **asked)
    if chosen(settings) == "rules":
        out.print("The rules brain has no model: it is always well.")
        return
    found_model, _ = open_model(settings, key=options.key_of(settings))
    with err.status("Asking …"):
        found = asyncio.run(probe(found_model))
    for one in found.findings:
        out.print(f"[yellow]![/] {escape(one.sentence)}\n  {escape(one.hint)}")
    if not found.findings:
        out.print(f"[green]✓[/] {escape(found.model)} answers, holds to a schema and streams.")
    if not found.answers:
        raise typer.Exit(7)
