"""Simulated viewers: a few tastes each, which shift over the years, and the evenings they rate on.

All of it is drawn from one generator; no viewer is or resembles a real person.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from sommelier.data.demo.likeness import Likeness
from sommelier.types import Floats, Ints

__all__ = ["DAY", "FIRST", "FIRST_YEAR", "LAST", "Viewers"]

DAY: Final = 86_400
FIRST_YEAR: Final = 2019
FIRST: Final = 1_546_300_800  # its first day, in seconds since 1970 UTC
LAST: Final = 1_767_225_600  # 2026-01-01: the log ends before

_TASTES: Final = 3  # of one viewer
_KINSHIP: Final = 4.0  # how much a second taste leans towards the first
_EVENINGS: Final = 9.0  # of a viewer on average
_CLOCK: Final = (20.5, 2.2)  # mean and spread of the hour at which people rate


@dataclass(frozen=True, eq=False)
class Viewers:
    """Everything that is fixed of each viewer before anything is watched."""

    tastes: Ints  # [n_viewers, _TASTES] which
    anchors: Ints  # [n_viewers, _TASTES] a film that stands for each taste, to this viewer
    before: NDArray[np.float64]  # [n_viewers, _TASTES] weights of the tastes at the start
    after: NDArray[np.float64]  # and at the end of the viewer's years
    kindness: Floats  # [n_viewers] stars given beyond what others would give
    evenings: Ints  # [n_viewers, most] seconds, rising; those that are not used are 0
    n_evenings: Ints  # [n_viewers]

    @classmethod
    def draw(cls, n: int, likeness: Likeness, fame: Floats, rng: np.random.Generator) -> Self:
        """Draw `n` viewers; tastes with better known films have more followers."""
        tastes = _tastes(n, likeness, fame, rng)
        weights = rng.dirichlet(np.full(_TASTES, 0.5), size=(2, n))
        n_evenings = 3 + rng.poisson(rng.gamma(1.2, (_EVENINGS - 3) / 1.2, n))
        return cls(
            tastes=tastes,
            anchors=_anchors(tastes, likeness, fame, rng),
            before=weights[0],
            after=weights[1],
            kindness=rng.normal(0.0, 0.35, n).astype(np.float32),
            evenings=_evenings(n_evenings, rng),
            n_evenings=n_evenings,
        )

    def taste_on(self, who: Ints, evening: int, rng: np.random.Generator) -> Ints:
        """Return which of their tastes [len(who)] these viewers follow on an evening."""
        times = self.evenings[who, evening]
        first = self.evenings[who, 0]
        last = self.evenings[who, self.n_evenings[who] - 1]
        passed = ((times - first) / np.maximum(1, last - first))[:, None]
        weights = (1 - passed) * self.before[who] + passed * self.after[who]
        drawn = np.sum(rng.random((len(who), 1)) > np.cumsum(weights, axis=1), axis=1)
        return np.asarray(np.minimum(drawn, _TASTES - 1), np.int64)


def _tastes(n: int, likeness: Likeness, fame: Floats, rng: np.random.Generator) -> Ints:
    """Return each viewer's tastes: the first by its following, the others rather akin to it."""
    following = 0.6 * np.log(np.exp(fame) @ np.exp(3.0 * likeness.tastes).T)
    chance = rng.gumbel(size=(n, len(following)))
    first = np.argmax(following + chance, axis=1)
    akin = _KINSHIP * np.asarray(np.corrcoef(likeness.tastes))
    np.fill_diagonal(akin, np.inf)  # the first stays the first
    order = np.argsort(-(following + akin[first] + chance), axis=1)
    return order[:, :_TASTES]


def _anchors(tastes: Ints, likeness: Likeness, fame: Floats, rng: np.random.Generator) -> Ints:
    found = np.empty_like(tastes)
    for taste, row in enumerate(likeness.tastes):
        weight = np.exp((3.0 * row + fame).astype(np.float64))
        followers = tastes == taste
        found[followers] = rng.choice(len(row), int(followers.sum()), p=weight / weight.sum())
    return found


def _evenings(n_evenings: Ints, rng: np.random.Generator) -> Ints:
    """Return when each evening begins: days spread over the viewer's years, mostly after dinner."""
    n, most = len(n_evenings), int(n_evenings.max())
    n_days = (LAST - FIRST) // DAY
    start = rng.random(n) * 0.85
    length = np.minimum(1 - start, 0.05 + rng.exponential(0.35, n))
    share = start[:, None] + rng.random((n, most)) * length[:, None]
    days = np.minimum((share * n_days).astype(np.int64), n_days - 2)
    hours = np.clip(rng.normal(*_CLOCK, (n, most)), 7.0, 25.0)
    times = FIRST + days * DAY + (hours * 3600).astype(np.int64)
    unused = np.arange(most) >= n_evenings[:, None]
    times = np.sort(np.where(unused, np.iinfo(np.int64).max, times), axis=1)
    return np.where(unused, 0, times)
