"""How like two films are, by what is known of them, and the latent tastes that lie in that.

Each kind of fact (genres, decade, countries, directors, cast, keywords) is a block of ones, rare
values weighing more. A taste is a direction in that space, the middle of a cluster of films: quiet
Japanese family dramas, say, or space adventures of the eighties. Knows no viewers.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import polars as pl

from sommelier.types import Floats

__all__ = ["Likeness"]

_BLOCKS: Final = {  # how much each kind of fact says about who will like a film
    "genres": 1.0,
    "keywords": 1.0,
    "directors": 0.8,
    "decade": 0.7,
    "countries": 0.7,
    "cast": 0.5,
}
_ROUNDS: Final = 8
_NEAR: Final = 20


@dataclass(frozen=True, eq=False)
class Likeness:
    """Films seen by other films and by tastes; 0 is as good as strange, 1 is near."""

    films: Floats  # [n_films, n_films]
    tastes: Floats  # [n_tastes, n_films]

    @classmethod
    def of(cls, films: pl.DataFrame, *, n_tastes: int, rng: np.random.Generator) -> Self:
        """Measure the films of `load_films` and find `n_tastes` clusters among them."""
        facts = _facts(films)
        cosines = facts @ facts.T
        return cls(films=_scaled(cosines), tastes=_scaled(_tastes(cosines, n_tastes, rng)))


def _facts(films: pl.DataFrame) -> Floats:
    # Two overlapping grids of ten years: 1979 and 1980 share one of them.
    decades = [((pl.col("year") + shift) // 10 * 10 - shift).cast(pl.String) for shift in (0, 5)]
    known = films.with_columns(decade=pl.concat_list(decades))
    blocks = [_unit(_ones(known[name])) * weight for name, weight in _BLOCKS.items()]
    return _unit(np.concatenate(blocks, axis=1))


def _ones(tags: pl.Series) -> Floats:
    """Return [n_films, n_values] of the values that at least two films have, weighted by rarity."""
    pairs = pl.DataFrame({"value": tags}).with_row_index("film").explode("value").drop_nulls()
    shared = pairs.filter(pl.len().over("value") > 1)
    codes = shared["value"].rank("dense").to_numpy().astype(np.int64) - 1
    found = np.zeros((len(tags), int(codes.max()) + 1), np.float32)
    found[shared["film"].to_numpy(), codes] = 1.0
    rarity = np.log(len(tags) / found.sum(axis=0))
    return np.asarray(found * rarity, np.float32)


def _tastes(cosines: Floats, n_tastes: int, rng: np.random.Generator) -> Floats:
    """Return cosines [n_tastes, n_films] to the middles of clusters.

    This is spherical k-means, seeded far from one another. A middle is the sum of its members, so
    the cosines between films are all it needs.
    """
    nearest = np.zeros(len(cosines), np.float32)
    seeds = np.empty(n_tastes, np.int64)
    for taste in range(n_tastes):
        far = np.clip(1.0 - nearest, 0.0, None).astype(np.float64)
        seeds[taste] = rng.choice(len(cosines), p=far / far.sum())
        nearest = np.maximum(nearest, cosines[seeds[taste]])
    found = cosines[seeds]
    for _ in range(_ROUNDS):
        member = np.argmax(found, axis=0)
        ones = (member == np.arange(n_tastes)[:, None]).astype(np.float32)
        sums = ones @ cosines
        length = np.sqrt((sums * ones).sum(axis=1, keepdims=True))
        found = np.where(length > 0, sums / np.where(length > 0, length, 1.0), found)
    return found


def _unit(rows: Floats) -> Floats:
    length = np.sqrt((rows * rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.where(length > 0, length, 1.0), np.float32)


def _scaled(cosines: Floats) -> Floats:
    """Make every row equally choosy: 0 for the average film, 1 for the twentieth nearest."""
    middle = cosines.mean(axis=1, keepdims=True)
    near = -np.partition(-cosines, _NEAR, axis=1)[:, _NEAR, None]
    return np.asarray(np.clip((cosines - middle) / (near - middle), -1.0, 1.8), np.float32)
