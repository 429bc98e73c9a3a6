"""The evaluation reports of a workspace, newest first, as `sommelier evaluate` wrote them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["FOLDER", "Cell", "Report", "reports_of"]

FOLDER: Final = "reports"  # in the workspace
_NEWEST: Final = 5


@dataclass(frozen=True)
class Cell:
    """One measured mean with its 95 % interval; the same number thrice where there is none."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Report:
    """One evaluation: rows of engines, columns of measures."""

    name: str
    sentence: str  # the protocol
    best: str  # the measure that chose
    accuracy: dict[str, dict[str, Cell]]  # engine -> measure -> cell
    lists: dict[str, dict[str, float]]  # engine -> what its lists are like


def reports_of(workspace: Path) -> list[Report]:
    """Return the reports of a workspace; a file that is none is passed over."""
    files = sorted((workspace / FOLDER).glob("*.json"), key=lambda path: -path.stat().st_mtime)
    return [report for path in files[:_NEWEST] if (report := _read(path))]


def _read(path: Path) -> Report | None:
    try:
        told = json.loads(path.read_text("utf-8"))
        return Report(
            name=path.stem,
            sentence=str(told["protocol"]["sentence"]),
            best=str(told["best"]["by"]),
            accuracy={
                row["engine"]: {
                    name: Cell(float(c["mean"]), float(c["low"]), float(c["high"]))
                    for name, c in row["accuracy"].items()
                }
                for row in told["rows"]
            },
            lists={
                row["engine"]: {k: float(v) for k, v in row["lists"].items()}
                for row in told["rows"]
            },
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
