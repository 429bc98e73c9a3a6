"""What people see of items and users before a refresh has learned it: the last word on each row.

Edits stand in the store and lie over what was read when the workspace was opened. An item that was
deleted, or that an edit puts outside the operator's policy, is hidden from every list and talk at
once; new items are listed after the next refresh. Safe to read from several threads.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock

import numpy as np
import polars as pl

from sommelier.agent.critic.rows import holds
from sommelier.agent.guard import Demands
from sommelier.data.catalog import Catalog
from sommelier.data.predicates import All, Compare, Predicate
from sommelier.data.where import parse
from sommelier.errors import PredicateError, UnknownName
from sommelier.state.edits import Edit
from sommelier.state.store import Store
from sommelier.tools.base import Toolbox
from sommelier.types import ITEM_ID, USER_ID, Bools, Json, Nums

__all__ = ["Rows", "Shelf", "condition"]

_SUGGEST = 20_000  # ids among which the nearest to an unknown one is looked for


def condition(catalog: Catalog, where: str) -> Predicate:
    """Return the tree of a WHERE string; PredicateError also for a field that there is not."""
    try:
        return catalog.packed.check(parse(where))
    except UnknownName as error:
        raise PredicateError(error.message, hint=error.hint) from error


@dataclass(frozen=True, eq=False)
class Rows:
    """A table's rows by id, with the edits over them; None is a deleted row."""

    kind: str  # what one row is called
    key: str  # the column of ids
    table: pl.DataFrame
    edits: Mapping[str, Json | None] = field(default_factory=dict)

    @cached_property
    def _ids(self) -> list[str]:
        return self.table[self.key].sort().to_list()

    @cached_property
    def _places(self) -> Nums:
        """The row of each sorted id."""
        return self.table[self.key].arg_sort().to_numpy()

    def __contains__(self, row_id: str) -> bool:
        if row_id in self.edits:
            return self.edits[row_id] is not None
        return self._at(row_id) >= 0

    def get(self, row_id: str) -> Json:
        """Return one row as it is now; UnknownName for what there is not."""
        row = self.edits.get(row_id) if row_id in self.edits else self._read(row_id)
        if row is None:
            near = self._ids if len(self._ids) <= _SUGGEST else ()
            raise UnknownName(self.kind, row_id, near if self.kind == "item" else ())
        return {**dict.fromkeys(self.table.columns), **row, self.key: row_id}

    def page(
        self,
        after: str,
        limit: int,
        mask: Bools | None = None,
        fits: Callable[[Json], bool] = lambda _row: True,
    ) -> list[Json]:
        """Return up to `limit` rows behind the id `after`, by id.

        `mask` says which of the rows that were read fit [n_rows], `fits` the same of an edited one.
        """
        found = sorted({*self._unedited(after, limit, mask), *self._edited(after, fits)})
        return [self.get(row_id) for row_id in found[:limit]]

    def edited(self, edits: Mapping[str, Json | None]) -> "Rows":
        """Return the rows with more edits over them."""
        newer = replace(self, edits={**self.edits, **edits})
        for name in ("_ids", "_places"):
            if name in vars(self):
                vars(newer)[name] = vars(self)[name]
        return newer

    def _unedited(self, after: str, limit: int, mask: Bools | None) -> Iterator[str]:
        start = bisect_right(self._ids, after) if after else 0
        wanted = limit
        for at in range(start, len(self._ids)):
            if not wanted:
                return
            row_id = self._ids[at]
            if row_id not in self.edits and (mask is None or mask[self._places[at]]):
                wanted -= 1
                yield row_id

    def _edited(self, after: str, fits: Callable[[Json], bool]) -> Iterator[str]:
        for row_id, row in self.edits.items():
            if row is not None and row_id > after and fits({**row, self.key: row_id}):
                yield row_id

    def _at(self, row_id: str) -> int:
        at = bisect_right(self._ids, row_id) - 1
        return int(self._places[at]) if at >= 0 and self._ids[at] == row_id else -1

    def _read(self, row_id: str) -> Json | None:
        at = self._at(row_id)
        return None if at < 0 else self.table.row(at, named=True)


class Shelf:
    """Items and users of one open workspace as they are now."""

    def __init__(
        self, box: Toolbox, demands: Demands, users: Callable[[], pl.DataFrame], since: int
    ) -> None:
        """`since` is the revision up to which edits have been learned."""
        self._box, self._demands, self._read_users = box, demands, users
        waiting = {box.catalog.ids[num]: None for num in box.hidden.nums}  # deleted long ago
        self.items = Rows("item", ITEM_ID, box.catalog.table, waiting)
        self._edited_users: dict[str, Json | None] = {}
        self.since, self.revision = since, 0
        self._lock = Lock()

    @cached_property
    def users(self) -> Rows:
        """Who there is, with what is known of each."""
        return Rows("user", USER_ID, self._read_users(), self._edited_users)

    @property
    def pending(self) -> bool:
        """Whether there are edits that no refresh has learned."""
        return self.revision > self.since

    def look(self, store: Store) -> bool:
        """Take up what was edited since the last look; returns whether anything was."""
        with self._lock:
            if store.revision() == self.revision:
                return False
            edits = store.edits(after=self.revision)
            users = self._newer(edits.users)
            self._edited_users = {**self._edited_users, **users}
            if "users" in vars(self):
                self.users = self.users.edited(users)
            self.items = self.items.edited(self._newer(edits.items))
            self._box.hidden.nums = self._hidden()
            self.revision = edits.revision
            return True

    def found(self, after: str, limit: int, where: str = "", words: str = "") -> list[Json]:
        """Return items behind an id that meet a WHERE string and have the words in their title."""
        catalog = self._box.catalog
        parts = [Compare(catalog.schema.title_field, "contains", word) for word in words.split()]
        demands: list[Predicate] = [*parts, *([condition(catalog, where)] if where.strip() else [])]
        if not demands:
            return self.items.page(after, limit)
        tree = All(tuple(demands))
        mask = catalog.packed.mask(tree)
        return self.items.page(after, limit, mask, lambda row: holds(tree, row, catalog.schema))

    def _newer(self, edits: list[Edit]) -> dict[str, Json | None]:
        """Return what lies over the rows that were read; a deleted one may still be among them."""
        return {e.id: e.row for e in edits if e.row is None or e.revision > self.since}

    def _hidden(self) -> Nums:
        """Return the item_nums that nobody may be shown any more, rising."""
        index = self._box.catalog.index
        gone = [
            index[item_id]
            for item_id, row in self.items.edits.items()
            if item_id in index and (row is None or not self._allowed(item_id, row))
        ]
        return np.asarray(sorted(gone), np.int32)

    def _allowed(self, item_id: str, row: Json) -> bool:
        """Return whether an edited item may be shown still; what turned adult waits."""
        schema, required, adult = self._box.schema, self._demands.required, self._demands.adult
        if required is not None and not holds(required, row, schema):
            return False
        turned = adult is not None and holds(adult, row, schema)
        return not turned or bool(self._demands.restricted([item_id], grown=False))
