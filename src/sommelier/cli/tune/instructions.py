"""`sommelier tune instructions`: data and training for rankers that follow words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from sommelier.cli.screen import err, out
from sommelier.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rich.progress import Progress as Bar

    from sommelier.evaluation.instructions.rows import InstructionRow
    from sommelier.tuning.instructions.encoder import Progress

__all__ = ["app"]

app = typer.Typer(help="Rankers that follow instructions: data, training.", no_args_is_help=True)


@app.command()
def make(
    workspaces: Annotated[list[Path], typer.Argument(help="Workspaces to make them of.")],
    folder: Annotated[Path, typer.Option("--out", "-o", help="Where the file and its card go.")],
    *,
    n: Annotated[int, typer.Option("--n", help="Instructions in all.")] = 20_000,
    seed: Annotated[
        int, typer.Option(help="Of everything: the same seed makes the same rows.")
    ] = 1,
    proposer: Annotated[
        str, typer.Option(help="The engine whose favourites are the wrong answers.")
    ] = "knn",
    teacher: Annotated[
        str | None, typer.Option(help="A model that says the wishes in its own words.")
    ] = None,
    base_url: Annotated[
        str, typer.Option("--base-url", help="The OpenAI-compatible endpoint of the teacher.")
    ] = "http://localhost:8080/v1",
) -> None:
    """Make instructions out of a log and its catalogue. Stop with Ctrl-C; it goes on from there."""
    from sommelier.cli.tune.planner import opened_teacher
    from sommelier.data.workspace import Workspace
    from sommelier.tuning.instructions.make import make as run
    from sommelier.tuning.instructions.source import Source

    with err.status("reading") as status:
        sources = []
        for path in workspaces:
            place = Workspace.open(path)
            status.update(f"{place.name}: reading texts, fitting {proposer}")
            sources.append(Source.of(place.name, place.dataset(), proposer=proposer))
        taught = opened_teacher(teacher, base_url)
        made = run(sources, folder, n, seed, report=status.update, teacher=taught)
    card = made.card
    told = ", ".join(f"{count:,} {split}" for split, count in card["split"].items())
    out.print(f"{card['rows']:,} instructions ({told}): {made.path}", soft_wrap=True)


@app.command()
def train(
    rows: Annotated[Path, typer.Argument(help="The file that `make` wrote.")],
    workspaces: Annotated[
        list[Path] | None, typer.Argument(help="For an encoder: the workspaces it was made of.")
    ] = None,
    *,
    folder: Annotated[Path, typer.Option("--out", "-o", help="Checkpoints; goes on from them.")],
    family: Annotated[
        Literal["encoder", "seq2seq", "causal"], typer.Option(help="What kind of model learns.")
    ] = "encoder",
    base: Annotated[
        str | None,
        typer.Option(help="Its folder, or for seq2seq a hub name; encoders: MiniLM by default."),
    ] = None,
    steps: Annotated[
        int, typer.Option(help="Batches to learn from; a causal model goes through once.", min=1)
    ] = 1200,
    batch: Annotated[int, typer.Option(help="Instructions a step.", min=2)] = 64,
    learning_rate: Annotated[float, typer.Option(help="At its height.")] = 5e-4,
    rank: Annotated[int, typer.Option(help="Rank of the adapter.")] = 16,
    think: Annotated[
        bool, typer.Option("--think", help="Teach the reason before the answer; no encoder.")
    ] = False,
    threads: Annotated[int | None, typer.Option(help="Processor threads.")] = None,
    seed: Annotated[int, typer.Option(help="Of adapter and order.")] = 0,
) -> None:
    """Tune a model to follow instructions. Stop with Ctrl-C; the same command goes on."""
    from sommelier.evaluation.instructions.rows import read_rows

    if base is None and family != "encoder":
        raise UsageError(
            f"Which {family} model shall learn?",
            hint="Name it: --base google/flan-t5-xl, or a Transformers folder.",
        )
    how = _How(steps, batch, learning_rate, rank, think, threads, seed)
    match family:
        case "encoder":
            made = _encoder(read_rows(rows), workspaces or [], folder, base, how)
        case "seq2seq":
            made = _seq2seq(list(read_rows(rows)), folder, str(base), how)
        case "causal":
            made = _causal(rows, folder, Path(str(base)), how)
    out.print(f"Adapter: {made}", soft_wrap=True)


class _How(NamedTuple):
    """How a run learns, whatever learns."""

    steps: int
    batch: int
    learning_rate: float
    rank: int
    think: bool
    threads: int | None
    seed: int


def _encoder(
    rows: Iterable[InstructionRow],
    workspaces: list[Path],
    folder: Path,
    base: str | None,
    how: _How,
) -> Path:
    from rich.progress import Progress as Bar

    from sommelier.data.workspace import Workspace
    from sommelier.llm.cache import CachedEncoder
    from sommelier.llm.encoder import open_encoder
    from sommelier.tuning.instructions.encoder import EncoderSettings
    from sommelier.tuning.instructions.encoder import train as run

    if not workspaces:
        raise UsageError("An encoder learns beside the items: name the rows' workspaces too.")
    told = how._asdict()
    told.pop("think")
    encoder = CachedEncoder(open_encoder())
    catalogues = {}
    for path in workspaces:
        place = Workspace.open(path)
        catalog = place.dataset().catalog
        catalogues[place.name] = (catalog.index, encoder.encode(catalog.texts()))
    with Bar(console=err) as bar:
        source, report = Path(base) if base else _minilm(folder), _reporter(bar)
        settings = EncoderSettings(**told)
        return run(source, rows, catalogues, folder, settings=settings, report=report)


def _seq2seq(rows: list[InstructionRow], folder: Path, base: str, how: _How) -> Path:
    from rich.progress import Progress as Bar

    from sommelier.tuning.instructions.writing.seq2seq import Seq2SeqSettings
    from sommelier.tuning.instructions.writing.seq2seq import train as run

    settings = Seq2SeqSettings(
        rank=how.rank,
        learning_rate=how.learning_rate,
        batch=min(how.batch, 8),
        together=max(how.batch // 8, 1),
        steps=how.steps,
        think=how.think,
        seed=how.seed,
    )
    with Bar(console=err) as bar:
        task = bar.add_task("learning", total=how.steps)

        def report(step: int, loss: float) -> None:
            bar.update(task, completed=step, description=f"loss {loss:.3f}")

        return run(base, rows, folder, settings=settings, report=report)


def _causal(rows: Path, folder: Path, base: Path, how: _How) -> Path:
    from rich.progress import Progress as Bar

    from sommelier.evaluation.instructions.rows import read_rows
    from sommelier.tuning.instructions.writing.causal import write_rows
    from sommelier.tuning.lora.train import Progress as Told
    from sommelier.tuning.lora.train import Settings
    from sommelier.tuning.lora.train import train as run

    made = write_rows(read_rows(rows), folder / "rows.jsonl", split="train", think=how.think)
    settings = Settings(
        rank=how.rank,
        alpha=2.0 * how.rank,
        learning_rate=how.learning_rate,
        examples=how.batch,
        threads=how.threads,
        seed=how.seed,
    )
    with Bar(console=err) as bar:
        task = bar.add_task("learning", total=1.0)

        def report(told: Told) -> None:
            bar.update(task, completed=told.done, description=f"loss {told.loss:.3f}")

        return run(base, made, folder, settings=settings, report=report)


def _reporter(bar: Bar) -> Callable[[Progress], None]:
    task = bar.add_task("learning", total=1.0)

    def report(told: Progress) -> None:
        bar.update(task, completed=told.done, description=f"loss {told.loss:.3f}")
        if told.dev:
            judged = ", ".join(f"{name} {value:.4f}" for name, value in told.dev.items())
            bar.console.print(f"step {told.step}: N@10 {judged}", highlight=False)

    return report


def _minilm(folder: Path) -> Path:
    """Return a folder with the untuned encoder's weights, brought there once."""
    from sommelier.llm.encoder import ENCODER
    from sommelier.llm.models import Store

    place = folder / "base"
    if not (place / "model.safetensors").exists():
        place.mkdir(parents=True, exist_ok=True)
        Store().unpack(ENCODER, place)
    return place
