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
_FAMOUS: Final = 1.7
_KINDS: Final = {"Action": 0.3, "Adventure": 0.4, "Animation": 0.4, "Science Fiction": 0.4}
_KINDS_LESS: Final = {"Documentary": -0.6, "Western": -0.2, "History": -0.2}


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
    prior = films.select(
        0.5 * pl.col("languages").list.contains("English").cast(pl.Float64)
        + 0.3 * pl.col("countries").list.contains("United States").cast(pl.Float64)
        + 0.006 * (pl.col("year").clip(1930, 2010) - 1970)
        + _FAMOUS * pl.col(ITEM_ID).is_in(famous()).cast(pl.Float64)
        + kinds
    ).to_series()
    return (prior.to_numpy() + _CHANCE * rng.standard_normal(films.height)).astype(np.float32)
