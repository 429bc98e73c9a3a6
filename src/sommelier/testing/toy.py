"""A toy world whose right answers are known by construction.

A small bookshop: three shelves of five books, and one book that nobody has met. Readers keep to one
shelf and have read all of it but one book, so the book each of them should get next is known.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.types import Nums

__all__ = ["LATER", "LONELY", "READERS", "SHELF", "Toy", "catalog", "dataset", "world"]

SHELF = 5  # books a shelf; book b stands on shelf b // SHELF
READERS = 10  # readers a shelf; reader r keeps to shelf r // READERS
LONELY = 15  # the book that nobody has met
LATER = 16, 17  # came after all events: one more for the shelf of space, and one without a word

_DAY = 86_400
_START = 1_700_000_000

_SCHEMA = Schema(
    noun="book",
    plural="books",
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="genres", kind=Kind.TAGS, distinct=4),
        Field(name="year", kind=Kind.NUMBER, minimum=1931, maximum=2019),
        Field(name="price", kind=Kind.NUMBER, unit="EUR", minimum=4, maximum=25),
        Field(name="text", kind=Kind.TEXT),
    ),
)

_BOOKS: list[tuple[str, list[str], float, float, str]] = [
    ("The Locked Conservatory", ["Crime"], 1931, 7, "A detective hunts a murderer under glass"),
    ("Nine Alibis", ["Crime"], 1948, 8, "A detective doubts nine murder alibis"),
    ("Ash on the Ledger", ["Crime"], 1962, 9, "A murder in a bank, and a tired detective"),
    ("The Ferryman's Debt", ["Crime", "History"], 1987, 11, "An old murder finds its detective"),
    ("Cold Harbour Road", ["Crime"], 2009, 14, "A detective returns to the murder of her youth"),
    ("The Salt Orchards of Mars", ["Space"], 1955, 6, "Settlers plant a planet by starlight"),
    ("Slow Light", ["Space"], 1971, 8, "A starship answers a dying planet"),
    ("Cartographers of the Void", ["Space"], 1984, 10, "Mapmakers chart a planet without a star"),
    ("Engines of Patience", ["Space"], 2003, 13, "A starship crew sleeps past its planet"),
    ("The Last Antenna", ["Space"], 2019, 16, "One starship hears a planet sing"),
    ("Bread Before Dawn", ["Cooking"], 1966, 12, "Recipes for dough, oven and patience"),
    ("Seven Soups", ["Cooking"], 1979, 9, "Recipes for winter, one pot each"),
    ("The Copper Pan", ["Cooking"], 1991, 15, "Recipes of a kitchen that wastes nothing"),
    ("Salt, Smoke, Time", ["Cooking"], 2006, 21, "Recipes that keep, from oven to cellar"),
    ("A Table for the Street", ["Cooking"], 2014, 25, "Recipes for forty guests and one pot"),
    ("Moss", ["Poetry"], 1999, 4, "Verses on stones"),
]
_LATER = [
    (
        "A Planet Without Maps",
        ["Space"],
        2021.0,
        17.0,
        "A starship looks for a planet by starlight",
    ),
    ("", [], 2022.0, 5.0, ""),
]


@dataclass(frozen=True)
class Toy:
    """The dataset and what is true of it."""

    dataset: Dataset

    @cached_property
    def shelves(self) -> Nums:
        """Shelf of each item: 0 crime, 1 space, 2 cooking, 3 the lonely one."""
        return (np.arange(len(_BOOKS)) // SHELF).astype(np.int32)

    def unread(self, user_num: int) -> int:
        """Return the only book of the reader's own shelf that is not yet read."""
        return SHELF * (user_num // READERS) + user_num % SHELF


def catalog(n_items: int = len(_BOOKS)) -> Catalog:
    """Return the first `n_items` books; beyond 16 they are those that came later."""
    columns = list(zip(*[*_BOOKS, *_LATER][:n_items], strict=True)) or [()] * 5
    ids = [f"book-{number:02d}" for number in range(n_items)]
    values = dict(zip((field.name for field in _SCHEMA), [ids, *columns], strict=True))
    types = {field.name: DTYPES[field.kind] for field in _SCHEMA}
    return Catalog(pl.DataFrame(values, schema=types), _SCHEMA)


def dataset(histories: list[list[int]], n_items: int = len(_BOOKS)) -> Dataset:
    """Return the first `n_items` books with one reader per history, a day between events."""
    sizes = [len(history) for history in histories]
    days = np.concatenate([np.arange(0), *(np.arange(size) for size in sizes)])
    log = Interactions(
        user_ids=[f"reader-{number:02d}" for number in range(len(histories))],
        users=np.repeat(np.arange(len(histories)), sizes).astype(np.int32),
        items=np.array([item for history in histories for item in history], np.int32),
        n_items=n_items,
        times=(_START + _DAY * days).astype(np.int64),
    )
    return Dataset(catalog(n_items), log)


def world(n_items: int = len(_BOOKS)) -> Toy:
    """Return the bookshop: thirty readers, each with four of the five books of one shelf.

    With 18 items the books that came later stand in the catalogue too.
    """
    histories = []
    for reader in range(3 * READERS):
        shelf, missing = reader // READERS, reader % SHELF
        # each starts at another book, so that no book is always the oldest
        books = [(missing + step) % SHELF for step in range(1, SHELF)]
        histories.append([SHELF * shelf + book for book in books])
    return Toy(dataset(histories, n_items))
