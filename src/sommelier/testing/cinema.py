"""A small cinema, written by hand: twenty invented films whose facts are easy to keep in mind.

Two films share a title, two titles are a letter apart, two families share a last name, some facts
are missing, and the keywords are too many to be complete: what a brain must cope with. For tests
and examples of planners. Earlier films in the list are known to more viewers.
"""

from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema

__all__ = ["SCHEMA", "dataset", "films"]

SCHEMA = Schema(
    noun="film",
    plural="films",
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="year", kind=Kind.NUMBER, aliases=("release year",)),
        Field(
            name="genres",
            kind=Kind.TAGS,
            aliases=("genre",),
            synonyms={"sci-fi": "Science Fiction", "scifi": "Science Fiction"},
        ),
        Field(name="directors", kind=Kind.TAGS, people=True, aliases=("director",)),
        Field(name="cast", kind=Kind.TAGS, people=True, aliases=("actors", "stars")),
        Field(name="countries", kind=Kind.TAGS, aliases=("country",)),
        Field(name="runtime", kind=Kind.NUMBER, unit="minutes", aliases=("length",)),
        Field(name="average_rating", kind=Kind.NUMBER, aliases=("rating",)),
        Field(name="keywords", kind=Kind.TAGS, aliases=("topics",)),
        Field(name="description", kind=Kind.TEXT, aliases=("plot",)),
    ),
)


_DAY = 86_400
_START = 1_700_000_000


@cache
def films() -> tuple[tuple[str, ...], ...]:
    """Return the films as they stand in `cinema.csv`: title, year and the other fields, as text."""
    text = files(__package__).joinpath("cinema.csv").read_text("utf-8")
    return tuple(tuple(line.split("|")) for line in text.splitlines()[1:])


def _row(number: int, cells: tuple[str, ...]) -> dict[str, object]:
    row: dict[str, object] = {"item_id": f"f{number:02d}"}
    for field, cell in zip(SCHEMA.fields[1:], cells, strict=True):
        match field.kind:
            case Kind.NUMBER:
                row[field.name] = float(cell) if cell else None
            case Kind.TAGS:
                row[field.name] = cell.split(",") if cell else []
            case _:
                row[field.name] = cell
    return row


def dataset() -> Dataset:
    """Return the films and forty viewers.

    `v0` has seen "Seven Doors Down" and "Night Ferry" (1958), `v1` the two animations.
    """
    rows = [_row(number, cells) for number, cells in enumerate(films())]
    types = {field.name: DTYPES[field.kind] for field in SCHEMA}
    histories = [[16, 5], [14, 15]]
    histories += [[n for n in range(len(rows)) if n % 4 == v % 4 and n <= v] for v in range(38)]
    sizes = [len(history) for history in histories]
    days = np.concatenate([np.arange(size) for size in sizes])
    log = Interactions(
        user_ids=[f"v{number}" for number in range(len(histories))],
        users=np.repeat(np.arange(len(histories)), sizes).astype(np.int32),
        items=np.array([item for history in histories for item in history], np.int32),
        n_items=len(rows),
        times=(_START + _DAY * days).astype(np.int64),
    )
    return Dataset(Catalog(pl.DataFrame(rows, schema=types), SCHEMA), log)
