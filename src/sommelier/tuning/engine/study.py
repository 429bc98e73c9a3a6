"""A search for the settings of one engine: budgeted, stopped at will, gone on with later.

First the default is measured, then its fit asked in every way, then what people have set so far,
then what the sampler proposes. A trial is a fit. Everything found is kept in a journal whose name
tells engine, data, space and protocol, so that only trials of the same question meet.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sommelier import extras
from sommelier.data.dataset import Dataset
from sommelier.data.versions import locked
from sommelier.engines.making import make_engine
from sommelier.errors import UsageError
from sommelier.tuning.engine.journal import Journal, Row
from sommelier.tuning.engine.propose import propose
from sommelier.tuning.engine.spaces import Space, space_of
from sommelier.tuning.engine.trials import Bench
from sommelier.types import Json

__all__ = ["TRIALS", "Progress", "Tuned", "tune"]

TRIALS: Final = 30  # where neither trials nor minutes are given


@dataclass(frozen=True)
class Progress:
    """How far a search has come: the share of its budget, and the trials so far."""

    done: float  # 0 to 1
    default: Row
    tried: tuple[Row, ...]


@dataclass(frozen=True)
class Tuned:
    """What a search has found."""

    engine: str
    default: Row
    tried: tuple[Row, ...]  # in the order of trial; never empty
    protocol: str  # in words
    people: tuple[int, int]  # how many choose, how many check
    journal: Path
    ended: str  # "budget", "stopped" by a person, or "exhausted": there was no more to try

    @property
    def best(self) -> Row:
        """The trial that those who choose like best, the first of equals."""
        return max(self.tried, key=lambda row: row.score)

    @property
    def better(self) -> bool:
        """Whether the best beats the default beyond chance, for people who had no say."""
        return self.best.gain[1] > 0


def tune(
    dataset: Dataset,
    engine: str,
    folder: Path,
    *,
    settings: Mapping[str, object] | None = None,
    trials: int | None = None,
    minutes: float | None = None,
    users: int = 2000,
    max_events: int | None = 1_000_000,
    seed: int = 0,
    report: Callable[[Progress], object] = lambda _told: None,
) -> Tuned:
    """Search for settings until there are so many trials in all, or for so many minutes.

    The journal is kept in `folder`; the same call goes on with it. `settings` is what people have
    set so far: it is tried too, and those of it that are not searched hold in every trial. `users`
    people choose and as many others check. An interrupt ends the search early, once something has
    been tried. DataError where nothing can be held out, UsageError for a bad budget, ConfigError
    for bad settings, NotInstalled without Optuna.
    """
    _check(trials, minutes, users)
    extras.load("optuna", extra="tune")
    space, given = space_of(engine), dict(settings or {})
    make_engine(engine, given)  # a mistake in what people have set is told before the work
    fixed = {name: value for name, value in given.items() if name not in space.names}
    bench = Bench(dataset, engine, fixed, users=users, max_events=max_events, seed=seed)
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        journal = Journal.open(folder / f"{engine}-{bench.digest(space)}.jsonl")
        ended = _Search(bench, space, given, journal, seed).run(_Budget(trials, minutes), report)
    return Tuned(
        engine,
        journal.rows[0],
        tuple(journal.rows[1:]),
        bench.task.protocol.sentence(),
        bench.people,
        journal.path,
        ended,
    )


class _Budget:
    """How much is left, counted from when it was made."""

    def __init__(self, trials: int | None, minutes: float | None) -> None:
        self._trials = TRIALS if trials is None and minutes is None else trials
        self._minutes = minutes
        self._began = time.monotonic()

    def used(self, tried: int) -> float:
        """Return the share that is used up after so many trials in all, 0 to 1."""
        spent = (time.monotonic() - self._began) / 60
        shares = ((tried, self._trials), (spent, self._minutes))
        return min(1.0, max(part / whole for part, whole in shares if whole is not None))


@dataclass(frozen=True)
class _Search:
    """The loop over trials."""

    bench: Bench
    space: Space
    given: Json
    journal: Journal
    seed: int

    def run(self, budget: _Budget, report: Callable[[Progress], object]) -> str:
        """Add trials to the journal until the budget is used up, at least one; say why it ended."""
        rows = self.journal.rows
        default = self.bench.default(self.space)
        now = {name: self.given.get(name, value) for name, value in default.items()}
        starts = [{name: at[name] for name in self.space.fit} for at in (default, now)]
        asks = self.space.asked(default, now)
        try:
            if not rows:
                self.journal.add(self.bench.measured(starts[0], asks[:1], None))
            while len(rows) == 1 or budget.used(len(rows) - 1) < 1:
                report(_progress(rows, budget))
                fit = self._next(starts)
                if fit is None:
                    return "exhausted"
                self.journal.add(self.bench.measured(fit, asks, rows[0]))
        except KeyboardInterrupt:
            if len(rows) < 2:
                raise
            return "stopped"
        report(_progress(rows, budget))
        return "budget"

    def _next(self, starts: list[Json]) -> Json | None:
        tried = self.journal.rows[1:]
        known = [row.fit for row in tried]
        new = [fit for fit in starts if fit not in known and self.space.holds(fit)]
        return new[0] if new else propose(self.space, tried, self.seed)


def _progress(rows: list[Row], budget: _Budget) -> Progress:
    return Progress(budget.used(len(rows) - 1), rows[0], tuple(rows[1:]))


def _check(trials: int | None, minutes: float | None, users: int) -> None:
    for name, value in (("trials", trials), ("minutes", minutes), ("users", users)):
        if value is not None and not value > 0:
            raise UsageError(
                f"A search with {name} = {value} would never begin.",
                hint=f"Give {name} above 0; a trial is one fit of the engine.",
            )
