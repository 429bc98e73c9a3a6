"""What everybody takes, the latest counting most. Knows nothing of the person who asks."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query
from sommelier.types import Floats, Nums

__all__ = ["Popularity", "PopularityConfig"]

_DAY = 86_400.0


class PopularityConfig(EngineConfig):
    """How fast fame fades."""

    half_life: Annotated[
        float | None,
        Setting(description="days after which an event counts half; none: always whole", gt=0),
    ] = 180.0


class Popularity(Engine):
    """Counts events per item; an event `d` days before the newest one counts 0.5^(d / half_life).

    Where the log has no times, all events count one.
    """

    name: ClassVar[str] = "popularity"
    Config: ClassVar[type[EngineConfig]] = PopularityConfig
    config: PopularityConfig
    exact: ClassVar[bool] = True
    counts: Floats  # [n_items]

    def fit(self, dataset: Dataset) -> Self:
        """Count; a catalogue without events gives zeros."""
        log = dataset.interactions
        weights = None
        if log.times is not None and self.config.half_life is not None and len(log):
            age = (log.times.max() - log.times) / _DAY
            weights = np.exp2(-age / self.config.half_life)
        counts = np.bincount(log.items, weights, minlength=dataset.n_items)
        self.counts = counts.astype(np.float32)
        self.n_items = dataset.n_items
        return self

    def fit_partial(self, dataset: Dataset, former: Dataset) -> Self:
        """Count anew: that takes no longer than to find what was added."""
        return self.fit(dataset)

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items, which nobody has met."""
        self.counts = np.pad(self.counts, (0, newcomers(self, dataset)))
        self.n_items = dataset.n_items
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return the same counts for every query."""
        n_items = self.ready()
        counts = self.counts if items is None else self.counts[items]
        width = n_items if items is None else len(items)
        return np.broadcast_to(counts, (len(queries), width))

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the counts."""
        return {"counts": self.counts}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take the counts back."""
        self.counts = arrays["counts"]
