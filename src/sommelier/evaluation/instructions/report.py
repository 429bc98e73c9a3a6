"""Tables of who follows instructions: NDCG@10 by kind, with intervals, by seen wording or not."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.evaluation.instructions.measure import Followed, follow, make_trial
from sommelier.evaluation.instructions.rankers import ENGINE
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.evaluation.metrics import Values
from sommelier.evaluation.significance import interval
from sommelier.types import Json

__all__ = ["kinds", "make_report", "sentence"]


def kinds(rows: Iterable[InstructionRow], each: int) -> dict[str, list[InstructionRow]]:
    """Return rows by kind, one a person and at most so many, in the order they come in."""
    found: dict[str, dict[str, InstructionRow]] = defaultdict(dict)
    for row in rows:
        if len(found[row.kind]) < each:
            found[row.kind].setdefault(row.user, row)
    return {kind: list(of.values()) for kind, of in sorted(found.items())}


def make_report(
    dataset: Dataset,
    rankers: Mapping[str, Engine],
    rows: Mapping[str, Sequence[InstructionRow]],
    *,
    wrong: int = 99,
    seed: int = 0,
    progress: Callable[[str], object] = lambda _told: None,
) -> Json:
    """Return for each kind how many rows there are, and NDCG@10 of every ranker.

    Wrong items are the favourites of the ranker called `ENGINE`.
    """
    report: Json = {}
    for kind, some in rows.items():
        progress(f"{kind}: {len(some):,} rows")
        trial = make_trial(some, dataset, rankers.get(ENGINE), wrong=wrong, seed=seed)
        told = {name: follow(ranker, trial) for name, ranker in rankers.items()}
        report[kind] = {
            "rows": len(some),
            "N@10": {name: _mean(found.ndcg, seed) for name, found in told.items()},
            "parts": {name: _parts(found, some) for name, found in told.items()},
        }
    return report


def sentence(wrong: int) -> str:
    """Say in words what was measured."""
    beside = f"{wrong} that the engine ranks first for them" if wrong else "the whole catalogue"
    return (
        "NDCG@10 with 95 % intervals, one right item beside "
        f"{beside}; people whom no training row speaks of, one row a person and kind; "
        "engines learned from nobody's last two events."
    )


def _mean(values: Values, seed: int) -> Json:
    low, high = interval(values, seed=seed)
    return {"mean": round(float(values.mean()), 4), "low": round(low, 4), "high": round(high, 4)}


def _parts(found: Followed, rows: Sequence[InstructionRow]) -> Json:
    """Return means over parts of the rows that there are: by wording, context and strategy."""
    masks = {
        "seen wording": np.array([row.seen for row in rows]),
        "unseen wording": np.array([not row.seen for row in rows]),
        "with context": np.array([bool(row.context) for row in rows]),
        "without context": np.array([not row.context for row in rows]),
    }
    for strategy in sorted({row.strategy for row in rows} - {""}):
        masks[strategy] = np.array([row.strategy == strategy for row in rows])
    gains = found.ndcg
    return {name: round(float(gains[mask].mean()), 4) for name, mask in masks.items() if mask.any()}
