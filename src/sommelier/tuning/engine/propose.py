"""What to try next: Optuna's tree-structured Parzen estimator (Bergstra et al. 2011).

A proposal depends on the space, the rows so far and the seed alone, so a study that was killed goes
on exactly as it would have gone. Knows no engine.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sommelier import extras
from sommelier.tuning.engine.journal import Row
from sommelier.tuning.engine.spaces import Choices, Range, Space
from sommelier.types import Json

__all__ = ["propose"]

_TRIES = 20  # random draws until the space counts as exhausted


def propose(space: Space, rows: Sequence[Row], seed: int) -> Json | None:
    """Return settings of `fit` that no row has; None where there seem to be no others.

    NotInstalled without Optuna.
    """
    optuna = extras.load("optuna", extra="tune")
    known = [row.fit for row in rows]
    for attempt in range(_TRIES):
        drawn = int(np.random.SeedSequence([seed, len(rows), attempt]).generate_state(1)[0])
        kind = optuna.samplers.RandomSampler if attempt else optuna.samplers.TPESampler
        found = _asked(optuna, space, rows, kind(seed=drawn))
        if found not in known:
            return found
    return None


def _asked(optuna: Any, space: Space, rows: Sequence[Row], sampler: Any) -> Json:
    places = {name: _distribution(optuna, place) for name, place in space.fit.items()}
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for row in rows:
        if space.holds(row.fit):
            made = optuna.trial.create_trial(params=row.fit, distributions=places, value=row.score)
            study.add_trial(made)
    return {name: _rounded(value) for name, value in study.ask(places).params.items()}


def _distribution(optuna: Any, place: Range | Choices) -> Any:
    if not isinstance(place, Range):
        return optuna.distributions.CategoricalDistribution(place)
    kinds = optuna.distributions
    kind = kinds.IntDistribution if place.whole else kinds.FloatDistribution
    return kind(place.low, place.high, log=place.log)


def _rounded(value: Any) -> Any:
    """Return a number with four digits, as people would write it; other values as they are."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
