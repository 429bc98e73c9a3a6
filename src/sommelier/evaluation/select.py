"""Which engine answers by default, and with which settings: decided on validation, never on test.

A trial is one engine with some settings. Settings that only shape the query (the decay of the
history) share one fit, so trying several of them costs a ranking each. On a large log the trials
see a sample of the people, whole histories each; the winner is fitted on everything afterwards.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.engines.making import make_engine
from sommelier.evaluation.measure import Progress, measure
from sommelier.evaluation.protocols import Protocol, Task, make_task
from sommelier.evaluation.significance import interval
from sommelier.types import Json

__all__ = ["DECAYS", "Choice", "Trial", "choose_engine", "thinned"]

DECAYS: Final = (1.0, 0.9, 0.8, 0.6, 0.4)
_QUERY_ONLY: Final = ("decay", "disliked", "cold", "said")  # settings that `fit` never looks at
_MEASURE: Final = "N"


@dataclass(frozen=True)
class Trial:
    """One engine with some settings, and its mean N@k on validation with a 95 % interval."""

    engine: str
    settings: Json
    score: float
    low: float
    high: float


@dataclass(frozen=True)
class Choice:
    """The winner's name and settings, and every trial, best first."""

    engine: str
    settings: Json
    trials: tuple[Trial, ...]
    protocol: Protocol

    def settings_of(self, engine: str) -> Json:
        """Return the best settings found for one of the engines tried."""
        return next(trial.settings for trial in self.trials if trial.engine == engine)


def choose_engine(
    dataset: Dataset,
    names: Sequence[str],
    *,
    grid: Mapping[str, Sequence[Json]] | None = None,
    fixed: Mapping[str, Json] | None = None,
    protocol: Protocol | None = None,
    max_events: int | None = 1_000_000,
    progress: Progress = lambda _what: None,
) -> Choice:
    """Try engines by N@k on validation and return the best; ties go to the one named first.

    `grid` gives the settings to try by engine; an engine without an entry tries DECAYS if it has
    that setting. `fixed` gives settings by engine that are not for trial. `protocol` is
    leave-last-out with 2,000 users by default; its stage is always validation. DataError where the
    log is too small to hold anything out.
    """
    asked = protocol or Protocol(users=2000)
    asked = asked.model_copy(update={"stage": "validation", "fit_validation": False})
    task = make_task(thinned(dataset, max_events, seed=asked.seed), asked)
    trials: list[Trial] = []
    for name in names:
        held = (fixed or {}).get(name, {})
        settings = (grid or {}).get(name) or _decays(name, held)
        trials += _try(name, [{**way, **held} for way in settings], task, progress)
    ranked = sorted(trials, key=lambda trial: -trial.score)
    return Choice(ranked[0].engine, ranked[0].settings, tuple(ranked), asked)


def thinned(dataset: Dataset, max_events: int | None, *, seed: int) -> Dataset:
    """Return the whole histories of random users, about `max_events` events; all if they fit."""
    log = dataset.interactions
    if max_events is None or len(log) <= max_events:
        return dataset
    sizes = np.diff(log.starts)
    order = np.random.default_rng(seed).permutation(log.n_users)
    kept = order[np.cumsum(sizes[order]) <= max_events]
    chosen = np.zeros(log.n_users, bool)
    chosen[kept] = True
    return dataset.with_interactions(log.keep(chosen[log.users]))


def _decays(name: str, held: Json) -> list[Json]:
    if "decay" in held or "decay" not in type(make_engine(name)).Config.model_fields:
        return [{}]
    return [{"decay": decay} for decay in DECAYS]


def _try(name: str, grid: Iterable[Json], task: Task, progress: Progress) -> list[Trial]:
    """Measure one engine with each of the settings, fitting it as seldom as possible."""
    by_fit: dict[str, list[Json]] = {}
    for settings in grid:
        learned = {key: value for key, value in settings.items() if key not in _QUERY_ONLY}
        by_fit.setdefault(repr(sorted(learned.items())), []).append(settings)
    trials = []
    for group in by_fit.values():
        progress(f"{name}: trying {', '.join(map(_shown, group))}")
        engine = make_engine(name, group[0]).fit(task.train)
        for settings in group:
            engine.config = make_engine(name, settings).config
            values = measure(engine, task).accuracy[_MEASURE]
            low, high = interval(values, seed=task.protocol.seed)
            trials.append(Trial(name, settings, float(values.mean()), low, high))
    return trials


def _shown(settings: Json) -> str:
    return " ".join(f"{key}={value}" for key, value in settings.items()) or "defaults"
