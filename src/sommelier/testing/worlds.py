"""Small shops of several kinds, for tests, examples and measurements: ten to a million items.

Rows are put together from hand-written words (`worlds.toml`) by a seeded generator, so a world is
the same on every machine. Titles are distinct. Some values are missing, as they are in life. The
log has tastes (each person keeps mostly to one kind) and fame (few items are met by many). Knows no
engine and no agent.
"""

import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Kind, Schema
from sommelier.types import ITEM_ID, Ints

__all__ = ["WORLDS", "bare", "books", "films", "music", "products"]

_STRIDE = 7_368_787  # a prime: stepping by it goes through all titles once, in a scattered order
_DAY = 86_400
_START, _END = 1_500_000_000, 1_760_000_000  # of the log, seconds since 1970


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("worlds.toml").read_text("utf-8"))


def films(n: int = 300, *, seed: int = 1, n_events: int | None = None) -> Dataset:
    """Return films: year, several genres, directors, cast, countries, minutes, stars, a plot."""
    rng, words = np.random.default_rng(seed), _words()["films"]
    genres, kind = _tags(words["genres"], n, 3, rng)
    columns = {
        "title": _titles(n, seed),
        "year": _missing(rng.integers(1930, 2026, n).astype(float), 0.02, rng),
        "genres": genres,
        "directors": _tags(_people(n // 6), n, 1, rng)[0],
        "cast": _tags(_people(n // 2), n, 4, rng)[0],
        "countries": _tags(words["countries"], n, 2, rng)[0],
        "runtime": _missing(np.round(rng.normal(108, 22, n).clip(42, 240)), 0.03, rng),
        "average_rating": _missing(np.round(rng.normal(6.6, 1.1, n).clip(1, 10), 1), 0.05, rng),
        "description": _sentence(
            words, ("moods", "heroes", "deeds", "places"), n, rng, "A {} tale: a {} {} {}."
        ),
    }
    fields = (
        Field(name="title", kind=Kind.TITLE),
        Field(name="year", kind=Kind.NUMBER, aliases=("release year",)),
        Field(
            name="genres",
            kind=Kind.TAGS,
            aliases=("genre",),
            synonyms={"sci-fi": "Science Fiction"},
        ),
        Field(name="directors", kind=Kind.TAGS, people=True, aliases=("director",)),
        Field(name="cast", kind=Kind.TAGS, people=True, aliases=("actors", "stars")),
        Field(name="countries", kind=Kind.TAGS, aliases=("country",)),
        Field(name="runtime", kind=Kind.NUMBER, unit="minutes", aliases=("length",)),
        Field(name="average_rating", kind=Kind.NUMBER, aliases=("rating", "score")),
        Field(name="description", kind=Kind.TEXT, aliases=("plot",)),
    )
    return _dataset("film", fields, columns, kind=kind, rng=rng, n_events=n_events)


def products(n: int = 300, *, seed: int = 2, n_events: int | None = None) -> Dataset:
    """Return things of a shop: brand, category, price, colours, stock, day of arrival, details."""
    rng, words = np.random.default_rng(seed), _words()["products"]
    things = [(kind, thing) for kind, listed in words["things"].items() for thing in listed]
    parts = (
        words["brands"],
        _words()["titles"]["adjectives"],
        [t for _, t in things],
        words["variants"],
    )
    brand, adjective, thing, variant = _places(n, [len(part) for part in parts], seed)
    stock = pl.Series(rng.random(n) < 0.8).set(pl.Series(rng.random(n) < 0.03), None)
    kinds = list(words["things"])
    category = np.array([kinds.index(kind) for kind, _ in things])[thing]
    columns = {
        "title": _joined(
            [
                _pick(part, at)
                for part, at in zip(parts, (brand, adjective, thing, variant), strict=True)
            ]
        ),
        "brand": _pick(words["brands"], brand),
        "category": _pick(kinds, category),
        "price": _missing(np.round(np.exp(rng.normal(3.4, 0.9, n)).clip(2, 900), 2), 0.02, rng),
        "rating": _missing(np.round(rng.normal(3.9, 0.6, n).clip(1, 5), 1), 0.1, rng),
        "colours": _tags(words["colours"], n, 2, rng)[0],
        "in_stock": stock,
        "released": _days(n, rng),
        "details": _sentence(words, ("details",), n, rng, "It is {}."),
    }
    fields = (
        Field(name="title", kind=Kind.TITLE),
        Field(name="brand", kind=Kind.CATEGORY, aliases=("make", "maker")),
        Field(name="category", kind=Kind.CATEGORY, aliases=("department",)),
        Field(name="price", kind=Kind.NUMBER, unit="USD", aliases=("cost",)),
        Field(name="rating", kind=Kind.NUMBER, aliases=("stars",)),
        Field(name="colours", kind=Kind.TAGS, aliases=("colour", "color")),
        Field(name="in_stock", kind=Kind.FLAG, aliases=("available", "in stock")),
        Field(name="released", kind=Kind.DATE, aliases=("release date",)),
        Field(name="details", kind=Kind.TEXT),
    )
    return _dataset("product", fields, columns, kind=category, rng=rng, n_events=n_events)


def books(n: int = 300, *, seed: int = 3, n_events: int | None = None) -> Dataset:
    """Return books: one author, one genre, pages, year, language, a blurb."""
    rng, words = np.random.default_rng(seed), _words()["books"]
    genre = rng.integers(0, len(words["genres"]), n)
    authors = _people(n // 4)
    columns = {
        "title": _titles(n, seed),
        "author": _pick(authors, rng.integers(0, len(authors), n)),
        "genre": _pick(words["genres"], genre),
        "pages": _missing(np.round(rng.normal(310, 110, n).clip(24, 1200)), 0.04, rng),
        "year": _missing(rng.integers(1900, 2026, n).astype(float), 0.02, rng),
        "language": _pick(words["languages"], rng.integers(0, len(words["languages"]), n)),
        "blurb": _sentence(words, ("subjects", "turns"), n, rng, "The story of {} {}."),
    }
    fields = (
        Field(name="title", kind=Kind.TITLE),
        Field(name="author", kind=Kind.CATEGORY, people=True, aliases=("writer",)),
        Field(name="genre", kind=Kind.CATEGORY),
        Field(name="pages", kind=Kind.NUMBER, unit="pages", aliases=("length",)),
        Field(name="year", kind=Kind.NUMBER, aliases=("publication year",)),
        Field(name="language", kind=Kind.CATEGORY),
        Field(name="blurb", kind=Kind.TEXT),
    )
    return _dataset("book", fields, columns, kind=genre, rng=rng, n_events=n_events)


def music(n: int = 300, *, seed: int = 4, n_events: int | None = None) -> Dataset:
    """Return songs, without any prose: artist, genres, minutes, year, plays."""
    rng, words = np.random.default_rng(seed), _words()["music"]
    genres, kind = _tags(words["genres"], n, 2, rng)
    adjectives = _words()["titles"]["adjectives"]
    bands = [f"The {adjective} {band}" for band in words["bands"] for adjective in adjectives]
    columns = {
        "title": _titles(n, seed),
        "artist": _pick(
            bands, rng.integers(0, min(len(bands), max(8, n // 8)), n) * _STRIDE % len(bands)
        ),
        "genres": genres,
        "duration": _missing(np.round(rng.normal(4.1, 1.4, n).clip(1, 25), 1), 0.02, rng),
        "year": _missing(rng.integers(1950, 2026, n).astype(float), 0.05, rng),
        "plays": np.round(np.exp(rng.normal(7, 2, n))),
    }
    fields = (
        Field(name="title", kind=Kind.TITLE),
        Field(name="artist", kind=Kind.CATEGORY, aliases=("band",)),
        Field(name="genres", kind=Kind.TAGS, aliases=("genre", "style")),
        Field(name="duration", kind=Kind.NUMBER, unit="minutes", aliases=("length",)),
        Field(name="year", kind=Kind.NUMBER),
        Field(name="plays", kind=Kind.NUMBER, aliases=("popularity",)),
    )
    return _dataset("song", fields, columns, kind=kind, rng=rng, n_events=n_events)


def bare(n: int = 120, *, seed: int = 5, n_events: int | None = None) -> Dataset:
    """Return items of which nothing is known but their title."""
    rng = np.random.default_rng(seed)
    fields = (Field(name="title", kind=Kind.TITLE),)
    kind = rng.integers(0, 6, n)
    return _dataset(
        "item", fields, {"title": _titles(n, seed)}, kind=kind, rng=rng, n_events=n_events
    )


WORLDS: dict[str, Callable[..., Dataset]] = {
    "films": films,
    "products": products,
    "books": books,
    "music": music,
    "bare": bare,
}


def _dataset(
    noun: str,
    fields: Sequence[Field],
    columns: dict[str, Any],
    *,
    kind: Ints,
    rng: np.random.Generator,
    n_events: int | None,
) -> Dataset:
    n = len(kind)
    ids = noun[0] + pl.Series(np.arange(n)).cast(pl.String).str.zfill(len(str(n)))
    table = pl.DataFrame({ITEM_ID: ids, **columns})
    schema = Schema(
        noun=noun, plural=f"{noun}s", fields=(Field(name=ITEM_ID, kind=Kind.ID), *fields)
    )
    typed = table.with_columns(pl.col(field.name).cast(DTYPES[field.kind]) for field in schema)
    return Dataset(
        Catalog(typed, schema), _log(kind, 20 * n if n_events is None else n_events, rng)
    )


def _log(kind: Ints, n_events: int, rng: np.random.Generator) -> Interactions:
    """Return events of people who keep mostly to one kind and mostly to what is well known."""
    n, n_users = len(kind), max(2, n_events // 25)
    users = np.sort(rng.integers(0, n_users, n_events))
    order = np.argsort(kind, kind="stable")  # the items of one kind stand together
    starts = np.searchsorted(kind[order], np.arange(kind.max() + 2))
    taste = np.flatnonzero(np.diff(starts))[users * 31 % np.count_nonzero(np.diff(starts))]
    size = starts[taste + 1] - starts[taste]
    steep = (rng.random(n_events) ** 2.5 * size).astype(np.int64)  # the first few are famous
    at_home = rng.random(n_events) < 0.8
    anywhere = (rng.random(n_events) ** 1.5 * n).astype(np.int64)
    items = order[np.where(at_home, starts[taste] + steep, anywhere)]
    times = rng.integers(_START, _END, n_events)
    return Interactions(
        user_ids=[f"u{number}" for number in range(n_users)],
        users=users.astype(np.int32),
        items=items.astype(np.int32),
        n_items=n,
        times=times[np.lexsort((times, users))],
    )


def _places(n: int, sizes: Sequence[int], seed: int) -> list[Ints]:
    """Return `n` different combinations of places in lists of these sizes, one array a list."""
    total = int(np.prod(sizes))
    number = (np.arange(n) * _STRIDE + seed * 65_537) % total
    places = []
    for size in sizes:
        places.append(number % size)
        number = number // size
    return places


def _titles(n: int, seed: int) -> pl.Series:
    """Return different titles: a third short ("Amber Kite"), a third middling, a third long."""
    words = _words()["titles"]
    adjectives, nouns, tails = words["adjectives"], words["nouns"], words["tails"]
    third = min(n // 3, len(adjectives) * len(nouns))
    one, two = _places(third, [len(adjectives), len(nouns)], seed)
    short = _joined([_pick(adjectives, one), _pick(nouns, two)])
    one, two = _places(third, [len(nouns), len(tails)], seed)
    middling = _joined([_pick(nouns, one), _pick(tails, two)])
    rest = _places(n - 2 * third, [len(adjectives), len(nouns), len(tails)], seed)
    long = _joined(
        [_pick(part, at) for part, at in zip((adjectives, nouns, tails), rest, strict=True)]
    )
    return pl.concat([short, middling, "The " + long]).gather(_places(n, [n], seed)[0])


def _people(n: int) -> list[str]:
    """Return different names, at least eight; beyond 2,400 they take a middle letter."""
    first, last = _words()["people"]["first"], _words()["people"]["last"]
    middle = ["", *(f"{a}. " for a in "ABCDEFGHIJKLMNOPQRSTUVW")]
    n = min(max(8, n), len(first) * len(last) * len(middle))
    pairs = len(first) * len(last)
    spread = np.arange(n) % pairs * 1009 % pairs  # so that few people still have many last names
    return [
        f"{first[p % len(first)]} {middle[i // pairs]}{last[p // len(first)]}"
        for i, p in enumerate(spread.tolist())
    ]


def _pick(words: Sequence[str], places: NDArray[Any]) -> pl.Series:
    return pl.Series(words, dtype=pl.String).gather(places)


def _joined(parts: Sequence[pl.Series]) -> pl.Series:
    frame = pl.DataFrame({str(at): part for at, part in enumerate(parts)})
    return frame.select(pl.concat_str(pl.all(), separator=" ").str.strip_chars()).to_series()


def _sentence(
    words: dict[str, Any], lists: Sequence[str], n: int, rng: np.random.Generator, pattern: str
) -> pl.Series:
    columns = [
        _pick(words[name], rng.integers(0, len(words[name]), n)).alias(name) for name in lists
    ]
    return pl.DataFrame(columns).select(pl.format(pattern, *lists)).to_series()


def _tags(
    words: Sequence[str], n: int, most: int, rng: np.random.Generator
) -> tuple[pl.Series, Ints]:
    """Return one to `most` different words a row, and the place of the first; early ones more."""
    size = len(words)
    first = (rng.random(n) ** 1.6 * size).astype(np.int64)
    places, step = [first], np.zeros(n, np.int64)
    for _ in range(min(most, size) - 1):
        step += rng.integers(1, max(2, size // most), n)
        places.append((first + step) % size)
    columns = [_pick(words, place).alias(str(number)) for number, place in enumerate(places)]
    counts = pl.Series("n", rng.integers(1, len(places) + 1, n))
    listed = pl.DataFrame([*columns, counts]).select(
        pl.concat_list([column.name for column in columns]).list.head(pl.col("n"))
    )
    return listed.to_series(), first


def _missing(values: NDArray[Any], share: float, rng: np.random.Generator) -> pl.Series:
    return pl.Series(values).set(pl.Series(rng.random(len(values)) < share), None)


def _days(n: int, rng: np.random.Generator) -> pl.Series:
    days = rng.integers(_START // _DAY, _END // _DAY, n)
    return pl.Series(days, dtype=pl.Int32).cast(pl.Date)
