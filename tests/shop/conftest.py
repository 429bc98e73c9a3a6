"""The toy bookshop as two files beside a workspace made of them, with a few engines."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from sommelier.data.sources import read_named
from sommelier.data.workspace import Workspace
from sommelier.shop import Shop
from sommelier.testing import toy

FITTED = """
[engine]
default = "ease"
[engines.ease]
reg = 1.0
[engines.als]
embedding_size = 4
[engines.content]
meaning = 0.0
[engines.fusion]
members = { ease = {}, popularity = {} }
"""


@dataclass
class Files:
    """What the shop's own systems write."""

    folder: Path

    def write(self, n_items=16, more=(), *, turned=False):
        """Write the first books and all events, then `more` events of (user, item)."""
        world = toy.world(n_items).dataset
        log, ids = world.interactions, world.catalog.ids
        items = world.catalog.table.with_columns(pl.col("genres").list.join("|"))
        (items.reverse() if turned else items).write_csv(self.folder / "items.csv")
        events = {
            "user_id": [log.user_ids[user] for user in log.users] + [user for user, _ in more],
            "item_id": [ids[item] for item in log.items] + [item for _, item in more],
            "timestamp": [*log.times.tolist(), *range(1_800_000_000, 1_800_000_000 + len(more))],
        }
        pl.DataFrame(events).write_csv(self.folder / "events.csv")

    def read(self):
        return read_named(items=self.folder / "items.csv", events=self.folder / "events.csv")


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path)
    made.write()
    return made


@pytest.fixture
def place(files):
    """Return the folder of a workspace with the engines ease (the default) and popularity."""
    path = files.folder / "shop"
    path.mkdir()
    (path / "sommelier.toml").write_text(FITTED, "utf-8")
    Shop(Workspace.create(path, files.read())).fit(["ease", "popularity"])
    return path
