"""Tables as text: CSV and its kin, any single or double separator, with or without quotes.

A file in which every line is one row of the same width, and quotes do nothing but enclose cells, is
read by Polars in one go, after one vectorised pass that proves it. Any other file is read row by
row, so that a bad row is named by its line. All cells are strings; empty ones are null.
"""

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sommelier.data.sources.base import Reject, Rows, Sieve
from sommelier.data.sources.files import File
from sommelier.errors import DataError, RowError
from sommelier.types import Ints

__all__ = ["header", "read", "separator_of"]

_SEPARATORS: Final = ("\t", "::", ",", ";", "|")
_BLOCK: Final = 1 << 24
_BATCH: Final = 100_000
_UNIT: Final = "\x1f"  # stands in for a separator of two characters


@dataclass(frozen=True)
class _Layout:
    """How one file is laid out."""

    separator: str
    columns: Sequence[str]
    kept: Sequence[str]
    quoted: bool
    has_header: bool


def separator_of(file: File) -> str:
    """Return what parts the fields: the one that parts the first line into most fields."""
    lines = [line for line in file.head(1) if line.strip()]
    if not lines:
        raise DataError(f"{file.label} begins with an empty line.", hint="Remove it.")
    return max(_SEPARATORS, key=lambda separator: len(_fields(lines[0], separator)))


def header(file: File) -> list[str]:
    """Return the column names that the first line gives; DataError if one stands twice."""
    found = [name.strip() for name in _fields(file.head(1)[0], separator_of(file))]
    named = [name or f"column_{place}" for place, name in enumerate(found, 1)]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise DataError(
            f"{file.label}, line 1: the column {twice[0]!r} stands twice.",
            hint="Rename or remove one of them.",
        )
    return named


def read(
    file: File,
    sieve: Sieve,
    *,
    separator: str = "",
    names: Sequence[str] = (),
    quoted: bool | None = None,
    wanted: Callable[[str], bool] = lambda _: True,
) -> Rows:
    """Read the `wanted` columns; `names` are given where the file has no header line."""
    separator = separator or separator_of(file)
    columns = list(names) or header(file)
    path = file.plain()
    if quoted is None:
        quoted = separator != "\t" or _quotes_cells(file)
    if len(separator) > 1:
        path, separator = _with_unit(file, path, separator), _UNIT
    kept = [name for name in columns if wanted(name)]
    layout = _Layout(separator, columns, kept, quoted, has_header=not names)
    first = 2 if layout.has_header else 1
    if _is_even(path, layout):
        rows = Rows(file.label, _quick(path, layout), first=first)
    else:
        rows = _careful(path, layout, file.label, sieve)
    if not rows.frame.height:
        raise DataError(f"{file.label} holds no rows.", hint="Check that the export finished.")
    note = f"{file.label} was read as {file.encoding}, since it is no UTF-8."
    return replace(rows, notes=(note,) if file.encoding != "utf-8" else ())


def _fields(line: str, separator: str) -> list[str]:
    if len(separator) > 1:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator), [])


def _quotes_cells(file: File) -> bool:
    """Return whether quotes enclose cells (rather than being letters, as tab files use them)."""
    return any(
        len(cell) > 1 and cell[0] == cell[-1] == '"'
        for line in file.head(50)
        for cell in line.split("\t")
    )


def _with_unit(file: File, path: Path, separator: str) -> Path:
    target = file.scratch / f"unit-{Path(file.label).name}"
    with path.open("rb") as old, target.open("wb") as new:
        while lines := old.readlines(_BLOCK):
            new.write(b"".join(lines).replace(separator.encode(), _UNIT.encode()))
    return target


def _is_even(path: Path, layout: _Layout) -> bool:
    """Return whether each line is one row of the right width, and quotes only enclose cells."""
    with path.open("rb") as file:
        while lines := file.read(_BLOCK) + file.readline():
            letters = np.frombuffer(b"\n" + lines.removeprefix(BOM_UTF8) + b"\n", np.uint8)
            letters = letters[: -1 if lines.endswith(b"\n") else None]
            ends = np.flatnonzero(letters == ord("\n"))
            marks = np.flatnonzero(letters == ord(layout.separator))
            if layout.quoted and b'"' in lines:
                quotes = np.flatnonzero(letters == ord('"'))
                if not _enclose(quotes, letters, ends, layout.separator):
                    return False
                marks = marks[np.searchsorted(quotes, marks) % 2 == 0]
            counts = np.diff(np.searchsorted(marks, ends))
            if (counts != len(layout.columns) - 1).any() or (np.diff(ends) < 2).any():
                return False
    return True


def _enclose(quotes: Ints, letters: NDArray[np.uint8], ends: Ints, separator: str) -> bool:
    """Return whether each two quotes stand around one cell of one line."""
    if len(quotes) % 2:
        return False
    opens, closes = quotes[::2], quotes[1::2]
    before, after = (
        np.frombuffer(f"{separator}{end}".encode(), np.uint8) for end in ("\n", "\r\n")
    )
    return bool(
        np.isin(letters[opens - 1], before).all()
        and np.isin(letters[closes + 1], after).all()
        and (np.searchsorted(ends, opens) == np.searchsorted(ends, closes)).all()
    )


def _quick(path: Path, layout: _Layout) -> pl.DataFrame:
    try:
        frame = pl.read_csv(
            path,
            has_header=layout.has_header,
            separator=layout.separator,
            quote_char='"' if layout.quoted else None,
            infer_schema=False,
            columns=[layout.columns.index(name) for name in layout.kept],
        )
    except pl.exceptions.NoDataError:
        return pl.DataFrame(schema=dict.fromkeys(layout.kept, pl.String))
    cells = [column.set(column == "", None) if layout.quoted else column for column in frame]
    return pl.DataFrame([cell.alias(name) for cell, name in zip(cells, layout.kept, strict=True)])


def _careful(path: Path, layout: _Layout, label: str, sieve: Sieve) -> Rows:
    """Read row by row; rows of another width go to the sieve, empty lines are passed over."""
    width = len(layout.columns)
    places = [layout.columns.index(name) for name in layout.kept]
    frames, lines, batch = [], [], []
    for line, row in _rows(path, layout, label, sieve):
        if len(row) != width:
            rule = f"has {len(row)} fields where the header has {width}"
            sieve.add(Reject(label, line, "", rule, layout.separator.join(row)[:500]))
            continue
        lines.append(line)
        batch.append([row[place] or None for place in places])
        if len(batch) == _BATCH:
            frames.append(_frame(batch, layout.kept))
            batch = []
    frames.append(_frame(batch, layout.kept))
    return Rows(label, pl.concat(frames), np.asarray(lines, np.int64))


def _frame(batch: list[list[str | None]], names: Sequence[str]) -> pl.DataFrame:
    columns = zip(*batch, strict=True) if batch else [()] * len(names)
    return pl.DataFrame(
        {
            name: pl.Series(cells, dtype=pl.String)
            for name, cells in zip(names, columns, strict=True)
        }
    )


def _rows(path: Path, layout: _Layout, label: str, sieve: Sieve) -> Iterator[tuple[int, list[str]]]:
    """Yield (line on which the row begins, its fields) after the header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        quoting: Literal[0, 3] = csv.QUOTE_MINIMAL if layout.quoted else csv.QUOTE_NONE
        reader = csv.reader(file, delimiter=layout.separator, quoting=quoting, strict=True)
        begins = 1
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                _misquoted(label, begins, str(error), sieve)
                row = []
            if row is None:
                return
            if row and not (begins == 1 and layout.has_header):
                yield begins, row
            begins = reader.line_num + 1


def _misquoted(label: str, line: int, error: str, sieve: Sieve) -> None:
    if "unexpected end" in error:
        raise RowError(
            label,
            line,
            "",
            "a quote that opens in this row is never closed",
            hint='Close the quote, or write a quote that is meant as a letter twice: "".',
        )
    sieve.add(Reject(label, line, "", f"cannot be read: {error}"))
