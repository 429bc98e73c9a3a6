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
_FAMOUS: Final = 2.6
_KINDS: Final = {"Action": 0.15, "Adventure": 0.2, "Animation": 0.2, "Science Fiction": 0.2}
_KINDS_LESS: Final = {"Documentary": -0.4, "Western": -0.1, "History": -0.1}


def famous() -> list[str]:
    """Return the item_ids of the films that nearly everybody has heard of."""
    text = (files(__package__) / "famous.txt").read_text("utf-8")
    return [line for line in text.split() if line]


def fame(films: pl.DataFrame, rng: np.random.Generator) -> Floats:
    """Return the logarithm of how often a film is met [n_films], up to a constant."""
    kinds = sum(
        (pl.col("genres").list.contains(kind).cast(pl.Float64) * value)
        for kind, value in {**_KINDS, **_KINDS_LESS}.items()
    )
    tail = films.select(
        0.5 * pl.col("languages").list.contains("English").cast(pl.Float64)
        + 0.3 * pl.col("countries").list.contains("United States").cast(pl.Float64)
        + 0.006 * (pl.col("year").clip(1930, 2010) - 1970)
        + kinds
    ).to_series()
    known = films[ITEM_ID].is_in(famous()).to_numpy()
    prior = np.where(known, _FAMOUS + 0.3 * tail.to_numpy(), tail.to_numpy())
    return (prior + _CHANCE * rng.standard_normal(films.height)).astype(np.float32)
