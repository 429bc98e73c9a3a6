"""Fields that the log adds to the catalogue: how often an item was chosen, how it was rated."""

import numpy as np
import polars as pl

from sommelier.data.infer.facts import learn
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind
from sommelier.types import Floats

__all__ = ["derived"]

_MOST_STEPS = 101  # a rating scale has no more different values: 0 to 10 in tenths


def derived(log: Interactions, taken: set[str]) -> list[tuple[Field, pl.Series]]:
    """Return (field, column) pairs; names that the catalogue has already get `_in_log` appended."""
    if not len(log):
        return []
    counts = np.bincount(log.items, minlength=log.n_items).astype(np.float64)
    popularity = Field(
        name=_free("popularity", taken),
        kind=Kind.NUMBER,
        description="Number of events in the log",
        aliases=("popular", "popularity", "well known", "number of events"),
    )
    found = [(popularity, pl.Series(counts))]
    values = None if log.values is None else log.values[~np.isnan(log.values)]
    if log.values is not None and values is not None and _is_scale(values):
        known = ~np.isnan(log.values)
        sums = np.bincount(log.items[known], log.values[known], log.n_items)
        n = np.bincount(log.items[known], minlength=log.n_items)
        means = np.round(np.divide(sums, n, out=np.full(log.n_items, np.nan), where=n > 0), 2)
        rating = Field(
            name=_free("average_rating", taken),
            kind=Kind.NUMBER,
            description=f"Average of the ratings in the log, {values.min():g} to {values.max():g}",
            aliases=("rating", "rated", "stars", "score"),
        )
        found.insert(0, (rating, pl.Series(means).fill_nan(None)))
    named = [(field, column.alias(field.name)) for field, column in found]
    return [(learn(field, column), column) for field, column in named]


def _is_scale(values: Floats) -> bool:
    """Return whether values are stars or points, and no counts: few steps, all of them small."""
    steps = np.unique(values)
    return 1 < len(steps) <= _MOST_STEPS and steps[0] >= -10 and steps[-1] <= 100


def _free(name: str, taken: set[str]) -> str:
    return f"{name}_in_log" if name in taken else name
