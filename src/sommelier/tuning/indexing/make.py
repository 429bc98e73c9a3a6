"""The maker: a catalogue's codes, and the rows that teach them, from a log without its newest end.

Nobody's last two events are in the codes or in the rows, so these can be asked about afterwards.
The same dataset, number and seed make the same files.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.errors import DataError
from sommelier.llm.encoder import Encoder
from sommelier.tuning.indexing.tasks import Tasks
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.instructions.sayings import Sayings
from sommelier.types import Json

__all__ = ["HELD_OUT", "ROWS", "earlier", "make"]

HELD_OUT: Final = 2  # newest events of everybody that nothing here knows of
ROWS: Final = "rows.jsonl"


def make(
    dataset: Dataset,
    out: Path,
    n: int,
    seed: int,
    *,
    sayings: Sayings | None = None,
    config: SemanticIdConfig | None = None,
    encoder: Encoder | None = None,
    report: Callable[[str], object] = lambda _told: None,
) -> Json:
    """Write codes, about `n` rows and their card into the folder `out`; return the card.

    Without `sayings`, as of a catalogue without words, there are no wishes in them. DataError where
    nobody has an event before the last two.
    """
    config = (config or SemanticIdConfig()).model_copy(update={"seed": seed})
    known = earlier(dataset)
    if not len(known.interactions):
        raise DataError(
            f"Nobody among {dataset.n_users} people has more than {HELD_OUT} events, so there is "
            "nothing to learn from.",
        )
    report("codes")
    vocabulary = Vocabulary.of(known, config, encoder)
    vocabulary.save(out)
    tasks, counts, digest = (
        Tasks(known, vocabulary, sayings, seed),
        Counter[str](),
        hashlib.sha256(),
    )
    part = out / f"{ROWS}.part"
    with part.open("wb") as file:
        for task, row in tasks.rows(n):
            line = json.dumps({"task": task, **vars(row)}, ensure_ascii=False).encode() + b"\n"
            file.write(line)
            digest.update(line)
            counts[task] += 1
            if counts.total() % 1000 == 0:
                report(f"{counts.total():,} rows")
    part.replace(out / ROWS)
    card: Json = {
        "seed": seed,
        "rows": counts.total(),
        "tasks": dict(counts),
        "items": len(vocabulary),
        "words": len(vocabulary.words),
        "levels": vocabulary.codes.shape[1],
        "events": len(known.interactions),
        "sha256": digest.hexdigest(),
    }
    (out / "card.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return card


def earlier(dataset: Dataset) -> Dataset:
    """Return a dataset without anybody's newest events."""
    log = dataset.interactions
    ends = np.repeat(log.starts[1:], np.diff(log.starts))
    return dataset.with_interactions(log.keep(ends - np.arange(len(log)) > HELD_OUT))
