"""What instructions are made of: a catalogue, its log, what can be said of it, and a proposer."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from sommelier.data import splits
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.making import make_engine
from sommelier.errors import DataError, NotInstalled
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import open_encoder
from sommelier.tuning.instructions.sayings import Sayings

__all__ = ["Source"]


@dataclass(frozen=True, eq=False)
class Source:
    """A catalogue with its log, and an engine that proposes wrong answers.

    `proposer` must not have learned from anybody's last two events.
    """

    name: str
    dataset: Dataset
    sayings: Sayings
    proposer: Engine | None = None

    @classmethod
    def of(
        cls,
        name: str,
        dataset: Dataset,
        *,
        told: Sequence[str] | None = None,
        proposer: str = "knn",
    ) -> Self:
        """Return a source with its proposer fitted; without an encoder, wishes know no neighbours.

        `told` are the texts that wishes are read from, the catalogue's own by default; `proposer`
        is an engine's name, empty for none. DataError for a catalogue that says nothing at all.
        """
        texts = dataset.catalog.texts()
        if not any(texts):
            raise DataError(
                f"No item of {name!r} has a title, a text, a category or a tag to speak of.",
                hint="Give items texts, or set the kinds of their fields in sommelier.toml.",
            )
        vectors = None
        with suppress(NotInstalled):
            vectors = CachedEncoder(open_encoder()).encode(texts)
        engine = None
        if proposer:
            learned = splits.leave_last_out(dataset.interactions).train
            engine = make_engine(proposer).fit(dataset.with_interactions(learned))
        return cls(name, dataset, Sayings(dataset.catalog, told, vectors), engine)
