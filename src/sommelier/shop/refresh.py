"""Takes up what is new: rows of the source files, edits and feedback, learned beside what is in
force.

The new version of data and engines is made in a folder of its own and swapped in by one rename, so
readers see the old or the new and nothing between. Whatever ends the work early leaves the old one;
the next writer clears the rest away. Known items keep their numbers, so an engine can go on from
what it knows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from sommelier import registry
from sommelier.data.dataset import Dataset
from sommelier.data.edits import edited
from sommelier.data.sources import read_again
from sommelier.data.sources.base import Imported
from sommelier.data.versions import locked
from sommelier.data.workspace import Workspace, Write
from sommelier.engines.base import Engine
from sommelier.engines.making import load_engine, make_engine
from sommelier.engines.online import FitPartial, Grows
from sommelier.engines.query import Query
from sommelier.errors import WorkspaceError
from sommelier.shop.stores import open_store
from sommelier.state.edits import Edits
from sommelier.state.feedback import MET, Event
from sommelier.types import EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID, Json

__all__ = ["Refreshed", "refresh"]

_HEARD = "feedback:"  # begins the event type of what came from conversations
_LIST = 10  # items that a new engine must be able to list


@dataclass(frozen=True)
class Refreshed:
    """What a refresh changed."""

    items: int  # more than before
    events: int  # more than before
    engines: dict[str, str] = field(default_factory=dict)  # what each did


def refresh(
    path: Path | str,
    *,
    quick: bool = False,
    report: Callable[[str], object] = str,
    database: str = "",
) -> Refreshed | None:
    """Bring a workspace up to date; None if nothing is new. The settings of its engines stay.

    An engine goes on from what it knows where that comes to a refit, and is fitted anew elsewhere;
    costly ones that are not the default only take up new items. With `quick` none is fitted anew
    that can go on or take up new items somehow. WorkspaceError at once if somebody else is writing,
    and if an engine does not rank soundly; the old version then stays in force. `database` is the
    URL of the state, where that is not the workspace's own file.

    Items that were deleted vanish from the data, so engines are fitted anew. With `quick` they stay
    where a costly engine would have to be, until the next whole refresh; they are never shown.
    """
    Workspace.open(path)  # says what is wrong before a lock is laid into a strange folder
    with locked(Path(path), wait=0.0):
        former = Workspace.open(path)
        report("Reading what is new")
        imported = _gathered(former, report, quick=quick, database=database)
        done: dict[str, str] = {}

        def engines(dataset: Dataset) -> Iterator[tuple[str, Write]]:
            for name in former.fitted():
                report(f"Teaching {name}")
                engine, done[name] = _taught(former, name, dataset, quick=quick)
                yield name, _checked(engine, dataset)

        now = former.renew(imported, engines, hasty=quick)
        if now is None:
            return None
        old, new = former.dataset(), now.dataset()
        events = len(new.interactions) - len(old.interactions)
        return Refreshed(new.n_items - old.n_items, events, done)


def _gathered(
    former: Workspace, report: Callable[[str], object], *, quick: bool, database: str
) -> Imported:
    """Return the source as it is now, all edits and all feedback, with the known items first."""
    source = read_again(former.origin) if former.origin else None
    if source is None:
        why = "The source files are gone" if former.origin else "No source files are known"
        report(f"{why}; the workspace's own copy is taken")
        source = replace(_unheard(former.imported()), origin=former.origin)
    heard, edits = _told(former, database)
    source = _edited(source, former, edits, report, quick=quick)
    known = pl.DataFrame({ITEM_ID: former.catalog().ids}).with_row_index("former row")
    items = source.items.join(known, on=ITEM_ID, how="left", maintain_order="left")
    items = items.sort("former row", nulls_last=True, maintain_order=True).drop("former row")
    lost = {edit.id for edit in edits.users if edit.row is None}
    heard = [event for event in heard if event.user_id not in lost]
    return replace(source, items=items, events=_with(source.events, heard, set(items[ITEM_ID])))


def _told(former: Workspace, database: str) -> tuple[list[Event], Edits]:
    """Return what people took in conversations, and all edits."""
    if not database and not former.state_path.exists():
        return [], Edits([], [])
    with open_store(former, database) as store:
        return store.events(MET), store.edits()


def _edited(
    source: Imported,
    former: Workspace,
    edits: Edits,
    report: Callable[[str], object],
    *,
    quick: bool,
) -> Imported:
    """Return the source with the edits over it."""
    items = {edit.id: edit.row for edit in edits.items}
    waiting = [
        name for name, row in items.items() if row is None and name in former.catalog().index
    ]
    if quick and waiting:
        costly = [name for name in former.fitted() if registry.load("engines", name).costly]
        if costly:
            report(f"{len(waiting):,} deleted items wait for a refresh that fits {costly[0]} anew")
            items = {name: row for name, row in items.items() if name not in waiting}
            source = replace(source, waiting=tuple(waiting))
    users = {edit.id: edit.row for edit in edits.users}
    laid = edited(source, former.settings, items, users)
    return replace(laid, revision=edits.revision)


def _unheard(own: Imported) -> Imported:
    """Return the data without what an earlier refresh took from conversations."""
    if EVENT_TYPE not in own.events.columns:
        return own
    heard = pl.col(EVENT_TYPE).fill_null("").str.starts_with(_HEARD)
    return replace(own, events=own.events.filter(~heard))


def _with(events: pl.DataFrame, heard: list[Event], items: set[str]) -> pl.DataFrame:
    """Return the events and those of users in conversations, about items that there are."""
    kept = [event for event in heard if event.user_id is not None and event.item_id in items]
    rows = {
        USER_ID: [event.user_id for event in kept],
        ITEM_ID: [event.item_id for event in kept],
        EVENT_TYPE: [_HEARD + event.feedback_type for event in kept],
        TIMESTAMP: [int(event.time) for event in kept],
    }
    if len(events) and TIMESTAMP not in events.columns:  # the others would seem to be of 1970
        del rows[TIMESTAMP]
    return pl.concat([events, pl.DataFrame(rows)], how="diagonal_relaxed") if kept else events


def _taught(former: Workspace, name: str, dataset: Dataset, *, quick: bool) -> tuple[Engine, str]:
    """Return an engine that knows a dataset, and what it did for that."""
    known = former.dataset()
    engine = load_engine(name, former.engine_dir(name), known)
    settings: Json = engine.config.model_dump() | former.settings.engines.get(name, {})
    wanted = make_engine(name, settings)
    same = dataset.catalog.ids[: known.n_items] == known.catalog.ids
    if same and wanted.config == engine.config:
        if isinstance(engine, FitPartial) and (quick or engine.exact):
            return engine.fit_partial(dataset, known), "learned what is new"
        spared = engine.costly and name != former.default_engine
        if isinstance(engine, Grows) and (quick or spared):
            return engine.grow(dataset), "took up new items"
    return wanted.fit(dataset), "was fitted anew"


def _checked(engine: Engine, dataset: Dataset) -> Write:
    """Return what writes an engine and reads it back; WorkspaceError if that ranks unsoundly."""

    def write(folder: Path) -> None:
        engine.save(folder)
        loaded = load_engine(engine.name, folder, dataset)
        log = dataset.interactions
        people = [int(log.users[at]) for at in (0, -1)] if len(log) else []
        asked = [Query(), *(Query(log.history(user)) for user in people)]
        listed = loaded.recommend(asked, min(_LIST, dataset.n_items), seen=True).items
        if not np.isfinite(loaded.score(asked)).all() or (listed < 0).any():
            raise WorkspaceError(
                f"The engine {engine.name!r} gives no sound lists after learning what is new; the "
                "former one stays in force.",
                hint=f"Fit it with other settings: sommelier fit WORKSPACE --engines {engine.name}",
            )

    return write
