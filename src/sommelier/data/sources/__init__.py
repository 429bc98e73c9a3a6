"""How data comes in: files as people have them, read into raw items, events and users.

`read` works out what lies at a path; `read_named` takes the files of items, events and users;
`read_again` reads what one of them read before, as it is now.
"""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from sommelier import registry
from sommelier.data.sources.base import Imported, OnBadRow, Sieve, Source
from sommelier.data.sources.files import File, opened
from sommelier.data.sources.tables import Tables, read_files
from sommelier.errors import DataError, UsageError
from sommelier.types import Json

__all__ = ["read", "read_again", "read_named"]


def read(path: Path | str, *, on_bad_row: OnBadRow = "error") -> Imported:
    """Read a file, folder or zip as it was downloaded; DataError if it fits no known form."""
    path = Path(path)
    sources: list[Source] = [registry.load("sources", name)() for name in registry.names("sources")]
    with opened(path) as files:
        for source in [*sources, Tables()]:
            if source.fits(files):
                imported = source.read(files, Sieve(on_bad_row))
                origin = {"path": str(path.absolute()), "on_bad_row": on_bad_row}
                return replace(imported, name=path.name, origin=origin)
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
    named = {"items": items, "events": events, "users": users}
    origin = {role: str(Path(path).absolute()) for role, path in named.items() if path}
    name = Path(events or items or "").name
    return replace(imported, name=name, origin={**origin, "on_bad_row": on_bad_row})


def read_again(origin: Json) -> Imported | None:
    """Return what lies now where something was read before; None if any of it is gone."""
    places = {key: Path(value) for key, value in origin.items() if key != "on_bad_row"}
    if not places or not all(path.exists() for path in places.values()):
        return None
    on_bad_row: OnBadRow = origin["on_bad_row"]
    if "path" in places:
        return read(places["path"], on_bad_row=on_bad_row)
    return read_named(**places, on_bad_row=on_bad_row)
