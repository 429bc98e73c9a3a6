"""The contract of every engine, and the powers some have besides."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Protocol, Self, runtime_checkable

from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from sommelier.data.dataset import Dataset
from sommelier.engines import storage
from sommelier.engines.query import Query
from sommelier.engines.ranking import Ranking, top_k
from sommelier.errors import NotFitted, WorkspaceError
from sommelier.types import Floats, Nums

__all__ = ["Engine", "EngineConfig", "Explains", "Similar", "Threads"]

Threads = Annotated[int, Setting(description="to work with; 0 is as many as there are", ge=0)]


class EngineConfig(BaseModel):
    """Base of every engine's settings: declared once, with type, bound, default and a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    threads: Threads = 0


class Engine(ABC):
    """Scores items for queries. Made with its `Config`, taught by `fit`, kept by `save`/`load`."""

    name: ClassVar[str]
    Config: ClassVar[type[EngineConfig]] = EngineConfig
    costly: ClassVar[bool] = False  # True: takes long or needs an extra, so fitted only when named
    n_items: int = 0  # set by fit and load; 0 is not fitted yet

    def __init__(self, config: EngineConfig | None = None) -> None:
        self.config = config or self.Config()

    @abstractmethod
    def fit(self, dataset: Dataset) -> Self:
        """Learn from a dataset; returns self."""

    @abstractmethod
    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or [n_queries, len(items)] for `items`."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything learned, by name; `restore` takes it back."""

    @abstractmethod
    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave; KeyError for a missing one reads as another version."""

    def save(self, folder: Path) -> None:
        """Write everything learned into an existing empty folder; no pickle."""
        n_items, config = self.ready(), self.config.model_dump(mode="json")
        storage.write(folder, self.name, n_items=n_items, config=config, arrays=self.arrays())

    @classmethod
    def load(cls, folder: Path, dataset: Dataset) -> Self:
        """Read what `save` wrote; WorkspaceError if it is of another version or catalogue."""
        config, arrays = storage.read(folder, cls.name, n_items=dataset.n_items)
        try:
            engine = cls(cls.Config.model_validate(config))
            engine.restore(arrays, dataset)
        except (ValidationError, KeyError) as error:
            raise WorkspaceError(
                f"The engine in {folder} was written by another version: {error}",
                hint=f"Fit it again: sommelier fit WORKSPACE --engines {cls.name}",
            ) from error
        engine.n_items = dataset.n_items
        return engine

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query, without what it has `seen`, ties by item_num."""
        n_items = self.ready()
        threads = self.config.threads
        return top_k(
            self.score, queries, k, n_items, candidates=candidates, seen=seen, threads=threads
        )

    def ready(self) -> int:
        """Return n_items, or raise NotFitted before `fit` or `load`."""
        if not self.n_items:
            raise NotFitted(
                f"The engine {self.name!r} has not learned anything yet.",
                hint=f"Fit it: sommelier fit WORKSPACE --engines {self.name}",
            )
        return self.n_items


@runtime_checkable
class Similar(Protocol):
    """Knows which items are like others."""

    def similar(self, items: Nums) -> Floats:
        """Return similarity float32 [len(items), n_items]; to itself an item is most similar."""


@runtime_checkable
class Explains(Protocol):
    """Knows which parts of the query a score came from."""

    def contributions(self, query: Query, item: int) -> dict[int, float]:
        """Return how much each history or liked item_num added to the score of `item`."""
