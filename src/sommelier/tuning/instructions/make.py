"""The maker: instructions of several catalogues, written block by block, the same for every seed.

A run that is stopped goes on behind its last whole block, so a teacher is asked nothing twice. The
file appears when it is whole, and its card beside it says what is in it.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sommelier.errors import UsageError
from sommelier.evaluation.instructions.rows import InstructionRow, Split
from sommelier.llm.chat.base import ChatModel
from sommelier.tuning.instructions.drawing import Drawer
from sommelier.tuning.instructions.source import Source
from sommelier.tuning.instructions.teacher import reworded
from sommelier.types import Json

__all__ = ["FILE", "VERSION", "Made", "make"]

VERSION: Final = 1
FILE: Final = "instructions.jsonl"
_BLOCK: Final = 500
_SHARES: Final[dict[Split, float]] = {"train": 0.9, "dev": 0.03, "test": 0.07}
_Report = Callable[[str], object]


@dataclass(frozen=True)
class Made:
    """What a run made: the file, and the card that describes it."""

    path: Path
    card: Json


@dataclass(frozen=True)
class _Job:
    """One block: whose, which, how many rows."""

    drawer: Drawer
    number: int
    size: int


def make(
    sources: Sequence[Source],
    out: Path,
    n: int,
    seed: int,
    *,
    report: _Report = lambda _told: None,
    teacher: ChatModel | None = None,
) -> Made:
    """Write about `n` instructions in even parts for each source; return file and card.

    The same sources, `n` and `seed` make the same file, in one run or in several. UsageError where
    `out` holds the beginning of another run.
    """
    if n < 100:
        raise UsageError(f"At least 100 instructions are made, not {n}.")
    out.mkdir(parents=True, exist_ok=True)
    path, part = out / FILE, out / f"{FILE}.part"
    jobs = list(_jobs(sources, n))
    settings = _settings(sources, n, seed, teacher)
    done = _taken_up(out, part, settings, [job.size for job in jobs])
    with part.open("ab") as file:
        for place, job in enumerate(jobs):
            if place < done:
                continue
            rows = job.drawer.block(job.number, job.size, seed)
            if teacher is not None and job.drawer.split == "train":
                rows = asyncio.run(_taught(teacher, rows, job.drawer.source))
            file.write(b"".join(row.model_dump_json().encode() + b"\n" for row in rows))
            file.flush()
            name = job.drawer.source.name
            report(f"{name}: {place + 1:,} of {len(jobs):,} blocks")
    part.replace(path)
    card = settings | _told(path)
    (out / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", "utf-8")
    (out / "run.json").unlink(missing_ok=True)
    return Made(path, card)


def _jobs(sources: Sequence[Source], n: int) -> Iterator[_Job]:
    for source in sources:
        for split, share in _SHARES.items():
            drawer, left, number = Drawer(source, split), round(n * share / len(sources)), 0
            while left > 0:
                yield _Job(drawer, number, min(_BLOCK, left))
                number, left = number + 1, left - _BLOCK


def _settings(sources: Sequence[Source], n: int, seed: int, teacher: ChatModel | None) -> Json:
    return {
        "version": VERSION,
        "seed": seed,
        "n": n,
        "teacher": teacher.name if teacher else None,
        "sources": {
            one.name: {
                "items": one.dataset.n_items,
                "users": one.dataset.n_users,
                "events": len(one.dataset.interactions),
                "proposer": one.proposer.name if one.proposer else None,
            }
            for one in sources
        },
    }


def _taken_up(out: Path, part: Path, settings: Json, sizes: Sequence[int]) -> int:
    """Return how many whole blocks the file begins with, cut behind them."""
    kept = out / "run.json"
    if not kept.exists():
        part.unlink(missing_ok=True)
        kept.write_text(json.dumps(settings), "utf-8")
        return 0
    if json.loads(kept.read_text("utf-8")) != settings:
        raise UsageError(
            f"{out} holds the beginning of a run with other sources, number, seed or teacher.",
            hint="Give another --out, or delete that folder.",
        )
    if not part.exists():
        return 0
    lines = part.read_bytes().splitlines(keepends=True)
    done, begin = 0, 0
    while done < len(sizes) and begin + sizes[done] <= len(lines):
        begin, done = begin + sizes[done], done + 1
    if begin and not lines[begin - 1].endswith(b"\n"):
        begin, done = begin - sizes[done - 1], done - 1
    with part.open("rb+") as file:
        file.truncate(sum(map(len, lines[:begin])))
    return done


async def _taught(
    teacher: ChatModel, rows: Sequence[InstructionRow], source: Source
) -> list[InstructionRow]:
    return [await reworded(teacher, row, source) for row in rows]


def _told(path: Path) -> dict[str, Any]:
    """Read a whole file once; return what its card says."""
    digest, counts = hashlib.sha256(), {name: Counter[str]() for name in _COUNTED}
    with path.open("rb") as lines:
        for line in lines:
            digest.update(line)
            row = json.loads(line)
            for name, value in counts.items():
                value[str(row[name])] += 1
    return {
        "rows": sum(counts["split"].values()),
        **{name: dict(sorted(value.items())) for name, value in counts.items()},
        "sha256": digest.hexdigest(),
    }


_COUNTED: Final = ("set", "split", "preference", "intention", "form", "strategy", "seen")
