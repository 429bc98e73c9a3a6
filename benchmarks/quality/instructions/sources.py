"""The shared sets as sources of instructions, each with the texts that wishes are read from.

MovieLens 1M has two descriptions of each film: the catalogue holds one, wishes are read from the
other, so that no ranker finds a wish by its letters.
"""

import gzip
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
from benchmarks.quality import sets

from sommelier.data.dataset import Dataset
from sommelier.data.infer.prepare import prepare
from sommelier.data.settings import Settings
from sommelier.data.sources.base import Imported
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.tuning.instructions.source import Source

__all__ = ["SETS", "films", "load", "requests", "source"]

SETS = ("beauty", "industrial", "ml-1m", "games", "yelp")


def load(name: str, data: Path) -> Dataset:
    """Return a set as instructions are made of it; `ml-1m` has the plots of TMDB."""
    match name:
        case "ml-1m":
            return prepare(_with_plots(sets.SETS["ml-1m"](data), data), Settings())
        case "industrial" | "yelp":
            folder = {"industrial": "amazon-industrial-2018", "yelp": "yelp-s3rec"}[name]
            return prepare(sets.amazon(folder)(data), Settings())
    return sets.load(name, data)


def source(name: str, data: Path) -> Source:
    """Return a set with its wishes; its proposer learns from nobody's last two events."""
    dataset = load(name, data)
    told = _omdb(dataset, data) if name == "ml-1m" else None
    return Source.of(name, dataset, told=told)


def films(data: Path) -> Dataset:
    """Return ml-latest-small with every plot that the shared metadata has for it."""
    imported = sets.read(data / "ml-latest-small" / "ml-latest-small.zip")
    plots = {**_by_imdb(data), **_by_movielens(data), **_by_tmdb(data)}
    texts = [plots.get(one, "") for one in imported.items["item_id"].to_list()]
    items = imported.items.with_columns(plot=pl.Series(texts))
    return prepare(replace(imported, items=items), Settings())


def requests(dataset: Dataset, data: Path) -> Iterator[InstructionRow]:
    """Yield what people asked for whose answer is in the catalogue; parted by a hash of the id."""
    file = data / "requests-tomt-movies" / "queries.jsonl.gz"
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            told = json.loads(line)
            target = told["answer_movielens_id"]
            if target is None or str(target) not in dataset.catalog.index:
                continue
            title = re.sub(r"\[[^\]]*\]", "", told["title"]).strip()
            wish = re.sub(r"\s+", " ", f"{title}. {told['text']}")
            tenth = int(hashlib.sha256(told["id"].encode()).hexdigest(), 16) % 10
            yield InstructionRow(
                id=f"tomt-{told['id']}",
                set="films",
                split="train" if tenth < 7 else "dev" if tenth == 7 else "test",
                user=told["id"],
                target=str(target),
                preference="P0",
                intention="I1",
                form="T2",
                template="as written",
                strategy="request",
                wish=wish,
                text=wish,
                spoken=wish,
                answer=dataset.catalog.titles[dataset.catalog.num(str(target))],
            )


def _with_plots(imported: Imported, data: Path) -> Imported:
    told = _tmdb_of_ml1m(data).select(item_id="movieId", overview="tmdb_overview")
    return replace(imported, items=imported.items.join(told, on="item_id", how="left"))


def _tmdb_of_ml1m(data: Path) -> pl.DataFrame:
    with gzip.open(data / "movie-metadata" / "ml1m_movies_tmdb.csv.gz") as file:
        return pl.read_csv(file.read(), infer_schema=False)


def _omdb(dataset: Dataset, data: Path) -> list[str]:
    """Return the other description of each film, with the keywords people gave it."""
    keywords = dict(_tmdb_of_ml1m(data).select("movieId", "tmdb_keywords").iter_rows())
    with gzip.open(data / "movie-metadata" / "ml1m_movies_extrainfos.dat.gz") as file:
        rows = [line.split("::") for line in file.read().decode("utf-8", "replace").splitlines()]
    plots = {row[0]: row[-2] for row in rows if len(row) > 10}
    return [
        f"{plots.get(item, '')}. {(keywords.get(item) or '').replace(', ', '. ')}"
        for item in dataset.catalog.ids
    ]


def _by_movielens(data: Path) -> dict[str, str]:
    rows = _tmdb_of_ml1m(data).select("movieId", "tmdb_overview").iter_rows()
    return {item: plot for item, plot in rows if plot}


def _links(data: Path) -> pl.DataFrame:
    with zipfile.ZipFile(data / "ml-latest-small" / "ml-latest-small.zip") as archive:
        return pl.read_csv(archive.read("ml-latest-small/links.csv"), infer_schema=False)


def _by_tmdb(data: Path) -> dict[str, str]:
    with zipfile.ZipFile(data / "movie-metadata" / "tmdb_5000_movies.csv.zip") as archive:
        table = pl.read_csv(archive.read("tmdb_5000_movies.csv"), infer_schema=False)
    plots = dict(table.select("id", "overview").iter_rows())
    rows = _links(data).select("movieId", "tmdbId").iter_rows()
    return {item: plots[tmdb] for item, tmdb in rows if plots.get(tmdb)}


def _by_imdb(data: Path) -> dict[str, str]:
    with gzip.open(data / "movie-metadata" / "redial_id2info.json.gz") as file:
        told = json.loads(file.read()).values()
    plots = {one["imdb_id"]: one["plot"] for one in told if one.get("imdb_id") and one.get("plot")}
    rows = _links(data).select("movieId", "imdbId").iter_rows()
    named = ((item, f"tt{imdb.zfill(7)}") for item, imdb in rows if imdb)
    return {item: plots[imdb] for item, imdb in named if imdb in plots}
