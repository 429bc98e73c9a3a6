"""The simulated log: who would have rated which of the bundled films, and when.

On each evening a viewer follows one taste and rates the films that appeal most: like the taste,
like the film that stands for it, well known, newly released; and by chance. Films appear only after
their release, whose day within its year is drawn. Nothing here was measured on real people: it
serves to try things out, and every place that shows it has to say "simulated".
"""

from typing import Any, Final

import numpy as np
import polars as pl

from sommelier.data.demo.fame import fame
from sommelier.data.demo.likeness import Likeness
from sommelier.data.demo.viewers import DAY, FIRST, FIRST_YEAR, Viewers
from sommelier.types import EVENT_TYPE, ITEM_ID, TIMESTAMP, USER_ID, VALUE, Bools, Floats, Ints

__all__ = ["simulate"]

_N_TASTES: Final = 60
_TASTE: Final = 2.7  # appeal of a film near to the taste
_ANCHOR: Final = 4.7  # and to the film that stands for it
_FAME: Final = 0.8
_NEW: Final = 2.2  # appeal of a film on the day of its release; halves in half a year
_PER_EVENING: Final = 4.6
_MOST: Final = 14  # films rated on one evening at most


def simulate(films: pl.DataFrame, *, seed: int = 7, n_viewers: int = 2500) -> pl.DataFrame:
    """Return events user_id, item_id, timestamp, event_type, value; the same for the same seed.

    `films` is what `load_films` returns. Stars go from 1 to 5 in halves.
    """
    rng = np.random.default_rng(seed)
    likeness = Likeness.of(films, n_tastes=_N_TASTES, rng=rng)
    known = fame(films, rng)
    viewers = Viewers.draw(n_viewers, likeness, known, rng)
    worth = rng.normal(0.0, 0.4, films.height).astype(np.float32) + 0.1 * known
    released = _released(films["year"].to_numpy(), rng)
    seen = np.zeros((n_viewers, films.height), bool)
    parts = []
    for evening in range(int(viewers.n_evenings.max())):
        who = np.flatnonzero(viewers.n_evenings > evening)
        taste = viewers.taste_on(who, evening, rng)
        times = viewers.evenings[who, evening]
        pull = _TASTE * likeness.tastes[viewers.tastes[who, taste]]
        pull += _ANCHOR * likeness.films[viewers.anchors[who, taste]]
        row, film = _chosen(
            pull + _FAME * known, seen[who], times=times, released=released, rng=rng
        )
        seen[who[row], film] = True
        liking = worth[film] + viewers.kindness[who[row]] + 0.1 * pull[row, film]
        parts.append((who[row], film, _clock(row, times, rng), _stars(liking, rng)))
    return _frame(films, [np.concatenate(column) for column in zip(*parts, strict=True)])


def _released(years: Floats, rng: np.random.Generator) -> Ints:
    """Return when each film came out, in seconds; older ones before the log begins."""
    day = rng.integers(1, 330, len(years))
    starts = FIRST + ((years - FIRST_YEAR) * 365.25).astype(np.int64) * DAY
    return np.where(years < FIRST_YEAR, 0, starts + day * DAY)


def _chosen(
    appeal: Floats, seen: Bools, *, times: Ints, released: Ints, rng: np.random.Generator
) -> tuple[Ints, Ints]:
    """Return (row, film) pairs: the most appealing unseen films, chance included (Gumbel top k)."""
    chance = rng.standard_exponential(appeal.shape, dtype=np.float32)
    appeal = appeal - np.log(np.maximum(chance, np.float32(1e-30)))
    recent = np.flatnonzero(released > 0)
    age = (times[:, None] - released[recent]) / (DAY * 182.0)
    fresh = np.where(age < 0, -np.inf, _NEW * 0.5 ** np.maximum(age, 0.0))
    appeal[:, recent] += fresh.astype(np.float32)
    appeal[seen] = -np.inf
    best = np.argpartition(-appeal, _MOST, axis=1)[:, :_MOST]
    values = np.take_along_axis(appeal, best, axis=1)
    best = np.take_along_axis(best, np.argsort(-values, axis=1), axis=1)
    wanted = np.minimum(rng.geometric(1 / _PER_EVENING, len(times)), _MOST)
    kept = np.arange(_MOST) < wanted[:, None]
    return np.nonzero(kept)[0], best[kept]


def _clock(row: Ints, times: Ints, rng: np.random.Generator) -> Ints:
    """Return a time for each event of an evening: one after the other, some seconds apart."""
    gaps = 8 + rng.exponential(45.0, len(row)).astype(np.int64)
    passed = np.cumsum(gaps)
    first = np.searchsorted(row, row)  # where this row's events begin
    return times[row] + passed - passed[first]


def _stars(liking: Floats, rng: np.random.Generator) -> Floats:
    noisy = 2.9 + liking + rng.normal(0.0, 0.55, len(liking))
    return np.clip(np.round(2 * noisy) / 2, 1.0, 5.0).astype(np.float32)


def _frame(films: pl.DataFrame, columns: list[Any]) -> pl.DataFrame:
    who, film, times, stars = columns
    names = [f"viewer-{number:04d}" for number in range(1, int(who.max()) + 2)]
    table = pl.DataFrame({"who": who, TIMESTAMP: times, VALUE: stars})
    return (
        table.with_columns(
            pl.Series(names).gather(who).alias(USER_ID),
            films[ITEM_ID].gather(film).alias(ITEM_ID),
            pl.lit("rating").alias(EVENT_TYPE),
        )
        .sort("who", TIMESTAMP, maintain_order=True)
        .select(USER_ID, ITEM_ID, TIMESTAMP, EVENT_TYPE, VALUE)
    )
