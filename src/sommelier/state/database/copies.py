"""A SQLite file copied while others write into it: one moment of it, and nobody waits."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sommelier.errors import StateError

__all__ = ["copy_file"]


def copy_file(source: Path, target: Path) -> None:
    """Copy by SQLite's own backup: what is in the write-ahead log too; StateError if it cannot."""
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as own,
            closing(sqlite3.connect(target)) as copy,
        ):
            own.backup(copy)  # in one step: in smaller ones every write of others begins it anew
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, until it is opened again
    except sqlite3.Error as error:
        raise StateError(
            f"The state in {source} cannot be copied to {target}: {error}.",
            hint="Check the disk and its free space.",
        ) from error
