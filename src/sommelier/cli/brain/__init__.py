"""`sommelier brain`: which brains there are, whether one is well, and how they compare."""

import typer

from sommelier.cli.brain.comparing import command as compare
from sommelier.cli.brain.listing import command as list_brains
from sommelier.cli.brain.probing import command as probe

__all__ = ["app"]

app = typer.Typer(help="Brains: list, probe and compare them.", no_args_is_help=True)
app.command("compare")(compare)
app.command("list")(list_brains)
app.command("probe")(probe)
