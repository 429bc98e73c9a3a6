"""The five data sets of the quality table, read from a folder beside the repository.

None of them may be redistributed, so none is in this repository: `--data` names the folder. Beauty,
Games, Toys and ML-1M come without times, as sequences; Toys has numbered attributes and no titles;
ML-100K is the zip as GroupLens gives it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from sommelier.data.dataset import Dataset
from sommelier.data.infer.prepare import prepare
from sommelier.data.settings import Settings
from sommelier.data.sources import read, read_named
from sommelier.data.sources.base import Imported

__all__ = ["SETS", "amazon", "called", "load"]

_PLACES = {
    "--data": "DATA",
    "--work": "WORK",
    "--out": "OUT",
    "--rows": "ROWS",
}  # of whose machine is nobody's matter


def _ml_100k(data: Path) -> Imported:
    return read(data / "ml-100k" / "ml-100k.zip")


def _ml_1m(data: Path) -> Imported:
    rows = (data / "ml-1m" / "movies.dat").read_text("latin-1").splitlines()
    columns = ["item_id", "title", "genres"]
    movies = pl.DataFrame([row.split("::") for row in rows], schema=columns, orient="row")
    events = pl.read_csv(data / "ml-1m" / "sequences.csv.gz", infer_schema=False)
    events = events.select("user_id", item_id="movie_id")
    met = movies.join(events.select("item_id").unique(), on="item_id", how="semi")
    return Imported(met.with_columns(pl.col("genres").str.split("|")), events, noun="film")


def _toys(data: Path) -> Imported:
    return read(data / "amazon-toys-2014-s3rec")


def amazon(folder: str) -> Callable[[Path], Imported]:
    def loaded(data: Path) -> Imported:
        items = data / folder / "items.jsonl.gz"
        imported = read_named(items=items, events=data / folder / "interactions.csv.gz")
        return replace(imported, events=imported.events.select("user_id", "item_id"))

    return loaded


SETS: dict[str, Callable[[Path], Imported]] = {
    "ml-100k": _ml_100k,
    "ml-1m": _ml_1m,
    "beauty": amazon("amazon-beauty-2014"),
    "toys": _toys,
    "games": amazon("amazon-games-2018"),
}


def load(name: str, data: Path) -> Dataset:
    """Return one set as `sommelier init` would understand it."""
    return prepare(SETS[name](data), Settings())


def called(module: str, arguments: Sequence[str]) -> str:
    """Return the command that was run, its folders by what they hold."""
    before = ["", *arguments]
    told = [_PLACES.get(last, one) for last, one in zip(before, arguments, strict=False)]
    return " ".join(["python -m", module, *told])
