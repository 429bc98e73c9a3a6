"""RecBole's atomic files: tab-parted tables whose header gives each column `name:type`.

`.inter` holds events, `.item` items, `.user` users; the types are token, token_seq, float and
float_seq, and sequences are parted by spaces.
"""

from typing import ClassVar, Final

import polars as pl

from sommelier.data.sources import delimited
from sommelier.data.sources.base import Imported, Rows, Sieve
from sommelier.data.sources.columns import events_of, items_of, link, users_of
from sommelier.data.sources.files import File, Files
from sommelier.data.sources.tables import events_only
from sommelier.errors import DataError

__all__ = ["RecBole"]

_TYPES: Final = ("token", "token_seq", "float", "float_seq")


class RecBole:
    """Atomic files, known by their typed header."""

    name: ClassVar[str] = "recbole"
    expects: ClassVar[str] = "RecBole atomic files: NAME.inter, and beside it NAME.item, NAME.user"

    def fits(self, files: Files) -> bool:
        """Return whether an .inter file with a typed header is there."""
        return any(_typed(file) for file in files.with_suffix(".inter"))

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read the events, and items and users where they are given."""
        inters = [file for file in files.with_suffix(".inter") if _typed(file)]
        if len(inters) > 1:
            raise DataError(
                f"{files.path} holds {len(inters)} .inter files.",
                hint="Name the folder of one data set.",
            )
        events = events_of(_read(inters[0], sieve), sieve)
        items = next(iter(files.with_suffix(".item")), None)
        users = next(iter(files.with_suffix(".user")), None)
        table = items_of(_read(items, sieve), sieve) if items else events_only(events)
        return Imported(
            table,
            link(table, events, sieve),
            users_of(_read(users, sieve), sieve) if users else None,
            rejects=tuple(sieve.rejects),
        )


def _typed(file: File) -> bool:
    names = (file.head(1) or [""])[0].split("\t")
    return len(names) > 1 and all(name.rpartition(":")[2] in _TYPES for name in names)


def _read(file: File, sieve: Sieve) -> Rows:
    rows = delimited.read(file, sieve, separator="\t", quoted=False)
    columns = []
    for column in rows.frame:
        name, _, kind = column.name.rpartition(":")
        if kind not in _TYPES:
            raise DataError(
                f"{file.label}, line 1: the column {column.name!r} has no type.",
                hint=f"Write it as name:type; types: {', '.join(_TYPES)}.",
            )
        columns.append(
            (column.str.split(" ") if kind == "token_seq" and _lists(name) else column).alias(name)
        )
    return Rows(rows.file, pl.DataFrame(columns), rows.lines, rows.first, rows.notes)


def _lists(name: str) -> bool:
    """Return whether a sequence of tokens is a list of words, and not a sentence cut at spaces."""
    return not any(word in name.lower() for word in ("title", "name", "description", "text"))
