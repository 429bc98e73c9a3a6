"""A dataset: the catalogue and the log together, as engines and protocols take them."""

from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from sommelier.data.catalog import Catalog
from sommelier.data.interactions import Interactions

__all__ = ["Dataset"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """What there is to learn from; `users` holds one row per user_id where a file gave them."""

    catalog: Catalog
    interactions: Interactions
    users: pl.DataFrame | None = None

    @property
    def n_items(self) -> int:
        """How many items the catalogue has."""
        return len(self.catalog)

    @property
    def n_users(self) -> int:
        """How many users the log numbers."""
        return self.interactions.n_users

    def with_interactions(self, interactions: Interactions) -> Self:
        """Return the same catalogue with other events, for instance a training part."""
        return replace(self, interactions=interactions)
