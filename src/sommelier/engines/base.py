"""The contract of every engine, and the powers some have besides."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel, ConfigDict

from sommelier.data.dataset import Dataset
from sommelier.engines.query import Query
from sommelier.engines.ranking import Ranking, top_k
from sommelier.errors import NotFitted
from sommelier.types import Floats, Nums

__all__ = ["Engine", "EngineConfig", "Explains", "Similar"]


class EngineConfig(BaseModel):
    """Base of every engine's settings: declared once, with type, bound, default and a sentence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Engine(ABC):
    """Scores items for queries. Made with its `Config`, taught by `fit`, kept by `save`/`load`."""

    name: ClassVar[str]
    Config: ClassVar[type[EngineConfig]] = EngineConfig
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
    def save(self, folder: Path) -> None:
        """Write everything learned into an existing empty folder (see `storage`); no pickle."""

    @classmethod
    @abstractmethod
    def load(cls, folder: Path, dataset: Dataset) -> Self:
        """Read what `save` wrote; WorkspaceError if it is of another version or catalogue."""

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query, without what it has `seen`, ties by item_num."""
        if not self.n_items:
            raise NotFitted(f"The engine {self.name!r} has not learned anything yet.")
        return top_k(self.score, queries, k, self.n_items, candidates=candidates, seen=seen)


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
