"""`sommelier tune indexing`: a language model that writes the catalogue's items as words."""

from pathlib import Path
from typing import Annotated

import typer

from sommelier.cli.screen import err, out

__all__ = ["app"]

app = typer.Typer(help="Items as words of a language model: data, training.", no_args_is_help=True)

_Workspace = Annotated[Path, typer.Argument(help="The workspace whose items are named.")]


@app.command()
def make(
    workspace: _Workspace,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Where codes and rows go.")],
    *,
    n: Annotated[int, typer.Option("--n", help="Rows in all.", min=1)] = 100_000,
    seed: Annotated[int, typer.Option(help="Of codes and rows.", min=0)] = 1,
    levels: Annotated[int, typer.Option(help="Code words of an item.", min=1, max=25)] = 3,
    codes: Annotated[int, typer.Option(help="Code words that a level has.", min=2)] = 256,
) -> None:
    """Give items codes, and write the rows that teach them; nobody's last two events are in it."""
    from sommelier.data.workspace import Workspace
    from sommelier.engines.semantic_id import SemanticIdConfig
    from sommelier.tuning.indexing.make import earlier
    from sommelier.tuning.indexing.make import make as run
    from sommelier.tuning.instructions.source import Source

    with err.status("reading") as status:
        place = Workspace.open(workspace)
        dataset = place.dataset()
        sayings = None
        if any(dataset.catalog.texts()):
            sayings = Source.of(place.name, earlier(dataset), proposer="").sayings
        config = SemanticIdConfig(levels=levels, codes=codes)
        card = run(dataset, folder, n, seed, sayings=sayings, config=config, report=status.update)
    told = ", ".join(f"{count:,} {task}" for task, count in card["tasks"].items())
    out.print(f"{card['items']:,} items in {card['words']:,} words of {card['levels']} levels")
    out.print(f"{card['rows']:,} rows ({told}): {folder}", soft_wrap=True)


@app.command()
def train(
    rows: Annotated[Path, typer.Argument(help="The folder that `make` wrote.")],
    workspace: _Workspace,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Checkpoints; goes on from them.")],
    *,
    base: Annotated[
        Path | None,
        typer.Option(help="A Transformers folder or GGUF file; the bundled one by default."),
    ] = None,
    minutes: Annotated[float | None, typer.Option("--max-minutes", help="Stop after.")] = None,
    epochs: Annotated[int, typer.Option(help="Times through the rows.", min=1)] = 1,
    learning_rate: Annotated[float, typer.Option(help="At its height.")] = 1e-3,
    rank: Annotated[
        int, typer.Option(help="Rank of the adapter; 0 lets all weights learn.", min=0)
    ] = 16,
    examples: Annotated[int, typer.Option(help="Least rows a step.", min=1)] = 16,
    save_minutes: Annotated[float, typer.Option(help="Between two checkpoints.")] = 5.0,
    threads: Annotated[int | None, typer.Option(help="Processor threads.")] = None,
    seed: Annotated[int, typer.Option(help="Of adapter and order.")] = 0,
) -> None:
    """Teach a causal model the items' words. Stop with Ctrl-C; the same command goes on."""
    from rich.progress import Progress as Bar

    from sommelier.cli.tune.planner import bundled, reporter
    from sommelier.data.workspace import Workspace
    from sommelier.tuning.indexing.train import Settings
    from sommelier.tuning.indexing.train import train as run

    settings = Settings(
        rank=rank,
        alpha=2.0 * max(rank, 1),
        learning_rate=learning_rate,
        examples=examples,
        epochs=epochs,
        max_minutes=minutes,
        save_minutes=save_minutes,
        seed=seed,
        threads=threads,
    )
    catalog = Workspace.open(workspace).dataset().catalog
    with Bar(console=err) as bar:
        report = reporter(bar)
        made = run(base or bundled(), rows, catalog, folder, settings=settings, report=report)
    out.print(f"Model: {made}", soft_wrap=True)
