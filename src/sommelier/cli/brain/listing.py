"""`sommelier brain list`: which brains there are, and which can answer here."""

from pathlib import Path
from typing import Annotated

import typer

from sommelier.cli.screen import out

__all__ = ["command"]


def command(
    workspace: Annotated[
        Path | None, typer.Argument(help="A workspace, to see what its settings choose.")
    ] = None,
) -> None:
    """Show the brains, and which of them are ready on this machine."""
    from rich.table import Table

    from sommelier.agent.brains.settings import BrainSettings
    from sommelier.agent.brains.wiring import BRAINS, chosen, installed
    from sommelier.data.workspace import Workspace

    table = Workspace.open(workspace).settings.brain if workspace else {}
    settings = BrainSettings.read(table)
    here, used = installed(), chosen(settings)
    ready = {
        "openai": f"at {settings.base_url}" if settings.base_url else "needs base_url and model"
    }
    shown = Table("", "brain", "what it is", "here")
    shown.columns[1].no_wrap = True
    for name, meaning in BRAINS.items():
        state = "yes" if name in here else ready.get(name, "sommelier models install")
        shown.add_row("→" if name == used else "", name, meaning, state)
    if used not in BRAINS:
        shown.add_row("→", used, "a plug-in", "yes")
    out.print(shown)
    out.print(
        "→ answers unless --brain or \\[brain] in sommelier.toml says otherwise. Whatever fails, "
        "the rules brain takes over and says so."
    )
