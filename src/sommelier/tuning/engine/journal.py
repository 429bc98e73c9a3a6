"""What a study has found so far, one line a trial, written as soon as it is known.

A process may be killed at any moment: a last line that was cut short is dropped, whatever stands
before it counts. (Optuna's own storages keep trials that were under way too, and its journal cannot
be read after a torn line.) Knows no engine.
"""

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sommelier.errors import WorkspaceError
from sommelier.types import Json

__all__ = ["Journal", "Row"]


class Row(BaseModel):
    """One trial: settings, N@k on those who choose, and what the others say of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: Json  # the settings searched, those that `fit` looks at
    ask: Json  # and those that only shape the query: the best way to ask this fit
    score: float  # mean N@k over the people who choose, with its 95 % interval
    low: float
    high: float
    others: float  # mean N@k over people who have no say, and its gain over the default's
    gain: tuple[float, float, float]  # the mean difference, from, to (95 %, paired)
    seconds: float
    values: tuple[float, ...] = ()  # the default only: N@k of each of the others

    @property
    def settings(self) -> Json:
        """All settings that were searched."""
        return {**self.fit, **self.ask}


class Journal:
    """The rows of one study, and the file they last in. The first row is the default."""

    def __init__(self, path: Path, rows: list[Row]) -> None:
        """Use `open`."""
        self.path = path
        self.rows = rows

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what is there and make ready to go on; WorkspaceError if it is no journal."""
        try:
            whole, end, _torn = path.read_bytes().rpartition(b"\n")
        except FileNotFoundError:
            return cls(path, [])
        try:
            rows = [Row.model_validate_json(line) for line in whole.splitlines()]
        except ValidationError as error:
            raise WorkspaceError(
                f"{path} cannot be read as the trials of a study: {error.errors()[0]['msg']}.",
                hint="Remove it, and the search begins anew.",
            ) from error
        os.truncate(path, len(whole + end))
        return cls(path, rows)

    def add(self, row: Row) -> None:
        """Keep a row, for good."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(row.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.rows.append(row)
