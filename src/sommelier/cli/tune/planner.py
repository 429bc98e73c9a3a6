"""`sommelier tune planner`: make a small model better at reading messages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sommelier.cli.screen import err, out

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress as Bar

    from sommelier.llm.chat.base import ChatModel
    from sommelier.tuning.lora.train import Progress

__all__ = ["app", "bundled", "opened_teacher", "reporter"]

app = typer.Typer(help="The model that reads messages: data, training, export.")

_Base = Annotated[
    Path | None,
    typer.Option("--base", help="A Transformers folder or GGUF file; the bundled one by default."),
]


@app.command()
def make(
    folder: Annotated[Path, typer.Option("--out", "-o", help="Where the three files go.")],
    n: Annotated[
        int, typer.Option("--n", help="Rows to train on; dev and test come with them.")
    ] = 20_000,
    seed: Annotated[
        int, typer.Option(help="Of everything: the same seed makes the same rows.")
    ] = 1,
    teacher: Annotated[
        str | None, typer.Option(help="A model that words the training rows anew.")
    ] = None,
    base_url: Annotated[
        str, typer.Option("--base-url", help="The OpenAI-compatible endpoint of the teacher.")
    ] = "http://localhost:8080/v1",
) -> None:
    """Make up messages and what they mean over invented catalogues."""
    from sommelier.tuning.planner.examples.make import make as run

    with err.status("making rows") as status:
        card = run(folder, n, seed, status.update, opened_teacher(teacher, base_url))
    for split, told in card["splits"].items():
        out.print(f"{split}: {told['rows']:,} rows, {sum(told['dropped'].values()):,} dropped")
    out.print(f"Rows: {folder}", soft_wrap=True)


@app.command()
def train(
    rows: Annotated[Path, typer.Argument(help="JSONL: system, user, answer, group.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Checkpoints; goes on from them.")],
    *,
    base: _Base = None,
    start: Annotated[
        Path | None, typer.Option("--from", help="A GGUF adapter to begin from.")
    ] = None,
    dev: Annotated[Path | None, typer.Option(help="Rows judged at every checkpoint.")] = None,
    minutes: Annotated[float | None, typer.Option("--max-minutes", help="Stop after.")] = None,
    epochs: Annotated[int, typer.Option(help="Times through the rows.")] = 1,
    learning_rate: Annotated[float, typer.Option(help="At its height.")] = 1e-3,
    rank: Annotated[int, typer.Option(help="Rank of the adapter.")] = 16,
    examples: Annotated[int, typer.Option(help="Least rows a step.")] = 16,
    save_minutes: Annotated[float, typer.Option(help="Between two checkpoints.")] = 5.0,
    threads: Annotated[int | None, typer.Option(help="Processor threads.")] = None,
    seed: Annotated[int, typer.Option(help="Of adapter and order.")] = 0,
) -> None:
    """Train a low-rank adapter. Stop with Ctrl-C; the same command goes on."""
    from rich.progress import Progress as Bar

    from sommelier.tuning.lora.train import Settings
    from sommelier.tuning.lora.train import train as run

    settings = Settings(
        rank=rank,
        alpha=2.0 * rank,
        learning_rate=learning_rate,
        examples=examples,
        epochs=epochs,
        max_minutes=minutes,
        save_minutes=save_minutes,
        seed=seed,
        threads=threads,
    )
    with Bar(console=err) as bar:
        report = reporter(bar)
        made = run(
            base or bundled(), rows, folder, start=start, dev=dev, settings=settings, report=report
        )
    out.print(f"Adapter: {made}", soft_wrap=True)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="The folder that `train` wrote to.")],
    file: Annotated[Path, typer.Option("--out", "-o", help="The GGUF adapter to write.")],
    base: _Base = None,
) -> None:
    """Write the adapter as a GGUF file for llama.cpp."""
    from sommelier.tuning.lora.export import export as write
    from sommelier.tuning.lora.export import shape

    last = folder / "last" if (folder / "last").exists() else folder
    architecture, head = shape(base or bundled())
    made = write(last, file, architecture=architecture, head=head, name="sommelier planner")
    out.print(f"Adapter: {made}, {made.stat().st_size / 1e6:.1f} MB", soft_wrap=True)


def opened_teacher(model: str | None, base_url: str) -> "ChatModel | None":
    """Return the model behind an endpoint; None where none is named."""
    from sommelier.llm.chat.openai import Endpoint, OpenAIModel

    if model is None:
        return None
    return OpenAIModel(Endpoint.read({"base_url": base_url, "model": model}))


@app.command()
def evaluate(
    rows: Annotated[Path, typer.Argument(help="test.jsonl that `make` wrote.")],
    adapter: Annotated[
        Path | None, typer.Option(help="A GGUF adapter; the one that ships by default.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Take so many rows.", min=1)] = None,
) -> None:
    """Measure the plans of the tuned model, as `sommelier brain compare` does for any brain."""
    from sommelier.cli.brain.comparing import compared
    from sommelier.evaluation.brains import make_report, table
    from sommelier.tuning.planner.testset import read_cases

    report = make_report(compared(["embedded"], read_cases(rows, limit), adapter=adapter))
    out.print(table(report), markup=False, soft_wrap=True)
    for act, found in report["brains"]["embedded"]["by_kind"].items():
        shares = f"intent {found['intent']:6.1%}  exact {found['exact']:6.1%}"
        out.print(f"{act:10} {found['cases']:5}  {shares}", highlight=False)


def bundled() -> Path:
    """Return the file of the model that ships; NotInstalled without it."""
    from sommelier.llm.chat.embedded.model import EMBEDDED
    from sommelier.llm.models import Store

    manifest = Store().manifest(EMBEDDED)
    (file,) = manifest.files
    return manifest.folder / file


def reporter(bar: "Bar") -> "Callable[[Progress], None]":
    """Return what tells a run's progress in a bar."""
    task = bar.add_task("training", total=1.0)

    def report(told: "Progress") -> None:
        speed = f"{told.examples_per_second:.1f} rows/s"
        text = f"step {told.step} loss {told.loss:.3f} {speed}"
        bar.update(task, completed=told.done, description=text)
        if told.dev_loss is not None:
            judged = f"dev loss {told.dev_loss:.4f}, exact {told.dev_exact:.1%}"
            bar.console.print(f"step {told.step}: {judged}")

    return report
