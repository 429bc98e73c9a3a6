"""What every source returns, and what it does with rows that break a rule.

A source knows one family of files as people download them. It returns raw columns; what they mean
is inferred later (room `infer`), the same way for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Protocol, Self

import numpy as np
import polars as pl

from sommelier.data.schema import Schema
from sommelier.data.sources.files import Files
from sommelier.errors import DataError, RowError
from sommelier.types import Bools, Ints, Json

__all__ = ["Fault", "Imported", "OnBadRow", "Reject", "Rows", "Sieve", "Source"]

OnBadRow = Literal["error", "skip"]


@dataclass(frozen=True)
class Reject:
    """One row set aside: where it stood, which rule it breaks, what it said."""

    file: str
    line: int  # from 1, the header counts
    column: str
    rule: str
    text: str = ""


@dataclass(frozen=True, eq=False)
class Rows:
    """One file's rows as columns, and where each row stood."""

    file: str
    frame: pl.DataFrame
    lines: Ints | None = None  # line of each row; None: row i stands on line i + first
    first: int = 2
    notes: tuple[str, ...] = ()

    def line(self, row: int) -> int:
        """Return the line on which a row began."""
        return row + self.first if self.lines is None else int(self.lines[row])

    def keep(self, kept: Bools) -> Self:
        """Return the rows where `kept` [n_rows] is true; they keep their lines."""
        lines = np.arange(len(kept)) + self.first if self.lines is None else self.lines
        return replace(self, frame=self.frame.filter(pl.Series(kept)), lines=lines[kept])


@dataclass(frozen=True, eq=False)
class Fault:
    """A rule, and the rows [n_rows] that break it; `{value}` in the rule is the cell itself."""

    bad: Bools
    column: str
    rule: str
    hint: str = ""


@dataclass
class Sieve:
    """Bad rows: the first one is raised, or all are set aside."""

    on_bad_row: OnBadRow = "error"
    rejects: list[Reject] = field(default_factory=list)

    def sift(self, rows: Rows, faults: Sequence[Fault]) -> Rows:
        """Return the rows that break no rule. A row that breaks several is set aside once."""
        faults = [fault for fault in faults if fault.bad.any()]
        if not faults:
            return rows
        if self.on_bad_row == "error":
            first = min(faults, key=lambda fault: int(np.argmax(fault.bad)))
            others = int(first.bad.sum()) - 1
            more = f" ({others:,} more such row{'s' * (others > 1)} in this file)" * (others > 0)
            found = _reject(rows, first, int(np.argmax(first.bad)))
            raise RowError(found.file, found.line, found.column, found.rule + more, hint=first.hint)
        bad = np.zeros(rows.frame.height, bool)
        for fault in faults:
            for row in np.flatnonzero(fault.bad & ~bad):
                self.add(_reject(rows, fault, int(row)))
            bad |= fault.bad
        if bad.all():
            first_bad = _reject(rows, faults[0], 0)
            raise DataError(
                f"{rows.file}: every one of its {len(bad):,} rows is bad; the first, on line "
                f"{first_bad.line}, column {first_bad.column!r}: {first_bad.rule}",
                hint="This looks like a wrong column or a wrong file rather than single bad rows.",
            )
        return rows.keep(~bad)

    def add(self, reject: Reject) -> None:
        """Take one bad row, or raise it as a RowError."""
        if self.on_bad_row == "error":
            raise RowError(reject.file, reject.line, reject.column, reject.rule)
        self.rejects.append(reject)


def _reject(rows: Rows, fault: Fault, row: int) -> Reject:
    cells = rows.frame.row(row, named=True)
    value = cells.get(fault.column)
    text = ",".join("" if cell is None else str(cell) for cell in cells.values())
    rule = fault.rule.replace("{value}", repr(value)[:80])
    return Reject(rows.file, rows.line(row), fault.column, rule, text[:500])


@dataclass(frozen=True, eq=False)
class Imported:
    """What a source read.

    `items` has `item_id` (string, unique) and raw columns of any type. `events` has `user_id`,
    `item_id` (strings, every item known) and, where known, `timestamp` (int64 seconds), `value`
    (float), `event_type` (string); rows of one user and second stand in their order of time.
    `users` has `user_id` and raw columns.
    """

    items: pl.DataFrame
    events: pl.DataFrame
    users: pl.DataFrame | None = None
    name: str = ""  # of what was read, for people
    noun: str = ""  # what one item is called, if the source knows
    notes: Sequence[str] = ()  # what people should know about how it was read
    rejects: Sequence[Reject] = ()
    schema: Schema | None = None  # where the meaning of the columns is known: nothing is inferred
    label: str = ""  # a word that must stand wherever the data is shown: "simulated log"
    origin: Json = field(default_factory=dict)  # what `sources.read_again` reads it from again
    revision: int = 0  # up to which edits of single rows lie over it (see `data.edits`)
    waiting: tuple[str, ...] = ()  # items deleted by edits that stay for now, and are never shown


class Source(Protocol):
    """One family of files; registered as an entry point `sommelier.sources`."""

    name: ClassVar[str]
    expects: ClassVar[str]  # what it looks for, for the message when nothing fits

    def fits(self, files: Files) -> bool:
        """Return whether this is what lies there, by content."""

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read it; DataError or RowError if it is broken."""
