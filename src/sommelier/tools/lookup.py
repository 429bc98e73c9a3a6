"""Facts: fields of named items, and typed aggregates over those that satisfy a condition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sommelier.data.predicates import Predicate
from sommelier.data.schema import Kind
from sommelier.tools.base import Toolbox

__all__ = ["Answer", "Operation", "aggregate", "lookup"]

Operation = Literal["count", "mean", "min", "max", "most", "values"]


@dataclass(frozen=True)
class Answer:
    """The result of an aggregate: `value` is a number or a list of (word, count) pairs."""

    operation: Operation
    field: str
    n_items: int  # how many items it was taken over
    value: Any
    item_id: str = ""  # the item that holds the extreme, for min and max


def lookup(
    box: Toolbox, item_ids: Sequence[str], fields: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Return the rows of items, cut to `fields` (all by default) plus id and title."""
    rows = box.rows(item_ids)
    if not fields:
        return rows
    kept = {box.schema.id_field, box.schema.title_field, *(box.schema[f].name for f in fields)}
    return [{name: value for name, value in row.items() if name in kept} for row in rows]


def aggregate(
    box: Toolbox, operation: Operation, field: str = "", where: Predicate | None = None
) -> Answer:
    """Return a count, a mean, an extreme, or the most frequent values over items that fit.

    `mean`, `min`, `max` need a number or date field; `most` and `values` a category or tags field.
    """
    packed = box.catalog.packed
    nums = np.arange(len(box.catalog)) if where is None else box.catalog.select(where)
    nums = np.setdiff1d(nums, box.hidden.nums, assume_unique=True)
    if operation == "count":
        return Answer(operation, field, len(nums), len(nums))
    if operation in ("most", "values"):
        box.schema.require(field, Kind.CATEGORY, Kind.TAGS)
        postings = packed.postings(field)
        inside = np.zeros(len(box.catalog), bool)
        inside[nums] = True
        ends = np.concatenate([[0], np.cumsum(inside[postings.items])])
        counts = ends[postings.starts[1:]] - ends[postings.starts[:-1]]
        order = np.argsort(-counts, kind="stable")
        pairs = [(postings.words[i], int(counts[i])) for i in order if counts[i] > 0]
        return Answer(operation, field, len(nums), pairs)
    box.schema.require(field, Kind.NUMBER, Kind.DATE)
    values = packed.numbers(field)[nums]
    known = ~np.isnan(values)
    nums, values = nums[known], values[known]
    if not len(nums):
        return Answer(operation, field, 0, None)
    if operation == "mean":
        return Answer(operation, field, len(nums), float(values.mean(dtype=np.float64)))
    at = int(values.argmax() if operation == "max" else values.argmin())
    return Answer(operation, field, len(nums), float(values[at]), box.catalog.ids[int(nums[at])])
