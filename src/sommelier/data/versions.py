"""Numbered versions of a folder's content: written beside, made durable, then swapped in at once.

`CURRENT` names the version in force and is replaced last, by one rename, so a process that dies at
any point leaves the former version whole. The version before it is kept, older ones are removed.
Knows nothing of what the versions hold.
"""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sommelier.errors import WorkspaceError

__all__ = ["Versions", "locked", "write_file"]

_NUMBER = re.compile(r"\d{4,}")


class Versions:
    """The versions of one folder: `versions/0001/`, `versions/0002/`, ... and `CURRENT`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def current(self) -> Path | None:
        """Return the folder of the version in force, or None; WorkspaceError if it is gone."""
        try:
            name = (self.folder / "CURRENT").read_text("utf-8").strip()
        except FileNotFoundError:
            return None
        found = self.folder / "versions" / name
        if not _NUMBER.fullmatch(name) or not found.is_dir():
            raise WorkspaceError(
                f"{self.folder / 'CURRENT'} names version {name!r}, which is not there.",
                hint=f"Write the name of a folder of {self.folder / 'versions'} into it, "
                "or import again with --force.",
            )
        return found

    def add(self, write: Callable[[Path], object]) -> Path:
        """Let `write` fill an empty folder, then make that folder the version in force.

        Whatever `write` raises leaves the former version in force. The caller holds the lock.
        """
        shelf = self.folder / "versions"
        shelf.mkdir(parents=True, exist_ok=True)
        former = self.current()
        numbers = [int(p.name) for p in shelf.iterdir() if _NUMBER.fullmatch(p.name)]
        name = f"{max(numbers, default=0) + 1:04d}"
        fresh = shelf / f".new-{name}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        try:
            write(fresh)
            _make_durable(fresh)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        fresh.rename(shelf / name)
        _sync(shelf)
        write_file(self.folder / "CURRENT", name + "\n")
        self._prune(keep={name, former.name if former else name})
        return shelf / name

    def _prune(self, keep: set[str]) -> None:
        for path in (self.folder / "versions").iterdir():
            if path.name not in keep:
                shutil.rmtree(path, ignore_errors=True)


def write_file(path: Path, text: str) -> None:
    """Replace a file at once: written beside, made durable, renamed over the old one."""
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, "utf-8")
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


@contextmanager
def locked(folder: Path, *, wait: float = 10.0) -> Iterator[None]:
    """Hold the folder's `LOCK`; WorkspaceError if another process still has it after `wait` s.

    The system lets go of it when a process ends, however it ends.
    """
    until = time.monotonic() + wait
    with (folder / "LOCK").open("a+", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise WorkspaceError(
                        f"Another process is writing to the workspace {folder}.",
                        hint="Wait until it has finished, or stop it, then try again.",
                    ) from None
                time.sleep(0.05)
        yield


def _make_durable(folder: Path) -> None:
    for root, _, files in os.walk(folder, topdown=False):
        for name in files:
            _sync(Path(root) / name)
        _sync(Path(root))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
