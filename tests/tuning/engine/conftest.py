"""A log whose good settings are known: the newest event alone tells what comes next."""

import numpy as np
import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema

_SCHEMA = Schema(fields=(Field(name="item_id", kind=Kind.ID), Field(name="title", kind=Kind.TITLE)))
_FAMOUS, _CIRCLE = 20, 60  # items


def _walks(users=100, times=True):
    """Everybody takes ten famous items in any order, then five in turn from a circle."""
    rng = np.random.default_rng(0)
    walks = [
        [*rng.permutation(_FAMOUS)[:10], *(_FAMOUS + (7 * u + np.arange(5)) % _CIRCLE)]
        for u in range(users)
    ]
    log = Interactions(
        user_ids=[f"u{n}" for n in range(users)],
        users=np.repeat(np.arange(users), 15).astype(np.int32),
        items=np.array(walks, np.int32).ravel(),
        n_items=_FAMOUS + _CIRCLE,
        times=np.tile(86_400 * np.arange(15), users).astype(np.int64) if times else None,
    )
    table = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(log.n_items)],
            "title": [f"Item {n}" for n in range(log.n_items)],
        }
    )
    return Dataset(Catalog(table, _SCHEMA), log)


@pytest.fixture(scope="session")
def walks():
    return _walks


@pytest.fixture
def dataset():
    return _walks()
