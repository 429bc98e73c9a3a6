"""JSON lines: one object a line; a file that is one array of objects is taken too.

Objects written as Python writes them (single quotes, as some older downloads are) are understood.
"""

import ast
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import polars as pl

from sommelier.data.sources.base import Reject, Rows, Sieve
from sommelier.data.sources.files import File
from sommelier.errors import DataError
from sommelier.types import Json

__all__ = ["keys", "read"]


def keys(file: File, lines: int = 50) -> list[str]:
    """Return the keys of the first objects, in the order in which they appear."""
    found: dict[str, None] = {}
    for _, (_, row) in zip(range(lines), _objects(file, Sieve("skip")), strict=False):
        found.update(dict.fromkeys(row))
    return list(found)


def read(file: File, sieve: Sieve, *, wanted: Callable[[str], bool] = lambda _: True) -> Rows:
    """Read the `wanted` keys as columns; a key that a line does not have is null there."""
    columns: dict[str, list[Any]] = {}
    lines: list[int] = []
    for line, row in _objects(file, sieve):
        for key, value in row.items():
            if value is not None and wanted(key):
                cells = columns.setdefault(key, [])
                cells.extend([None] * (len(lines) - len(cells)))
                cells.append(value)
        lines.append(line)
    if not lines:
        raise DataError(f"{file.label} holds no objects.", hint="Check that the export finished.")
    for cells in columns.values():
        cells.extend([None] * (len(lines) - len(cells)))
    frame = pl.DataFrame([_series(key, cells) for key, cells in columns.items()])
    return Rows(file.label, frame, np.asarray(lines, np.int64), first=1)


def _objects(file: File, sieve: Sieve) -> Iterator[tuple[int, Json]]:
    with file.plain().open(encoding="utf-8-sig") as text:
        if file.head(1)[0].lstrip().startswith("["):
            rows: Iterable[tuple[int, Any]] = enumerate(_array(text.read(), file.label), 1)
        else:
            rows = ((n, _decoded(line)) for n, line in enumerate(text, 1) if line.strip())
        for line, row in rows:
            if isinstance(row, dict):
                yield line, row
            else:
                sieve.add(Reject(file.label, line, "", "is no JSON object", str(row)[:500]))


def _array(text: str, label: str) -> list[Any]:
    try:
        return list(json.loads(text))
    except ValueError as error:
        raise DataError(
            f"{label} begins like a JSON array, but cannot be read: {error}",
            hint="Write one object a line (JSON lines).",
        ) from error


def _decoded(line: str) -> Any:
    """Return the object, or the line itself if it is none."""
    try:
        return json.loads(line)
    except ValueError:
        try:
            return ast.literal_eval(line.strip())
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return line.strip()


def _series(name: str, cells: list[Any]) -> pl.Series:
    """Return a column of one type: numbers, yes or no, lists of words, else strings."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds <= {bool}:
        return pl.Series(name, cells, pl.Boolean)
    if kinds <= {int, float}:
        return pl.Series(name, cells, pl.Int64 if kinds == {int} else pl.Float64, strict=False)
    if kinds == {str}:
        return pl.Series(name, cells, pl.String)
    if kinds == {list}:
        simple = all(isinstance(one, str) for cell in cells if cell for one in cell)
        if simple:
            return pl.Series(name, cells, pl.List(pl.String))
    texts = [cell if cell is None or isinstance(cell, str) else _text(cell) for cell in cells]
    return pl.Series(name, texts, pl.String)


def _text(cell: Any) -> str:
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (list, dict)) else str(cell)
