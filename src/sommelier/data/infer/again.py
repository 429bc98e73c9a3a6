"""The way back of `prepare`: from a dataset to what a source would have read."""

import numpy as np
import polars as pl

from sommelier.data.infer.derived import derived
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Schema
from sommelier.data.sources.base import Imported
from sommelier.types import EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID, VALUE

__all__ = ["imported_again"]

_TOLD = {TIMESTAMP: pl.Int64, VALUE: pl.Float64, EVENT_TYPE: pl.String}


def imported_again(
    items: pl.DataFrame, inferred: Schema, log: Interactions, users: pl.DataFrame | None
) -> Imported:
    """Return the same data under the same schema, without the fields that the log added.

    `items` and `inferred` are as `prepare` made them, before anybody's corrections.
    """
    names = [field.name for field in inferred]
    added = len(derived(log, set()))  # they stand last
    ids = {
        USER_ID: np.array(log.user_ids, object)[log.users],
        ITEM_ID: np.array(items[ITEM_ID].to_list(), object)[log.items],
    }
    events = pl.DataFrame(ids, schema={USER_ID: pl.String, ITEM_ID: pl.String})
    codes = log.to_codes().drop("user_num", "item_num")
    told = codes.cast({name: _TOLD[name] for name in codes.columns})
    return Imported(
        items.select(names[: len(names) - added]),
        pl.concat([events, told], how="horizontal").with_columns(
            pl.col(name).fill_nan(None) for name in told.columns if name == VALUE
        ),
        users,
        schema=inferred,
    )
