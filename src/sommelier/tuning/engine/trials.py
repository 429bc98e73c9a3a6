"""One trial: an engine fitted with some settings, and measured on people's last held-out event.

The people measured are two halves. One chooses, the other has no say and checks: the best of many
trials always looks better than it is to those who chose it. Validation only, test is never seen.
"""

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.making import make_engine
from sommelier.errors import ConfigError, DataError
from sommelier.evaluation.measure import measure
from sommelier.evaluation.metrics import Values
from sommelier.evaluation.protocols import Protocol, make_task
from sommelier.evaluation.select import thinned
from sommelier.evaluation.significance import interval
from sommelier.tuning.engine.journal import Row
from sommelier.tuning.engine.spaces import Space
from sommelier.types import Json

__all__ = ["Bench"]


class Bench:
    """An engine on its task. Fitting again with the same settings costs nothing."""

    def __init__(
        self,
        dataset: Dataset,
        name: str,
        fixed: Mapping[str, object],
        *,
        users: int,
        max_events: int | None,
        seed: int,
    ) -> None:
        """`users` choose and as many others check; half of them each where they are fewer."""
        asked = Protocol(stage="validation", users=2 * users, seed=seed)
        self.task = make_task(thinned(dataset, max_events, seed=seed), asked)
        if len(self.task) < 2 * users:  # then its sentence should say so
            self.task = replace(self.task, protocol=asked.model_copy(update={"users": None}))
        if len(self.task) < 2:
            raise DataError(
                "There is one person with an event to hold out, and it takes two.",
                hint="It needs people with at least three events.",
            )
        self.name = name
        self.fixed = dict(fixed)
        order = np.random.default_rng(seed).permutation(len(self.task))
        self._choose, self._check = np.array_split(order, 2)
        self._fitted: tuple[Json, Engine] | None = None

    @property
    def people(self) -> tuple[int, int]:
        """How many choose, and how many check."""
        return len(self._choose), len(self._check)

    def default(self, space: Space) -> Json:
        """Return the settings of a space as they are when nobody sets them."""
        config = make_engine(self.name, self.fixed).config
        return {name: getattr(config, name) for name in sorted(space.names)}

    def measured(self, fit: Json, asks: list[Json], default: Row | None) -> Row:
        """Return the row of one fit, asked in the best of some ways, the first of equals.

        Without the row of the `default` this becomes it.
        """
        began = time.perf_counter()
        tried = [(ask, self._values(fit, ask)) for ask in asks]
        ask, values = max(tried, key=lambda one: one[1][self._choose].mean())
        choose, check = values[self._choose], values[self._check].round(6)
        more = check - (np.array(default.values) if default else check)
        seed = self.task.protocol.seed
        low, high = interval(choose, seed=seed)
        return Row(
            fit=fit,
            ask=ask,
            score=float(choose.mean()),
            low=low,
            high=high,
            others=float(check.mean()),
            gain=(float(more.mean()), *interval(more, seed=seed)),
            seconds=round(time.perf_counter() - began, 3),
            values=() if default else tuple(check.tolist()),
        )

    def digest(self, space: Space) -> str:
        """Return a word that changes with whatever would make the trials another study's."""
        log, wanted = self.task.train.interactions, self.task.relevant
        told = {
            "space": space.model_dump(),
            "default": self.default(space),
            "fixed": self.fixed,
            "protocol": self.task.protocol.model_dump(),
            "texts": self.task.train.catalog.texts(),
        }
        found = hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=6)
        for array in (log.users, log.items, log.times, self.task.users, wanted.indices):
            found.update(b"" if array is None else np.ascontiguousarray(array).data)
        return found.hexdigest()

    def _values(self, fit: Json, ask: Json) -> Values:
        """Return N@k of each person measured [n_users]; zeros for what the engine refuses."""
        try:
            wanted = make_engine(self.name, {**self.fixed, **fit, **ask})
        except ConfigError:  # settings that are good one by one, but not together
            return np.zeros(len(self.task))
        if self._fitted is None or self._fitted[0] != fit:
            self._fitted = None  # so that only one engine is held at a time
            self._fitted = fit, wanted.fit(self.task.train)
        engine = self._fitted[1]
        engine.config = wanted.config
        return measure(engine, self.task).accuracy["N"]
