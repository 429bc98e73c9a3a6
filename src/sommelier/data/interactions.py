"""The interaction log, as arrays sorted by user and then by time.

One user's events stand together, oldest first; events of the same second keep the order in which
the file gave them, so a split is the same on every run and machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from sommelier.errors import DataError
from sommelier.types import (
    EVENT_TYPE,
    ITEM_ID,
    TIMESTAMP,
    USER_ID,
    VALUE,
    Bools,
    Floats,
    Ints,
    Nums,
)

__all__ = ["Interactions"]


@dataclass(frozen=True, eq=False)
class Interactions:
    """Events as parallel arrays [n_events]; `times`, `values`, `events` may be unknown (None)."""

    user_ids: list[str]  # by user_num
    users: Nums  # user_num, rising
    items: Nums  # item_num
    n_items: int
    times: Ints | None = None  # seconds since 1970 UTC
    values: Floats | None = None  # stars, counts; NaN where the event carries none
    events: NDArray[np.int8] | None = None  # index into event_types
    event_types: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check that the arrays belong together."""
        if len(self.users) != len(self.items) or np.any(self.users[1:] < self.users[:-1]):
            raise DataError("Interactions must be sorted by user and of one length.")

    @classmethod
    def from_frame(cls, frame: pl.DataFrame, *, item_index: pl.DataFrame, n_items: int) -> Self:
        """Build from columns user_id, item_id and, where known, timestamp, event_type, value.

        `item_index` has columns item_id, item_num. Every item must be known: rejects are the
        importer's business. Users are numbered in the order of their first row.
        """
        users = frame.select(pl.col(USER_ID).unique(maintain_order=True)).with_row_index("user_num")
        user_nums = _numbered(frame[USER_ID], users, "user_num")
        item_nums = _numbered(frame[ITEM_ID], item_index, "item_num")
        if item_nums.null_count():
            raise DataError("Some events are of items that the catalogue does not have.")
        known = {c for c in frame.columns if frame[c].null_count() < frame.height}
        times = frame[TIMESTAMP].cast(pl.Int64).fill_null(0) if TIMESTAMP in known else None
        keys = [user_nums] if times is None else [times, user_nums]
        order = np.lexsort([key.to_numpy() for key in keys])  # stable; the last key counts most
        kinds = frame[EVENT_TYPE].fill_null("") if EVENT_TYPE in known else None
        events, event_types = (None, ()) if kinds is None else _coded(kinds)
        return cls(
            user_ids=users[USER_ID].to_list(),
            users=user_nums.gather(order).to_numpy(),
            items=item_nums.gather(order).to_numpy(),
            n_items=n_items,
            times=None if times is None else times.gather(order).to_numpy(),
            values=frame[VALUE].cast(pl.Float32).gather(order).to_numpy()
            if VALUE in known
            else None,
            events=None if events is None else events.gather(order).to_numpy(),
            event_types=event_types,
        )

    @classmethod
    def from_codes(cls, codes: pl.DataFrame, *, user_ids: list[str], n_items: int) -> Self:
        """Read what `to_codes` wrote."""

        def column(name: str) -> NDArray[Any] | None:
            return codes[name].to_numpy() if name in codes.columns else None

        kinds = codes[EVENT_TYPE] if EVENT_TYPE in codes.columns else None
        return cls(
            user_ids=user_ids,
            users=codes["user_num"].to_numpy(),
            items=codes["item_num"].to_numpy(),
            n_items=n_items,
            times=column(TIMESTAMP),
            values=column(VALUE),
            events=None if kinds is None else kinds.to_physical().cast(pl.Int8).to_numpy(),
            event_types=() if kinds is None else tuple(getattr(kinds.dtype, "categories", ())),
        )

    def to_codes(self) -> pl.DataFrame:
        """Return one row per event: user_num, item_num and what else is known, in their order."""
        columns = {
            "user_num": self.users,
            "item_num": self.items,
            TIMESTAMP: self.times,
            VALUE: self.values,
        }
        frame = pl.DataFrame({name: array for name, array in columns.items() if array is not None})
        if self.events is None:
            return frame
        names = pl.Series(EVENT_TYPE, self.event_types, pl.Enum(self.event_types))
        return frame.with_columns(names.gather(self.events))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def n_users(self) -> int:
        """How many users are numbered, whether or not they have events left."""
        return len(self.user_ids)

    @cached_property
    def starts(self) -> Ints:
        """Where each user's events begin: user u has events [starts[u], starts[u + 1])."""
        return np.searchsorted(self.users, np.arange(self.n_users + 1)).astype(np.int64)

    @cached_property
    def user_index(self) -> dict[str, int]:
        """user_id -> user_num."""
        return {user_id: num for num, user_id in enumerate(self.user_ids)}

    def history(self, user_num: int) -> Nums:
        """Return one user's items, oldest first."""
        return self.items[self.starts[user_num] : self.starts[user_num + 1]]

    def histories(self) -> Iterator[Nums]:
        """Yield every user's items, oldest first, by user_num."""
        for begin, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            yield self.items[begin:end]

    def matrix(self) -> sparse.csr_matrix:
        """Return who met what: ones, float32 [n_users, n_items], repeats counted once."""
        ones = np.ones(len(self), np.float32)
        shape = (self.n_users, self.n_items)
        # A copy, since scipy sorts the columns of a row in place, and ours stand in order of time.
        matrix = sparse.csr_matrix((ones, self.items.copy(), self.starts.copy()), shape=shape)
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix

    def keep(self, kept: Bools) -> Self:
        """Return the events where `kept` [n_events] is true; users and items keep their numbers."""
        return type(self)(
            user_ids=self.user_ids,
            users=self.users[kept],
            items=self.items[kept],
            n_items=self.n_items,
            times=None if self.times is None else self.times[kept],
            values=None if self.values is None else self.values[kept],
            events=None if self.events is None else self.events[kept],
            event_types=self.event_types,
        )


def _numbered(ids: pl.Series, index: pl.DataFrame, number: str) -> pl.Series:
    """Return the number of each id, null where the index does not have it."""
    joined = ids.to_frame().join(index, on=ids.name, how="left", maintain_order="left")
    return joined[number].cast(pl.Int32)


def _coded(words: pl.Series) -> tuple[pl.Series, tuple[str, ...]]:
    """Return codes, and the words they stand for, in the order in which they appear."""
    kinds = words.unique(maintain_order=True).to_list()
    codes = words.replace_strict(kinds, list(range(len(kinds))), return_dtype=pl.Int8)
    return codes, tuple(kinds)
