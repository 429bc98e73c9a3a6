"""MovieLens as GroupLens ships it: 100K (`u.data`), 1M and 10M (`ratings.dat`), and the later
layouts (`ratings.csv`, `movies.csv`, `tags.csv`), as a zip or a folder.
"""

from typing import ClassVar, Final

import polars as pl

from sommelier.data.sources import delimited
from sommelier.data.sources.base import Imported, Rows, Sieve
from sommelier.data.sources.columns import events_of, items_of, link, users_of
from sommelier.data.sources.files import File, Files
from sommelier.errors import DataError
from sommelier.types import ITEM_ID, TIMESTAMP, USER_ID, VALUE

__all__ = ["MovieLens"]

_RATING: Final = (USER_ID, ITEM_ID, VALUE, TIMESTAMP)
_FILM: Final = (ITEM_ID, "title", "release_date", "video_release_date", "imdb_url")
_LEAST_TAGGERS = 2  # people who gave a word before it counts as the film's


class MovieLens:
    """The three layouts of MovieLens."""

    name: ClassVar[str] = "movielens"
    expects: ClassVar[str] = (
        "MovieLens as downloaded: u.data and u.item, or ratings.dat and movies.dat, "
        "or ratings.csv and movies.csv"
    )

    def fits(self, files: Files) -> bool:
        """Return whether one of the three pairs of files is there."""
        pairs = (("u.data", "u.item"), ("ratings.dat", "movies.dat"), ("ratings.csv", "movies.csv"))
        return any(files.get(one) and files.get(two) for one, two in pairs)

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read the ratings as events with stars, and the films with their genres."""
        if files.get("u.data"):
            rows, films, people = _hundred_k(files, sieve)
        elif files.get("ratings.dat"):
            rows, films, people = _one_m(files, sieve)
        else:
            rows, films, people = _later(files, sieve)
        log = link(films, events_of(rows, sieve), sieve)
        log = log.with_columns(pl.lit("rating").alias("event_type"))
        return Imported(films, log, people, noun="film", rejects=tuple(sieve.rejects))


_Parts = tuple[Rows, pl.DataFrame, pl.DataFrame | None]


def _need(files: Files, name: str) -> File:
    found = files.get(name)
    if found is None:
        raise DataError(f"{files.path} has no file {name}.", hint="Download the whole set again.")
    return found


def _hundred_k(files: Files, sieve: Sieve) -> _Parts:
    names = [line.split("|")[0] for line in _need(files, "u.genre").head(100) if "|" in line]
    columns = [*_FILM, *names]
    item = _need(files, "u.item")
    raw = delimited.read(item, sieve, separator="|", names=columns, quoted=False)
    genres = pl.concat_list(
        pl.when(pl.col(name) == "1").then(pl.lit(name)) for name in names if name != "unknown"
    ).list.drop_nulls()
    films = items_of(raw, sieve).with_columns(genres=genres).drop(names)
    rows = delimited.read(_need(files, "u.data"), sieve, separator="\t", names=_RATING)
    people = _people(files, "u.user", "|", (USER_ID, "age", "gender", "occupation", "zip"), sieve)
    return rows, films, people


def _one_m(files: Files, sieve: Sieve) -> _Parts:
    names = (ITEM_ID, "title", "genres")
    raw = delimited.read(
        _need(files, "movies.dat"), sieve, separator="::", names=names, quoted=False
    )
    rows = delimited.read(
        _need(files, "ratings.dat"), sieve, separator="::", names=_RATING, quoted=False
    )
    people = _people(
        files, "users.dat", "::", (USER_ID, "gender", "age", "occupation", "zip"), sieve
    )
    return rows, items_of(raw, sieve), people


def _people(
    files: Files, name: str, separator: str, columns: tuple[str, ...], sieve: Sieve
) -> pl.DataFrame | None:
    file = files.get(name)
    if file is None:
        return None
    return users_of(
        delimited.read(file, sieve, separator=separator, names=columns, quoted=False), sieve
    )


def _later(files: Files, sieve: Sieve) -> _Parts:
    films = items_of(delimited.read(_need(files, "movies.csv"), sieve), sieve)
    tags = files.get("tags.csv")
    if tags:
        films = _with_tags(films, delimited.read(tags, sieve))
    return delimited.read(_need(files, "ratings.csv"), sieve), films, None


def _with_tags(films: pl.DataFrame, tags: Rows) -> pl.DataFrame:
    """Add the words that people gave a film, most given first; words of a single person too, where
    the set is small enough that hardly any word has two.
    """
    word = pl.col("tag").str.strip_chars().str.to_lowercase()
    counted = (
        tags.frame.rename({"movieId": ITEM_ID})
        .with_columns(word)
        .filter(pl.col("tag") != "")
        .group_by(ITEM_ID, "tag")
        .agg(pl.col("userId").n_unique().alias("n"))
    )
    if (counted["n"] >= _LEAST_TAGGERS).mean() > 0.2:  # type: ignore[operator]  # a number
        counted = counted.filter(pl.col("n") >= _LEAST_TAGGERS)
    counted = counted.sort([ITEM_ID, "n", "tag"], descending=[False, True, False])
    lists = counted.group_by(ITEM_ID, maintain_order=True).agg(pl.col("tag").alias("tags"))
    return films.join(lists, on=ITEM_ID, how="left", maintain_order="left")
