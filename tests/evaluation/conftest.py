"""Two clubs of people, each with its own items and order: what comes next is known."""

import numpy as np
import polars as pl
import pytest

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema

_SCHEMA = Schema(
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="club", kind=Kind.CATEGORY),
    )
)


def _dataset_of(histories, n_items=None, times=None):
    """Build a dataset from one list of item_nums per user; item i is of club i % 2."""
    n_items = n_items or 1 + max(max(h, default=0) for h in histories)
    users = np.repeat(np.arange(len(histories)), [len(h) for h in histories]).astype(np.int32)
    log = Interactions(
        user_ids=[f"u{n}" for n in range(len(histories))],
        users=users,
        items=np.array([i for h in histories for i in h], np.int32),
        n_items=n_items,
        times=None if times is None else np.array([t for h in times for t in h], np.int64),
    )
    table = pl.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(n_items)],
            "title": [f"Item {n}" for n in range(n_items)],
            "club": [f"club {n % 2}" for n in range(n_items)],
        }
    )
    return Dataset(Catalog(table, _SCHEMA), log)


@pytest.fixture(scope="session")
def dataset_of():
    return _dataset_of


@pytest.fixture
def clubs():
    """60 people; even ones walk through even items from a place of their own, odd through odd."""
    histories = [
        [(u % 2 + 2 * ((u // 2 + step) % 20)) % 40 for step in range(8)] for u in range(60)
    ]
    times = [[1000 * step + u for step in range(8)] for u in range(60)]
    return _dataset_of(histories, 40, times)
