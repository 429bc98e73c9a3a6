"""A file of generated rows as cases, so that brains can be compared on it.

Rows hold text only; catalogues and conversations are made anew from the seeds that rows carry.
"""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import get_args

from sommelier.agent.planners.model.frame import Frame
from sommelier.errors import DataError
from sommelier.evaluation.brains.cases import Case
from sommelier.tuning.planner.examples.catalogues import Split
from sommelier.tuning.planner.examples.make import Tally, group
from sommelier.types import Json

__all__ = ["read_cases"]


def read_cases(path: Path, limit: int | None = None) -> list[Case]:
    """Return the cases of a file that `make` wrote; `limit` of them, taken from all groups.

    DataError where the file cannot be read, or another version of the generator made it.
    """
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        groups = [list(some) for _, some in groupby(rows, key=lambda row: row["group"])]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} holds no generated rows: {error!r}") from error
    if not groups:
        raise DataError(f"{path} is empty.")
    most = len(rows) if limit is None else -(-limit // len(groups))
    return [case for some in groups for case in _cases(path, some[:most])][:limit]


def _cases(path: Path, rows: Sequence[Json]) -> list[Case]:
    first = rows[0]
    split = str(first["id"]).partition("-")[0]
    if split not in get_args(Split):
        raise DataError(f"{path}: {first['id']!r} names none of {get_args(Split)}.")
    made = group(first["domain"], split, first["seed"], Tally())  # type: ignore[arg-type]  # just checked
    again = {example.row["id"]: example for example in made}
    cases = []
    for row in rows:
        example = again.get(row["id"])
        if example is None or any(example.row[key] != row[key] for key in ("user", "answer")):
            raise DataError(
                f"{path}: {row['id']} is not what the generator makes now.",
                hint="The generator has changed since: make the rows again.",
            )
        frame = Frame.from_json(json.loads(row["answer"]))
        cases.append(
            Case(
                row["id"],
                row["group"],
                row["act"],
                row["message"],
                example.view,
                (frame,),
                example.box,
            )
        )
    return cases
