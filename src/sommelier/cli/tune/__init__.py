"""`sommelier tune`: better settings for an engine, a small model better at its work."""

import typer

from sommelier.cli.tune import indexing, instructions, planner
from sommelier.cli.tune.engine import command as engine

__all__ = ["app"]

app = typer.Typer(
    help="Search settings of an engine; make a small model better at its work.",
    no_args_is_help=True,
)
app.command("engine")(engine)
app.add_typer(indexing.app, name="indexing")
app.add_typer(instructions.app, name="instructions")
app.add_typer(planner.app, name="planner")
