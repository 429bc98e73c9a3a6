"""The command line: one file per verb, thin over the library. Heavy imports stay inside functions,
so that `sommelier --help` answers at once.
"""

import logging
import sys
from importlib.metadata import version

import typer
from rich.markup import escape

from sommelier.cli import (
    brain,
    chat,
    describe,
    doctor,
    evaluate,
    fit,
    init,
    mcp,
    models,
    recommend,
    serve,
    similar,
    tune,
)
from sommelier.cli.screen import err, out
from sommelier.cli.upkeep import backup, keys, profile, refresh
from sommelier.errors import SommelierError

__all__ = ["app", "main"]

app = typer.Typer(
    name="sommelier",
    help="Turns any catalogue and its interaction log into a recommender one can talk to.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.command)
app.command("backup")(backup.backup)
app.command("chat")(chat.command)
app.command("describe")(describe.command)
app.command("doctor")(doctor.command)
app.command("fit")(fit.command)
app.command("mcp")(mcp.command)
app.command("recommend")(recommend.command)
app.command("refresh")(refresh.command)
app.command("restore")(backup.restore)
app.command("serve")(serve.command)
app.command("similar")(similar.command)
app.add_typer(brain.app, name="brain")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(keys.app)
app.add_typer(models.app, name="models")
app.add_typer(profile.app)
app.add_typer(tune.app, name="tune")


@app.callback(invoke_without_command=True)
def _root(show_version: bool = typer.Option(False, "--version", help="Print the version.")) -> None:
    if show_version:
        out.print(f"sommelier {version('sommelier')}")
        raise typer.Exit


def main() -> None:
    """Run one command; an error of ours prints what was wrong and what next, and exits."""
    # A call that is repeated is no news to a person; what comes of it is told.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    try:
        app()
    except SommelierError as error:
        err.print(f"[bold red]✗[/] {escape(error.message)}", soft_wrap=True)
        if error.hint:
            err.print(f"  {error.hint}", markup=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("Stopped; what was finished is kept.")
        sys.exit(130)
