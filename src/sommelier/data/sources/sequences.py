"""Sequences as text, as next-item research ships them, in two forms.

S3-Rec: one line per user, `user item item item ...`. SASRec: one line per event, `user item`.
Oldest first in both. An `..._item2attributes.json` beside it gives each item's attributes.
"""

import json
import re
from typing import ClassVar, Final

import numpy as np
import polars as pl

from sommelier.data.sources.base import Imported, Reject, Rows, Sieve
from sommelier.data.sources.files import File, Files
from sommelier.data.sources.tables import events_only
from sommelier.errors import DataError
from sommelier.types import ITEM_ID, USER_ID

__all__ = ["Sequences"]

_LINE: Final = re.compile(r"[^\s,;|]+( [^\s,;|]+)+")
_LOOKED_AT = 50  # lines


class Sequences:
    """Lines of ids parted by single spaces."""

    name: ClassVar[str] = "sequences"
    expects: ClassVar[str] = (
        "a text file of sequences: lines of `user item item ...`, or of `user item` pairs"
    )

    def fits(self, files: Files) -> bool:
        """Return whether some file is made of such lines."""
        return _sequences(files) is not None

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read the sequences as events without times; the catalogue is the ids they name."""
        file = _sequences(files)
        if file is None:
            raise DataError(f"{files.path} holds no sequences.", hint=f"Expected {self.expects}.")
        rows = _read(file, sieve)
        items = events_only(rows)
        attributes = next((f for f in files if f.stem.endswith("item2attributes")), None)
        if attributes:
            items = items.join(
                _attributes(attributes), on=ITEM_ID, how="left", maintain_order="left"
            )
        notes = ("No times are known: the order in the file is the order of events.",)
        return Imported(items, rows.frame, notes=notes, rejects=tuple(sieve.rejects))


def _sequences(files: Files) -> File | None:
    for file in files.with_suffix(".txt", ".inter.txt", ".seq"):
        lines = file.head(_LOOKED_AT)
        if lines and all(_LINE.fullmatch(line.rstrip()) for line in lines if line.strip()):
            ids = [part for line in lines for part in line.split()]
            if sum(part.isdigit() for part in ids) >= 0.9 * len(ids):
                return file
    return None


def _read(file: File, sieve: Sieve) -> Rows:
    users: list[str] = []
    items: list[str] = []
    lines: list[int] = []
    with file.plain().open(encoding="utf-8-sig") as text:
        for number, line in enumerate(text, 1):
            user, *sequence = line.split() or [""]
            if user and not sequence:
                sieve.add(Reject(file.label, number, "", "names a user but no item", user))
            users.extend([user] * len(sequence))
            items.extend(sequence)
            lines.extend([number] * len(sequence))
    frame = pl.DataFrame(
        {USER_ID: users, ITEM_ID: items}, schema={USER_ID: pl.String, ITEM_ID: pl.String}
    )
    return Rows(file.label, frame, np.asarray(lines, np.int64), first=1)


def _attributes(file: File) -> pl.DataFrame:
    try:
        found = json.loads(file.plain().read_text("utf-8"))
        cells = [[str(one) for one in words] for words in found.values()]
    except (ValueError, AttributeError, TypeError) as error:
        raise DataError(
            f"{file.label} cannot be read: {error}", hint='Expected {"item": [attribute, ...]}.'
        ) from error
    lists = pl.Series("attributes", cells, pl.List(pl.String))
    return pl.DataFrame([pl.Series(ITEM_ID, list(found), pl.String), lists])
