"""The catalogue: one table of items and the schema that says what its columns mean.

The row of the table is the `item_num`. Columns are stored by kind: id, title, text, category as
strings; tags as lists of strings; numbers as float64; dates as Date; flags as booleans.
"""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from sommelier.data.packed import Packed
from sommelier.data.predicates import Predicate
from sommelier.data.schema import Kind, Schema
from sommelier.errors import DataError, UnknownName
from sommelier.types import ITEM_ID, Nums

__all__ = ["DTYPES", "Catalog"]

DTYPES: dict[Kind, Any] = {
    Kind.ID: pl.String,
    Kind.TITLE: pl.String,
    Kind.TEXT: pl.String,
    Kind.CATEGORY: pl.String,
    Kind.TAGS: pl.List(pl.String),
    Kind.NUMBER: pl.Float64,
    Kind.DATE: pl.Date,
    Kind.FLAG: pl.Boolean,
}


class Catalog:
    """Items and their meaning. Immutable; everything derived is made when first asked for."""

    def __init__(self, table: pl.DataFrame, schema: Schema) -> None:
        """`table` has one column per schema field, of the type in DTYPES; ids are unique."""
        missing = [field.name for field in schema if field.name not in table.columns]
        if missing:
            raise DataError(f"The catalogue lacks the columns {missing} that its schema names.")
        if schema.id_field != ITEM_ID:
            raise DataError(f"The id column must be called {ITEM_ID!r}, not {schema.id_field!r}.")
        if table[ITEM_ID].n_unique() != table.height:
            raise DataError("Some item ids stand twice in the catalogue.")
        self.schema = schema
        self.table = table.select([field.name for field in schema])

    def __len__(self) -> int:
        return self.table.height

    @cached_property
    def ids(self) -> list[str]:
        """The shop's ids, by item_num."""
        return self.table[ITEM_ID].to_list()

    @cached_property
    def titles(self) -> list[str]:
        """What people call each item, by item_num; the id where the title is missing."""
        column = pl.coalesce(pl.col(self.schema.title_field), pl.col(ITEM_ID))
        return self.table.select(column).to_series().to_list()

    @cached_property
    def index(self) -> dict[str, int]:
        """item_id -> item_num."""
        return {item_id: num for num, item_id in enumerate(self.ids)}

    @cached_property
    def packed(self) -> Packed:
        """The scannable columns."""
        return Packed(self.table, self.schema)

    def num(self, item_id: str) -> int:
        """Return the item_num of an id; UnknownName suggests the nearest."""
        if item_id not in self.index:
            raise UnknownName("item", item_id, self.ids if len(self) <= 100_000 else [])
        return self.index[item_id]

    def nums(self, item_ids: Iterable[str]) -> Nums:
        """Return the item_nums of ids, in their order; UnknownName for the first unknown."""
        return np.fromiter((self.num(item_id) for item_id in item_ids), np.int32)

    def rows(self, nums: Sequence[int] | Nums) -> list[dict[str, Any]]:
        """Return whole items as dicts by field name, in the order asked."""
        return self.table[np.asarray(nums, np.int64)].to_dicts() if len(nums) else []

    def select(self, predicate: Predicate) -> Nums:
        """Return the item_nums that satisfy a predicate, rising; PredicateError if it is unfit."""
        return self.packed.select(self.packed.check(predicate))

    def texts(self, nums: Nums | None = None) -> list[str]:
        """Return one line per item for the encoder: title, categories and tags, then prose."""
        table = self.table if nums is None else self.table[np.asarray(nums, np.int64)]
        searched = [
            field
            for field in self.schema.of(Kind.TITLE, Kind.CATEGORY, Kind.TAGS, Kind.TEXT)
            if not field.hidden
        ]
        parts = [
            pl.col(field.name).list.head(12).list.join(", ")
            if field.kind is Kind.TAGS
            else pl.col(field.name)
            for field in sorted(searched, key=lambda f: f.kind is Kind.TEXT)
        ]
        if not parts:
            return [""] * table.height
        joined = pl.concat_str(parts, separator=". ", ignore_nulls=True)
        return table.select(joined.str.slice(0, 2000)).to_series().to_list()
