"""How well known each film is taken to be: a hand-made prior, no measurement.

Rough proxies (language, country, decade, kind) and chance make a long tail; films that nearly
everybody has heard of stand in `famous.txt`.
"""

from importlib.resources import files
from typing import Final

import numpy as np
import polars as pl

from sommelier.types import ITEM_ID, Floats

__all__ = ["fame", "famous"]

_CHANCE: Final = 0.45
_FAMOUS: Final = 2.8
_KINDS: Final = {
    "Action": 0.15,
    "Adventure": 0.2,
    "Animation": 0.2,
    "Science Fiction": 0.2,
    "Documentary": -0.4,
    "History": -0.1,
    "Western": -0.1,
}


def famous() -> list[str]:
    """Return the item_ids of the films that nearly everybody has heard of."""
    return (files(__package__) / "famous.txt").read_text("utf-8").split()


def fame(films: pl.DataFrame, rng: np.random.Generator) -> Floats:
    """Return the logarithm of how often a film is met [n_films], up to a constant."""
    tail = films.select(
        0.5 * _has("languages", "English")
        + 0.3 * _has("countries", "United States")
        + 0.006 * (pl.col("year").clip(1930, 2010) - 1970)
        + pl.sum_horizontal(value * _has("genres", kind) for kind, value in _KINDS.items())
    )
    proxies = tail.to_series().to_numpy()
    known = films[ITEM_ID].is_in(famous()).to_numpy()
    prior = np.where(known, _FAMOUS + 0.3 * proxies, proxies)
    return (prior + _CHANCE * rng.standard_normal(films.height)).astype(np.float32)


def _has(field: str, value: str) -> pl.Expr:
    return pl.col(field).list.contains(value).cast(pl.Float64)
