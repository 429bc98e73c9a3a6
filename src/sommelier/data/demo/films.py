"""The bundled films: facts and descriptions written for this project, read from `films/*.jsonl`.

One JSON object a line, one file per part of the world in which a film is at home. Facts that were
not certain are null. Knows nothing of viewers.
"""

import re
import tomllib
import unicodedata
from hashlib import sha256
from importlib.resources import files
from typing import Final

import polars as pl

from sommelier.data.schema import Schema
from sommelier.types import ITEM_ID

__all__ = ["digest", "film_id", "load_films", "load_schema"]

_COLUMNS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "title": pl.String,
    "original_title": pl.String,
    "year": pl.Float64,
    "genres": pl.List(pl.String),
    "directors": pl.List(pl.String),
    "cast": pl.List(pl.String),
    "countries": pl.List(pl.String),
    "languages": pl.List(pl.String),
    "runtime": pl.Float64,
    "content_rating": pl.String,
    "keywords": pl.List(pl.String),
    "description": pl.String,
}
_WHOLE: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ı": "i", "½": " 1 2"}
)


def load_films() -> pl.DataFrame:
    """Return one row per film: `item_id`, then the columns of `load_schema`, sorted by item_id."""
    folder = files(__package__) / "films"
    parts = sorted(
        (part for part in folder.iterdir() if part.name.endswith(".jsonl")), key=lambda p: p.name
    )
    films = pl.concat(pl.read_ndjson(part.read_bytes(), schema=_COLUMNS) for part in parts)
    ids = [film_id(title, int(year)) for title, year in films.select("title", "year").iter_rows()]
    return films.insert_column(0, pl.Series(ITEM_ID, ids)).sort(ITEM_ID)


def digest() -> str:
    """Return eight letters that change with the bundled data or the code that simulates its log."""
    folder = files(__package__)
    parts = [*(folder / "films").iterdir(), *folder.iterdir()]
    told = sha256()
    for part in sorted((p for p in parts if p.is_file()), key=lambda p: p.name):
        told.update(part.read_bytes())
    return told.hexdigest()[:8]


def film_id(title: str, year: int) -> str:
    """Return the id that a film keeps for ever: `seven-samurai-1954`."""
    plain = unicodedata.normalize("NFKD", title.casefold().translate(_WHOLE).replace("&", " and "))
    letters = "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "")
    words = re.findall(r"[a-z0-9]+", letters.replace("’", ""))
    return "-".join([*words, str(year)])


def load_schema() -> Schema:
    """Return what the films' fields mean, written by hand in `schema.toml`.

    It names two fields that no film carries, `average_rating` and `popularity`: a log brings them.
    """
    return Schema.from_toml(tomllib.loads((files(__package__) / "schema.toml").read_text("utf-8")))
