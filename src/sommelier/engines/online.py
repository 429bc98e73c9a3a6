"""What engines do about items and events that came after they learned, short of learning anew.

New events of the person who asks need none of this: they are part of the query. Here is what the
engine itself can take up.
"""

from typing import ClassVar, Protocol, Self, runtime_checkable

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.errors import DataError

__all__ = ["FitPartial", "Grows", "newcomers"]


@runtime_checkable
class Grows(Protocol):
    """Takes up items that were added to the catalogue; what it learned of the others stays."""

    def grow(self, dataset: Dataset) -> Self:
        """Take up a catalogue that begins with the one it learned from; returns self.

        New items stand by their text and attributes where the engine reads any, else as items that
        nobody has met. DataError for a catalogue that is smaller.
        """


@runtime_checkable
class FitPartial(Protocol):
    """Learns what was added, in less time than it takes to learn all anew."""

    exact: ClassVar[bool]  # whether it comes to what `fit` would, but for rounding

    def fit_partial(self, dataset: Dataset, former: Dataset) -> Self:
        """Learn `dataset` having learned `former`, with whose catalogue it begins; returns self.

        Users are matched by their ids; events may have been added and taken away.
        """


def newcomers(engine: Engine, dataset: Dataset) -> int:
    """Return how many items of a catalogue are new to a fitted engine; DataError if some went."""
    more = dataset.n_items - engine.ready()
    if more < 0:
        raise DataError(
            f"The engine {engine.name!r} knows {engine.n_items:,} items, but the catalogue has "
            f"only {dataset.n_items:,}: it can take up items, not give them up.",
            hint=f"Fit it again: sommelier fit WORKSPACE --engines {engine.name}",
        )
    return more
