"""A whole workspace as one file, and back: data, engines, settings and state of one moment.

The tar holds the version in force (no former ones), the state as a SQLite file or as lines of JSON
where it is kept in PostgreSQL, and last of all `backup.json` with the digest of every file. Either
kind of state is restored into either kind of database. Nothing is overwritten.
"""

import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from sommelier.data.versions import locked
from sommelier.data.workspace import Workspace
from sommelier.errors import DataError, SommelierError, UsageError, WorkspaceError
from sommelier.shop.stores import open_store
from sommelier.state.store import Store
from sommelier.tools.grams import FILE as GRAMS

__all__ = ["Backed", "backup", "restore"]

_FORMAT: Final = 1
_HEAD: Final = "backup.json"
_SHOP: Final = "workspace"  # folder in the tar
_STATES: Final = ("state.db", "state.jsonl")
_OTHERS: Final = ("LOCK", "state.db", "state.db-wal", "state.db-shm")  # not copied as files


@dataclass(frozen=True)
class Backed:
    """What a backup holds."""

    files: int
    bytes: int
    time: float  # seconds since 1970 UTC


def backup(path: Path | str, file: Path, *, database: str = "") -> Backed:
    """Write a workspace into one tar file, whole or not at all, while others read and write.

    A refresh or a fit waits meanwhile, conversations and feedback do not. UsageError if the file is
    there already.
    """
    path = Path(path)
    workspace = Workspace.open(path)
    _refuse(file)
    beside = file.with_name(file.name + ".new")
    try:
        with locked(path), tempfile.TemporaryDirectory(dir=_folder(file)) as folder:
            workspace = Workspace.open(path)
            with open_store(workspace, database) as store:
                state = store.save(Path(folder))
            found = {f"{_SHOP}/{name}": one for name, one in _files(path)}
            backed = _pack(beside, {**found, state.name: state}, workspace.name)
        os.link(beside, file)  # unlike a rename, it overwrites nothing
    except FileExistsError:
        _refuse(file)
        raise
    except OSError as error:
        raise WorkspaceError(
            f"The backup {file} cannot be written: {error}.",
            hint="Check the folder and its free space; nothing was half written.",
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    return backed


def restore(file: Path, path: Path | str, *, database: str = "") -> Workspace:
    """Make a workspace of a backup; UsageError where something is, DataError for a damaged file.

    With `database` its state goes into the schema of the workspace's name, which must be empty.
    """
    path = Path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError(f"There is something at {path} already.", hint="Name a new folder.")
    path.absolute().parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_folder(path), prefix=".restoring-") as folder:
        inside = Path(folder)
        _unpack(file, inside)
        made = inside / _SHOP
        state = next((inside / name for name in _STATES if (inside / name).exists()), None)
        Workspace.open(made)  # says what is wrong before anything is in its place
        if state is not None:
            _place(state, made, database, path.resolve().name)
        _sync(made)
        made.rename(path)
    return Workspace.open(path)


def _place(state: Path, made: Path, database: str, name: str) -> None:
    """Put a backup's state where the workspace will look for it."""
    if not database and state.suffix == ".db":
        state.rename(made / "state.db")
        return
    with Store.open(database, schema=name) if database else Store.open(made / "state.db") as store:
        store.load(state)


def _refuse(file: Path) -> None:
    if file.exists():
        raise UsageError(f"There is a file {file} already.", hint="Name another one.")


def _folder(path: Path) -> Path:
    return path.absolute().parent


def _files(folder: Path, inside: str = "") -> Iterator[tuple[str, Path]]:
    """Give the files of a workspace by their names in it; of versions only those in force."""
    for path in sorted(folder.iterdir()):
        name = inside + path.name
        unfinished = path.name.endswith(".new") or path.name.startswith(".new-")
        if name in _OTHERS or path.name == GRAMS or unfinished:  # that index is built again
            continue
        if path.is_dir():
            if path.name == "versions" and (folder / "CURRENT").exists():
                current = (folder / "CURRENT").read_text("utf-8").strip()
                yield from _files(path / current, f"{name}/{current}/")
            else:
                yield from _files(path, name + "/")
        elif path.is_file():
            yield name, path


class _Digesting:
    """A file that is read, and its digest."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        data = self._file.read(size)
        self.digest.update(data)
        return data


def _pack(target: Path, files: dict[str, Path], name: str) -> Backed:
    digests: dict[str, str] = {}
    size, now = 0, time.time()
    # Readable by its owner alone: profiles and conversations are in it.
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for inside, path in files.items():
                info = _info(inside, path.stat().st_size, now)
                with path.open("rb") as file:
                    told = _Digesting(file)
                    tar.addfile(info, told)
                digests[inside] = told.digest.hexdigest()
                size += info.size
            head = {"format": _FORMAT, "workspace": name, "time": now, "files": digests}
            text = json.dumps(head, ensure_ascii=False, indent=1).encode()
            tar.addfile(_info(_HEAD, len(text), now), io.BytesIO(text))
        out.flush()
        os.fsync(out.fileno())
    return Backed(len(files), size, now)


def _info(name: str, size: int, now: float) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, now, 0o600
    return info


def _unpack(file: Path, folder: Path) -> None:
    """Fill a folder with a backup's files; DataError unless each is as it was."""
    found: dict[str, str] = {}
    head: dict[str, Any] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                data = tar.extractfile(member) if member.isfile() else None
                if data is None or not _tame(member.name):
                    raise DataError(f"{file} holds {member.name!r}, which is no file of a backup.")
                if member.name == _HEAD:
                    head = json.loads(data.read())
                    continue
                place = folder / member.name
                place.parent.mkdir(parents=True, exist_ok=True)
                told = _Digesting(data)  # type: ignore[arg-type]  # only reads
                with place.open("wb") as out:
                    shutil.copyfileobj(told, out)
                found[member.name] = told.digest.hexdigest()
    except SommelierError:
        raise
    except (OSError, tarfile.TarError, ValueError) as error:
        raise DataError(f"{file} cannot be read as a backup: {error}.") from error
    if head.get("format") != _FORMAT or head.get("files") != found:
        raise DataError(
            f"{file} is no whole backup of format {_FORMAT}.",
            hint="It was cut off, changed, or written by another version.",
        )


def _tame(name: str) -> bool:
    """Return whether a name stays inside the folder."""
    path = PurePosixPath(name)
    known = path.parts[:1] == (_SHOP,) or name in (_HEAD, *_STATES)
    return known and not path.is_absolute() and ".." not in path.parts and "\x00" not in name


def _sync(folder: Path) -> None:
    for root, _, names in os.walk(folder, topdown=False):
        for name in [*names, "."]:
            handle = os.open(Path(root) / name, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
