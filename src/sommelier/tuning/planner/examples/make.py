"""The generator: hundreds of small catalogues, some thirty messages each, proven and written down.

The rows of one catalogue stand together (`group`), so training can read its text once for all of
them. The same seed makes the same files. Files appear only when they are whole.
"""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import numpy as np

from sommelier.agent.executor import Executor
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.model.schema import frame_schema
from sommelier.agent.planners.model.view import catalogue_text, turn_text
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.errors import SommelierError
from sommelier.llm.chat.base import ChatModel
from sommelier.llm.chat.schema import Schema
from sommelier.state.profiles import Profile
from sommelier.tools.base import Person, Toolbox
from sommelier.tuning.planner.examples.acts import MIX, Acts
from sommelier.tuning.planner.examples.catalogues import SPLITS, Split, domains, make_world
from sommelier.tuning.planner.examples.checks import Checker, Made
from sommelier.tuning.planner.examples.patterns import Patterns
from sommelier.tuning.planner.examples.states import Stage
from sommelier.tuning.planner.examples.teacher import reworded
from sommelier.tuning.planner.examples.voice import Voice
from sommelier.types import Json

__all__ = ["VERSION", "Example", "Tally", "group", "make", "rows"]

VERSION: Final = 5
_GROUP: Final = 30  # messages over one catalogue
_SHARES: Final = {"train": 1.0, "dev": 0.06, "test": 0.12}  # examples of a split for one of train


@dataclass
class Tally:
    """What was made and what was dropped, by reason."""

    dropped: Counter[str] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Example:
    """A row, and what it is written from: needed where plans are compared, not to train."""

    row: Json
    view: View
    box: Toolbox


def group(domain: str, split: Split, seed: int, tally: Tally, size: int = _GROUP) -> list[Example]:
    """Return the examples over one catalogue."""
    rng = Random(f"{split} {domain} {seed}")
    world = make_world(domain, split, seed)
    counts = np.random.default_rng(seed).integers(0, 200, len(world.catalog)).astype(np.float32)
    box = Toolbox(world.catalog, counts, None, None, lambda _user: np.empty(0, np.int32))
    patterns = Patterns(split, rng)
    voice = Voice(world, box.lexicon, patterns, rng)
    acts = Acts(voice, Stage(box, voice, rng))
    checker = Checker(box, rng, tally.dropped)
    schema, resolver = frame_schema(box.lexicon), Resolver(box.lexicon)
    executor = Executor(box, Policy())
    system = catalogue_text(box.lexicon)
    found: list[Example] = []
    for _ in range(6 * size):
        if len(found) >= size:
            break
        draft = acts.make(rng.choices(list(MIX), list(MIX.values()))[0])
        if draft is None:
            tally.dropped["nothing to say"] += 1
            continue
        used = tuple(dict.fromkeys(patterns.used))
        made = checker.finish(draft)
        fault = _unsound(made, schema, resolver, executor) if made else ""
        if fault:
            tally.dropped[fault] += 1
        elif made:
            tally.acts[made.frame.do] += 1
            row = {
                "id": f"{split}-{domain}-{seed}-{len(found)}",
                "group": f"{split}-{domain}-{seed}",
                "domain": domain,
                "act": made.frame.do,
                "patterns": list(used),
                "seed": seed,
                "message": made.message,
                "system": system,
                "user": turn_text(made.message, made.view, checker.linker),
                "answer": made.frame.to_text(),
            }
            found.append(Example(row, made.view, box))
    return found


def _unsound(made: Made, schema: Schema, resolver: Resolver, executor: Executor) -> str:
    """Return why a frame does not fit its catalogue or its plan does not run; nothing if both."""
    if schema.faults(json.loads(made.frame.to_text())):
        return "schema"
    try:
        plan = resolver.plan(made.frame, made.message, made.view)
        executor.run(plan, Situation(Person(), Profile(), made.view.working))
    except SommelierError:
        return "does not run"
    return ""


async def _taught(teacher: ChatModel, examples: Sequence[Example]) -> list[Json]:
    """Return the rows of examples in the teacher's words, in the old words where that failed."""
    rows = []
    for one in examples:
        frame = Frame.from_json(json.loads(one.row["answer"]))
        said = await reworded(teacher, one.row["message"], frame, one.view)
        if said is not None:
            user = turn_text(said, one.view, Linker(one.view.lexicon, words()))
            rows.append(one.row | {"message": said, "user": user, "reworded": True})
        else:
            rows.append(one.row)
    return rows


def rows(
    split: Split, n: int, seed: int, tally: Tally, teacher: ChatModel | None = None
) -> Iterator[Json]:
    """Yield `n` examples of a split, catalogue by catalogue; a teacher words the training ones."""
    names = list(domains(split))
    rng = Random(f"{split} {seed}")
    given = 0
    number = 0
    while given < n:
        if number % len(names) == 0:
            rng.shuffle(names)
        found = group(names[number % len(names)], split, seed * 100_000 + number, tally)
        found = found[: n - given]
        number += 1
        given += len(found)
        if teacher is not None and split == "train":
            yield from asyncio.run(_taught(teacher, found))
        else:
            yield from (example.row for example in found)


def make(
    out: Path,
    n: int,
    seed: int,
    report: Callable[[str], object] = lambda _told: None,
    teacher: ChatModel | None = None,
) -> Json:
    """Write train.jsonl, dev.jsonl, test.jsonl and card.json; return the card.

    `n` rows to train on; `report` is told how far it is; `teacher` words the training rows anew.
    """
    out.mkdir(parents=True, exist_ok=True)
    card: dict[str, Any] = {"version": VERSION, "seed": seed, "splits": {}}
    card["teacher"] = teacher.name if teacher else None
    for split in SPLITS:
        tally, digest = Tally(), hashlib.sha256()
        path, part = out / f"{split}.jsonl", out / f"{split}.jsonl.part"
        count = 0
        with part.open("w", encoding="utf-8") as file:
            for row in rows(split, max(1, round(n * _SHARES[split])), seed, tally, teacher):
                line = json.dumps(row, ensure_ascii=False) + "\n"
                digest.update(line.encode())
                file.write(line)
                count += 1
                if count % 500 == 0:
                    report(f"{split}: {count:,} rows")
        part.replace(path)
        card["splits"][split] = {
            "rows": count,
            "acts": dict(tally.acts.most_common()),
            "dropped": dict(tally.dropped.most_common()),
            "sha256": digest.hexdigest(),
        }
    (out / "card.json").write_text(json.dumps(card, indent=2) + "\n", "utf-8")
    return card
