"""`sommelier evaluate`: engines on held-out events, and who follows what people say."""

import typer
from typer.core import TyperGroup

from sommelier.cli.evaluate import engines, instructions

__all__ = ["app"]


class _EnginesUnlessNamed(TyperGroup):
    """`sommelier evaluate WORKSPACE` is `sommelier evaluate engines WORKSPACE`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["engines", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_EnginesUnlessNamed,
    help="Measure engines on held-out events, or who follows what people say.",
    no_args_is_help=True,
)
app.command("engines")(engines.command)
app.command("instructions")(instructions.command)
