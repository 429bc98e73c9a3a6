"""What was measured, as a plain JSON table with everything that makes it repeatable."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version

from sommelier.evaluation.measure import Measured
from sommelier.evaluation.protocols import Task
from sommelier.evaluation.significance import difference, holm, interval
from sommelier.types import Json

__all__ = ["make_report"]

_VERSIONS = ("sommelier", "numpy", "scipy", "implicit", "polars")


def make_report(rows: Sequence[Measured], task: Task, *, best_by: str = "N") -> Json:
    """Return rows with means, 95 % intervals and p against the best engine, and their protocol.

    The best is the one with the highest mean of `best_by`. Each measure is compared on its own, by
    a paired randomisation test over the same users, corrected for the number of engines (Holm).
    """
    best = max(rows, key=lambda row: row.mean(best_by))
    seed, k = task.protocol.seed, task.protocol.k
    p = {name: _against(best, rows, name, seed=seed) for name in best.accuracy}
    return {
        "protocol": {**task.protocol.model_dump(mode="json"), "sentence": task.protocol.sentence()},
        "data": task.facts(),
        "best": {"engine": best.engine, "by": f"{best_by}@{k}"},
        "rows": [
            {
                "engine": row.engine,
                "config": row.config,
                "fitted_on": "train+validation" if task.protocol.fit_validation else "train",
                "accuracy": {
                    f"{name}@{k}": _cell(row, name, p[name][place], seed=seed)
                    for name in row.accuracy
                },
                "lists": {name: round(value, 4) for name, value in row.lists.items()},
                "seconds": {name: round(value, 2) for name, value in row.seconds.items()},
            }
            for place, row in enumerate(rows)
        ],
        "machine": {
            "system": platform.platform(),
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in _VERSIONS},
    }


def _cell(row: Measured, name: str, p: float | None, *, seed: int) -> Json:
    low, high = interval(row.accuracy[name], seed=seed)
    return {
        "mean": round(row.mean(name), 5),
        "low": round(low, 5),
        "high": round(high, 5),
        "p": p,
    }


def _against(
    best: Measured, rows: Sequence[Measured], name: str, *, seed: int
) -> list[float | None]:
    """Return each row's corrected p against the best; None for the best itself."""
    others = [row for row in rows if row is not best]
    raw = [difference(best.accuracy[name], row.accuracy[name], seed=seed) for row in others]
    corrected = iter(holm(raw))
    return [None if row is best else round(next(corrected), 4) for row in rows]
