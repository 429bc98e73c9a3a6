"""`sommelier brain compare`: brains side by side on messages whose meaning is known."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.markup import escape

from sommelier.cli.brain import options
from sommelier.cli.screen import err, out
from sommelier.errors import UsageError
from sommelier.types import Json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sommelier.agent.planners.base import Planner
    from sommelier.evaluation.brains import Case, Result
    from sommelier.llm.chat.embedded import EmbeddedModel
    from sommelier.tools.lexicon import Lexicon

__all__ = ["command", "compared", "write_wrong"]

_UNTUNED: Final = "untuned"  # the embedded model without its adapter, told everything in its prompt


def command(
    workspace: Annotated[
        Path | None, typer.Argument(help="A workspace: its own demonstrations are the test.")
    ] = None,
    *,
    testset: Annotated[
        Path | None, typer.Option(help="Rows of `sommelier tune planner make` instead.")
    ] = None,
    brains: Annotated[
        str, typer.Option(help="Names with commas; `untuned` is embedded without its adapter.")
    ] = "rules,embedded,rules+embedded",
    limit: Annotated[int | None, typer.Option(help="Take so many messages.", min=1)] = None,
    adapter: Annotated[
        Path | None, typer.Option(help="A GGUF adapter instead of the one that ships.")
    ] = None,
    base_url: options.Address = None,
    model: options.Model = None,
    key_env: options.KeyEnv = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the report here.")] = None,
    wrong: Annotated[
        Path | None, typer.Option(help="Write what was read wrongly here, a JSON line each.")
    ] = None,
) -> None:
    """Compare plans: intents, slots, exact plans, conditions met, time and tokens."""
    from sommelier.evaluation.brains import make_report, table

    with err.status("Making the messages …"):
        cases = _cases(workspace, testset, limit)
    endpoint = {"base_url": base_url, "model": model, "key_env": key_env}
    results = compared(
        [name.strip() for name in brains.split(",")], cases, adapter=adapter, endpoint=endpoint
    )
    report = make_report(results)
    out.print(table(report), markup=False, soft_wrap=True)
    if json_file:
        json_file.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
        err.print(f"Report: {escape(str(json_file))}")
    if wrong:
        write_wrong(results, wrong)


def compared(
    names: Sequence[str],
    cases: Sequence[Case],
    *,
    adapter: Path | None = None,
    endpoint: Json | None = None,
) -> dict[str, list[Result]]:
    """Return what each brain made of the cases, one brain after the other."""
    from rich.progress import Progress

    from sommelier.evaluation.brains import measure

    loaded: list[EmbeddedModel] = []
    results = {}
    try:
        with Progress(console=err) as bar:
            for name in names:
                opened = _opener(name, adapter, endpoint or {}, loaded)
                task = bar.add_task(name, total=len(cases))
                results[name] = asyncio.run(
                    measure(opened, cases, progress=lambda n, t=task: bar.update(t, completed=n))  # type: ignore[misc]  # mypy has no type for a default
                )
    finally:
        for model in loaded:
            model.close()
    return results


def _opener(
    name: str, adapter: Path | None, endpoint: Json, loaded: list[EmbeddedModel]
) -> Callable[[Lexicon], Planner]:
    """Return what opens a brain over a catalogue; the embedded model is loaded once for all."""
    from sommelier.agent.brains.settings import BrainSettings
    from sommelier.agent.brains.wiring import open_brain
    from sommelier.llm.adapters import planner_adapter

    settings = BrainSettings.read(endpoint if name == "openai" else {}, name=name)
    if name == _UNTUNED:
        settings = BrainSettings(name="embedded", prompt="full")
    elif "embedded" in name:
        settings = settings.model_copy(update={"prompt": "brief"})
    if "embedded" not in settings.name:
        key = options.key_of(settings)
        return lambda lexicon: open_brain(settings, lexicon, key=key).planner
    if not loaded:
        loaded.append(_embedded(adapter))
    tuned = adapter or planner_adapter()
    model = loaded[0].weighted(0) if name == _UNTUNED and tuned else loaded[0]
    return lambda lexicon: open_brain(settings, lexicon, model=model).planner


def _embedded(adapter: Path | None) -> EmbeddedModel:
    from sommelier.llm.chat.embedded import open_default, open_embedded
    from sommelier.llm.chat.embedded.model import EMBEDDED
    from sommelier.llm.models import Store

    if adapter is None:
        return open_default()
    manifest = Store().manifest(EMBEDDED)
    (file,) = manifest.files
    return open_embedded(manifest.folder / file, adapter=adapter)


def _cases(workspace: Path | None, testset: Path | None, limit: int | None) -> list[Case]:
    if testset is not None and workspace is None:
        from sommelier.tuning.planner.testset import read_cases

        return read_cases(testset, limit)
    if workspace is None or testset is not None:
        raise UsageError(
            "Name a workspace or a test set, one of them.",
            hint="For example: sommelier brain compare --testset rows/test.jsonl",
        )
    return _own(workspace)[:limit]


def _own(workspace: Path) -> list[Case]:
    """Return the requests that were made up for a catalogue; they have no list on the table."""
    from sommelier import shop as shops
    from sommelier.agent.demonstrations.make import make
    from sommelier.agent.planners.base import View
    from sommelier.agent.working import Working
    from sommelier.evaluation.brains import Case
    from sommelier.state.profiles import Profile

    box = shops.open(workspace).box
    bare = View(box.lexicon, Working(), Profile())
    return [
        Case(f"own-{i}", f"own-{i}", one.frame.do, one.message, bare, (one.frame,), box)
        for i, one in enumerate(make(box))
        if not one.follows
    ]


def write_wrong(results: dict[str, list[Result]], file: Path) -> None:
    """Write every case that a brain read wrongly, a JSON line each."""
    with file.open("w", encoding="utf-8") as lines:
        for name, found in results.items():
            for one in (result for result in found if not result.exact):
                told = {
                    "brain": name,
                    "id": one.case.id,
                    "message": one.case.message,
                    "right": [frame.to_text() for frame in one.case.frames],
                    "wrote": one.planned.wrote,
                    "fell_back": one.planned.fell_back,
                    "intent": one.got.intent,
                    "wrong": sorted(map(_told, one.wrong)),
                    "missing": sorted(map(_told, one.missing)),
                }
                lines.write(json.dumps(told, ensure_ascii=False) + "\n")


def _told(slot: object) -> str:
    if isinstance(slot, frozenset):
        return "{" + ", ".join(sorted(map(_told, slot))) + "}"
    return " ".join(map(_told, slot)) if isinstance(slot, tuple) else str(slot)
