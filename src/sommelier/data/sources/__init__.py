"""How data comes in: files as people have them, read into raw items, events and users.

`read` works out what lies at a path; `read_named` takes the files of items, events and users.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sommelier import registry
from sommelier.data.sources.base import Imported, OnBadRow, Sieve, Source
from sommelier.data.sources.files import File, opened
from sommelier.data.sources.tables import Tables, read_files
from sommelier.errors import DataError, UsageError

__all__ = ["read", "read_named"]


def read(path: Path | str, *, on_bad_row: OnBadRow = "error") -> Imported:
    """Read a file, folder or zip as it was downloaded; DataError if it fits no known form."""
    path = Path(path)
    sources: list[Source] = [registry.load("sources", name)() for name in registry.names("sources")]
    with opened(path) as files:
        for source in [*sources, Tables()]:
            if source.fits(files):
                imported = source.read(files, Sieve(on_bad_row))
                return replace(imported, name=path.name)
    raise DataError(
        f"{path} fits no known form of data.",
        hint="Expected one of:\n" + "\n".join(f"- {s.expects}" for s in [*sources, Tables()]),
    )


def read_named(
    *,
    items: Path | str | None = None,
    events: Path | str | None = None,
    users: Path | str | None = None,
    on_bad_row: OnBadRow = "error",
) -> Imported:
    """Read one file each of items, events and users; items or events may be missing, not both."""
    if items is None and events is None:
        raise UsageError("Name a file of items or of events, or better both.")
    with ExitStack() as stack:

        def one(path: Path | str | None) -> File | None:
            return None if path is None else stack.enter_context(opened(Path(path))).only()

        imported = read_files(one(items), one(events), one(users), Sieve(on_bad_row))
    return replace(imported, name=Path(events or items or "").name)
