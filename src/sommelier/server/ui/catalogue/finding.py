"""Items that fit a selection, in order, a page at a time; quick with a million of them.

A condition is one scan of a packed column, an order is made once, and only a page of rows is read.
What may not be shown is never found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import polars as pl

from sommelier.data.predicates import Compare
from sommelier.data.schema import Kind
from sommelier.server.ui.catalogue.selection import Selection
from sommelier.shop.lists import Lists
from sommelier.tools.base import Toolbox
from sommelier.types import Bools, Nums

__all__ = ["Finder", "Found", "finder_of"]

_ORDERS: Final = 8  # kept orders: four bytes an item each
_NAMED: Final = 200_000  # words of a field among which a search looks for names


@dataclass(frozen=True)
class Found:
    """One page of what fits."""

    total: int
    page: int  # from 1; the last one where a later one was asked for
    pages: int
    rows: list[dict[str, Any]]


class Finder:
    """Searches one opened version of a workspace. Safe to call from several threads."""

    def __init__(self, lists: Lists) -> None:
        self._lists, self._box = lists, lists.box

    def find(self, wanted: Selection, size: int) -> Found:
        """Return a page of the items that fit."""
        mask = self._shown()
        for condition in wanted.conditions(self._box):
            mask &= self._box.catalog.packed.mask(condition)
        if wanted.text.strip():
            mask &= self._named(wanted.text.strip())
        order = self._order(wanted.sort)
        kept = order[mask[order]]
        pages = max(1, -(-len(kept) // size))
        page = min(wanted.page, pages)
        nums = kept[(page - 1) * size : page * size]
        return Found(len(kept), page, pages, self._box.catalog.rows(nums))

    def row(self, item_id: str) -> dict[str, Any] | None:
        """Return an item that may be shown; None for any other."""
        num = self._box.catalog.index.get(item_id)
        if num is None or not self._shown()[num]:
            return None
        return self._box.catalog.rows([num])[0]

    def values(self, field: str, text: str, n: int) -> list[tuple[str, int]]:
        """Return a field's values that contain a text, the most frequent first, with counts."""
        postings = self._box.catalog.packed.postings(field)
        needle, found = text.strip().casefold(), []
        for place, word in enumerate(postings.words):
            if needle in word.casefold():
                found.append((word, int(postings.starts[place + 1] - postings.starts[place])))
                if len(found) == n:
                    break
        return found

    def _shown(self) -> Bools:
        shown = self._lists.demands.mask().copy()
        shown[self._box.hidden.nums] = False
        return shown

    def _named(self, text: str) -> Bools:
        """Return which items have the text in their title, or belong to somebody of that name."""
        box, title = self._box, self._box.schema.title_field
        found = box.catalog.packed.mask(Compare(title, "contains", text))
        for field in box.lexicon.value_fields:
            if field.people and len(box.lexicon.postings(field.name).words) <= _NAMED:
                names = [word for word, _ in self.values(field.name, text, 50)]
                if names:
                    found |= box.catalog.packed.mask(Compare(field.name, "in", tuple(names)))
        return found

    @cached_property
    def _order(self) -> Callable[[str], Nums]:
        return lru_cache(_ORDERS)(self._ordered)

    def _ordered(self, sort: str) -> Nums:
        """Return all item_nums in an order; by fame where none is named."""
        name, falling = sort.removeprefix("-"), sort.startswith("-")
        if name == "title":
            return _by_title(self._box, falling)
        known = name in self._box.schema and self._box.schema[name].kind in (Kind.NUMBER, Kind.DATE)
        if not known:
            return np.argsort(-self._box.counts, kind="stable").astype(np.int32)
        values = self._box.catalog.packed.numbers(name)
        order = np.argsort(-values if falling else values, kind="stable")  # missing ones are last
        return order.astype(np.int32)


@lru_cache(4)  # few: each keeps a version of a workspace alive
def finder_of(lists: Lists) -> Finder:
    """Return the finder of an opened workspace, the same each time."""
    return Finder(lists)


def _by_title(box: Toolbox, falling: bool) -> Nums:
    titles = pl.Series(box.catalog.titles, dtype=pl.String).str.to_lowercase()
    return titles.arg_sort(descending=falling, nulls_last=True).cast(pl.Int32).to_numpy()
