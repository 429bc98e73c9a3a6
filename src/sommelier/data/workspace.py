"""A workspace: the folder that holds one shop's data, its corrections and its fitted engines.

    shop/sommelier.toml                what people decide (see `settings`)
    shop/state.db                      sessions, profiles, feedback (see room `state`)
    shop/tuning/                       trials of settings (see room `tuning/engine`)
    shop/CURRENT, LOCK                 which version is in force; who writes
    shop/versions/0001/items.parquet           one row per item; the row is the item_num
                       interactions.parquet    user_num, item_num, timestamp, value, event_type
                       users.parquet           user_id by user_num, and what is known of each
                       schema.toml             what was inferred
                       manifest.json, rejects.csv
                       grams.safetensors       index of words, built again where it is missing
                       engines/<name>/         versions of one fitted engine

Every write is all or nothing. Knows no engine: `save_engine` is handed the function that writes.
"""

import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Self, TypeAlias

import polars as pl
import tomli_w

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.infer.again import imported_again
from sommelier.data.infer.correct import corrected
from sommelier.data.infer.prepare import prepare
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Schema
from sommelier.data.settings import TEMPLATE, Settings, with_engine
from sommelier.data.sources.base import Imported
from sommelier.data.versions import Versions, locked, write_file
from sommelier.errors import WorkspaceError
from sommelier.types import USER_ID, Json

__all__ = ["Workspace", "Write"]

Write: TypeAlias = Callable[[Path], object]  # fills an empty folder

_FORMAT = 1
_OURS = {"sommelier.toml", "sommelier.toml.new", "LOCK", "versions", "CURRENT.new", "state.db"}
_OURS |= {"state.db-wal", "state.db-shm", "tuning"}


class Workspace:
    """One shop's folder, at the version that was in force when it was opened."""

    def __init__(self, path: Path, version: Path, settings: Settings, manifest: Json) -> None:
        """Use `open`, `create` or `replace` instead."""
        self.path = path
        self.version = version
        self.settings = settings
        self.manifest = manifest

    @classmethod
    def open(cls, path: Path | str) -> Self:
        """Open an existing workspace; WorkspaceError says what to do where there is none."""
        path = Path(path)
        make = f"Make one: sommelier init {path} --items ITEMS --events EVENTS"
        if not path.is_dir():
            raise WorkspaceError(f"There is no workspace at {path}.", hint=make)
        version = Versions(path).current()
        if version is None:
            raise WorkspaceError(
                f"{path} holds no finished workspace (it has no file CURRENT).", hint=make
            )
        try:
            manifest = json.loads((version / "manifest.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise WorkspaceError(f"{version} cannot be read: {error}", hint=make) from error
        if manifest.get("format") != _FORMAT:
            raise WorkspaceError(
                f"{path} was written in format {manifest.get('format')}, this reads {_FORMAT}.",
                hint="Import it again with this version: sommelier init --force",
            )
        return cls(path, version, Settings.read(path / "sommelier.toml"), manifest)

    @classmethod
    def create(cls, path: Path | str, imported: Imported) -> Self:
        """Make a new workspace; WorkspaceError if there is one already, or other files."""
        cls.refuse_existing(path)
        return cls.replace(path, imported)

    @staticmethod
    def refuse_existing(path: Path | str) -> None:
        """Raise a WorkspaceError where a new workspace would stand upon something."""
        path = Path(path)
        _refuse_strangers(path)
        if path.is_dir() and Versions(path).current():
            raise WorkspaceError(
                f"There is a workspace at {path} already.",
                hint="Replace its data (its settings stay) with --force, or name another folder.",
            )

    @classmethod
    def replace(cls, path: Path | str, imported: Imported) -> Self:
        """Make a workspace, or give an existing one new data; what people decided stays.

        Until the last moment the former version is in force. Fitted engines belong to the data
        they learned from, so the new version has none.
        """
        path = Path(path)
        _refuse_strangers(path)
        dataset = prepare(imported, Settings.read(path / "sommelier.toml"))
        path.mkdir(parents=True, exist_ok=True)
        with locked(path):
            Versions(path).add(lambda folder: _write(folder, imported, dataset))
            if not (path / "sommelier.toml").exists():
                write_file(path / "sommelier.toml", TEMPLATE)
        return cls.open(path)

    def renew(
        self,
        imported: Imported,
        engines: Callable[[Dataset], Iterable[tuple[str, Write]]],
        *,
        hasty: bool = False,
    ) -> Self | None:
        """Put new data into force together with engines for it; None if there is nothing to learn.

        Until the last moment the former version is in force. `engines` names each engine and what
        writes it; `hasty` ones have yet to learn what is new. The caller holds the lock.
        """
        dataset = prepare(imported, self.settings)
        if (hasty or not self.hasty) and self._holds(dataset):
            self._note({"revision": imported.revision, "waiting": list(imported.waiting)})
            return None

        def write(folder: Path) -> None:
            manifest = _write(folder, imported, dataset, hasty=hasty)
            fresh = type(self)(self.path, folder, self.settings, manifest)
            for name, fill in engines(fresh.dataset()):
                Versions(folder / "engines" / name).add(fill)
            measured = self._measured()
            if measured:
                write_file(folder / "engines" / "DEFAULT", measured + "\n")

        Versions(self.path).add(write)
        return type(self).open(self.path)

    def _note(self, edits: Json) -> None:
        """Remember which edits are part of this version, though they change nothing of it."""
        if self.manifest | edits != self.manifest:
            self.manifest |= edits
            write_file(self.version / "manifest.json", json.dumps(self.manifest, indent=1))

    def _holds(self, dataset: Dataset) -> bool:
        """Return whether a dataset says no more and no less than this version."""
        tables = _tables(dataset).items()
        return all(pl.read_parquet(self.version / name).equals(table) for name, table in tables)

    def in_force(self) -> tuple[object, ...]:
        """Return the version of the data now in force, and of the engines fitted to this one.

        A few small reads: whoever keeps what they were can tell whether anything was replaced.
        """
        marks = sorted((self.version / "engines").glob("*/CURRENT"))
        engines = ((mark.parent.name, mark.read_text("utf-8")) for mark in marks)
        return Versions(self.path).current(), self._measured(), *engines

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.resolve().name

    @property
    def label(self) -> str:
        """A word that must stand wherever the data is shown, as "simulated log"; mostly empty."""
        return str(self.manifest.get("label", ""))

    @property
    def notes(self) -> tuple[str, ...]:
        """What people should know about the data and how it was read, in sentences."""
        return tuple(self.manifest.get("notes", ()))

    @property
    def origin(self) -> Json:
        """Where the data was read from; empty where it came from no files."""
        return dict(self.manifest.get("origin", {}))

    @property
    def hasty(self) -> bool:
        """Whether the engines have yet to learn from some of the events."""
        return bool(self.manifest.get("hasty"))

    @property
    def revision(self) -> int:
        """Up to which revision the store's edits are part of this version; later ones wait."""
        return int(self.manifest.get("revision", 0))

    @property
    def waiting(self) -> tuple[str, ...]:
        """Ids of items that were deleted, but stay until engines are fitted without them."""
        return tuple(self.manifest.get("waiting", ()))

    @property
    def state_path(self) -> Path:
        """Where the state store lives, unless in PostgreSQL; it outlasts every import."""
        return self.path / "state.db"

    @property
    def tuning_path(self) -> Path:
        """Where the trials of settings are kept; they outlast every import."""
        return self.path / "tuning"

    @property
    def schema(self) -> Schema:
        """What the fields mean, with people's corrections."""
        return self.catalog().schema

    def catalog(self) -> Catalog:
        """Return the items, by the corrected schema; read once."""
        return self._catalog

    def dataset(self) -> Dataset:
        """Return the items and the log; read once."""
        return self._dataset

    @cached_property
    def _catalog(self) -> Catalog:
        table = pl.read_parquet(self.version / "items.parquet")
        return Catalog(*corrected(table, self._inferred, self.settings))

    @cached_property
    def _dataset(self) -> Dataset:
        users = pl.read_parquet(self.version / "users.parquet")
        events = pl.read_parquet(self.version / "interactions.parquet")
        log = Interactions.from_codes(
            events,
            user_ids=users[USER_ID].head(self.manifest["n_users"]).to_list(),
            n_items=self.manifest["n_items"],
        )
        return Dataset(self._catalog, log, users if users.width > 1 else None)

    def imported(self) -> Imported:
        """Return the data as a source would read it: without the fields that the log added."""
        table, data = pl.read_parquet(self.version / "items.parquet"), self.dataset()
        again = imported_again(table, self._inferred, data.interactions, data.users)
        return replace(again, name=self.manifest["source"], notes=self.notes, label=self.label)

    @cached_property
    def _inferred(self) -> Schema:
        return Schema.from_toml(tomllib.loads((self.version / "schema.toml").read_text("utf-8")))

    @property
    def default_engine(self) -> str | None:
        """The engine that answers when none is named: people's choice, else the measured one."""
        return self.settings.default_engine or self._measured()

    def _measured(self) -> str | None:
        path = self.version / "engines" / "DEFAULT"
        return path.read_text("utf-8").strip() if path.exists() else None

    def set_default_engine(self, name: str) -> None:
        """Record the engine that was best on a hold-out; `[engine] default` stands over it."""
        folder = self.version / "engines"
        with locked(self.path):
            folder.mkdir(exist_ok=True)
            write_file(folder / "DEFAULT", name + "\n")

    def set_engine(self, name: str, chosen: Json) -> None:
        """Write settings of an engine into `sommelier.toml`, where the next fit finds them."""
        path = self.path / "sommelier.toml"
        with locked(self.path):
            text = path.read_text("utf-8-sig") if path.exists() else ""
            write_file(path, with_engine(text, name, chosen))
        self.settings = Settings.read(path)

    def fitted(self) -> list[str]:
        """Return the sorted names of the engines that have been fitted to this data."""
        folders = (self.version / "engines").glob("*/CURRENT")
        return sorted(path.parent.name for path in folders)

    def engine_dir(self, name: str) -> Path:
        """Return where a fitted engine was written; WorkspaceError names the command if not."""
        found = Versions(self.version / "engines" / name).current()
        if found is None:
            raise WorkspaceError(
                f"The engine {name!r} has not been fitted in {self.path}.",
                hint=f"Fit it: sommelier fit {self.path} --engines {name}",
            )
        return found

    def save_engine(self, name: str, write: Write) -> Path:
        """Let `write` fill an empty folder and make it the engine's; all or nothing.

        WorkspaceError if other data came into force since this workspace was opened.
        """
        with locked(self.path):
            if Versions(self.path).current() != self.version:
                raise WorkspaceError(
                    f"The data of {self.path} was replaced while {name!r} was being fitted.",
                    hint=f"Fit it to the new data: sommelier fit {self.path} --engines {name}",
                )
            return Versions(self.version / "engines" / name).add(write)


def _refuse_strangers(path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise WorkspaceError(f"{path} is a file, not a folder.", hint="Name another folder.")
    if path.is_dir() and Versions(path).current() is None:
        strangers = sorted(p.name for p in path.iterdir() if p.name not in _OURS)
        if strangers:
            raise WorkspaceError(
                f"{path} holds other files ({', '.join(strangers[:3])}), and no workspace.",
                hint="Name a new or empty folder.",
            )


def _tables(dataset: Dataset) -> dict[str, pl.DataFrame]:
    """Return the tables that a version keeps, by the names of their files."""
    log = dataset.interactions
    users = pl.DataFrame({USER_ID: log.user_ids}, schema={USER_ID: pl.String})
    if dataset.users is not None:
        silent = dataset.users.join(users, on=USER_ID, how="anti").select(USER_ID)
        everyone = pl.concat([users, silent])
        users = everyone.join(dataset.users, on=USER_ID, how="left", maintain_order="left")
    return {
        "items.parquet": dataset.catalog.table,
        "interactions.parquet": log.to_codes(),
        "users.parquet": users,
    }


def _write(folder: Path, imported: Imported, dataset: Dataset, *, hasty: bool = False) -> Json:
    """Write a version without engines; returns its manifest."""
    log = dataset.interactions
    for name, table in _tables(dataset).items():
        table.write_parquet(folder / name, compression_level=1)
    (folder / "schema.toml").write_text(tomli_w.dumps(dataset.catalog.schema.to_toml()), "utf-8")
    if imported.rejects:
        rows = [vars(reject) for reject in imported.rejects]
        pl.DataFrame(rows, infer_schema_length=None).write_csv(folder / "rejects.csv")
    manifest = {
        "format": _FORMAT,
        "source": imported.name,
        "n_items": dataset.n_items,
        "n_users": dataset.n_users,
        "n_events": len(log),
        "n_rejects": len(imported.rejects),
        "notes": list(imported.notes),
        "label": imported.label,
        "origin": imported.origin,
        "hasty": hasty,
        "revision": imported.revision,
        "waiting": list(imported.waiting),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), "utf-8")
    return manifest
