"""A corpus of hostile texts, one JSON object a line, and the shop that one of them is planted in.

The control of an attack is the same item with the same words in another order: what matching by
words honestly gives is the same for both, what the words order is not.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset

__all__ = ["PLANTED", "Attack", "planted", "read"]

PLANTED = ("title", "description", "tag", "split")  # places within an item


@dataclass(frozen=True)
class Attack:
    """One hostile text: where it stands, how it is written, and what it wants."""

    id: str
    place: (
        str  # title, description, tag, split (over all three), user_id, message, feedback, filter
    )
    style: str
    language: str
    wants: str  # rank, prompt, profile, key or reply
    text: str

    @property
    def parts(self) -> tuple[str, ...]:
        """The pieces of a text that is split over several fields."""
        return tuple(self.text.split(" ## "))

    def shuffled(self) -> "Attack":
        """Return the control: the same words, in an order that says nothing."""
        rng = random.Random(self.id)

        def mixed(text: str) -> str:
            words = text.split() if len(text.split()) > 2 else list(text)
            rng.shuffle(words)
            return (" " if len(text.split()) > 2 else "").join(words)

        return Attack(
            self.id,
            self.place,
            self.style,
            self.language,
            self.wants,
            " ## ".join(map(mixed, self.parts)),
        )


def read(path: Path) -> list[Attack]:
    """Read a corpus."""
    return [Attack(**json.loads(line)) for line in path.read_text("utf-8").splitlines() if line]


def planted(dataset: Dataset, item: str, attack: Attack) -> Dataset:
    """Return the dataset with a text in one item's title, description and keywords."""
    table, parts = dataset.catalog.table, attack.parts
    title, tag, prose = {
        "title": (attack.text, "", ""),
        "tag": ("", attack.text, ""),
        "description": ("", "", attack.text),
        "split": (parts[0], *(*parts[1:], "", "")[:2]),
    }[attack.place]
    here = pl.col("item_id") == item
    changed = table.with_columns(
        _put(here, "title", title),
        _put(here, "description", prose),
        pl.when(here & pl.lit(bool(tag)))
        .then(pl.concat_list("keywords", pl.lit([tag], dtype=pl.List(pl.String))))
        .otherwise(pl.col("keywords"))
        .alias("keywords"),
    )
    return Dataset(Catalog(changed, dataset.catalog.schema), dataset.interactions)


def _put(here: pl.Expr, name: str, text: str) -> pl.Expr:
    return pl.when(here & pl.lit(bool(text))).then(pl.lit(text)).otherwise(pl.col(name)).alias(name)
