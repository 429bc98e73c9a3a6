"""Follows instructions: taste from a trained engine, and what was said from a tuned encoder.

Another engine, the base, scores the history. A MiniLM whose query side was tuned on instructions
reads the words, and the items stand beside it as the plain MiniLM sees them, turned by a small
learned map; words that an item shares count besides. The three are brought to one scale over the
items asked about and added. The base never hears what was said, and where nothing is said its
scores come through untouched, so an empty instruction costs nothing. That words lose to taste as a
history grows was tried and chosen away on people kept for that.

After InstructRec (Zhang et al. 2023), with an encoder in the place of a large language model.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting

from sommelier import registry
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.instruct.following import Follower, open_follower
from sommelier.engines.instruct.words import Words
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query
from sommelier.errors import DataError, WorkspaceError
from sommelier.types import Floats, Json, Nums

__all__ = ["Instruct", "InstructConfig"]

_LONGEST = 2_000  # letters of an instruction that are read; the encoder itself reads 256 tokens


class InstructConfig(EngineConfig):
    """What counts how much. The weights were chosen on people kept for that, see the card."""

    base: Annotated[str, Setting(description="the engine of taste; empty for words alone")] = (
        "content"
    )
    settings: Annotated[Json | None, Setting(description="of the base; none: its own")] = None
    meaning: Annotated[
        float, Setting(description="weight of what was said, beside the base's 1", ge=0)
    ] = 3.0
    words: Annotated[float, Setting(description="weight of words that items share", ge=0)] = 2.0


class Instruct(Engine):
    """A base engine for taste, a tuned encoder for words."""

    name: ClassVar[str] = "instruct"
    Config: ClassVar[type[EngineConfig]] = InstructConfig
    config: InstructConfig
    base: Engine | None
    _words: Words
    _items: NDArray[np.float16]  # [n_items, size] unit vectors
    _made_by: str

    def __init__(
        self, config: EngineConfig | None = None, follower: Follower | None = None
    ) -> None:
        """Without a `follower` the installed one is opened when it is first needed."""
        super().__init__(config)
        self.follower = follower

    def fit(self, dataset: Dataset) -> Self:
        """Fit the base and read the catalogue; DataError if no item has a text."""
        texts = dataset.catalog.texts()
        if not any(texts):
            raise DataError(
                "No item of this catalogue has a text, so no instruction can be followed.",
                hint="Give items a title, a description, categories or tags.",
            )
        follower = self._follower()  # what is not installed is told before the work
        self.base = self._new_base()
        if self.base is not None:
            self.base.fit(dataset)
        self._words, self._made_by = Words.of(texts), follower.name
        self._items = follower.items(texts, threads=self.config.threads).astype(np.float16)
        self.n_items = dataset.n_items
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items] or [n_queries, len(items)]."""
        n_items = self.ready()
        width = n_items if items is None else len(items)
        scores = np.zeros((len(queries), width), np.float32)
        if self.base is not None:
            silent = [replace(query, text="") if query.text else query for query in queries]
            scores += self.base.score(silent, items)
        said = [row for row, query in enumerate(queries) if query.text.strip()]
        if said:
            taste = _standard(scores[said])
            taste[[not len(queries[row].seen) for row in said]] = 0.0
            told = self._told([queries[row].text[:_LONGEST] for row in said], items)
            scores[said] = taste + told
        return scores

    def grow(self, dataset: Dataset) -> Self:
        """Learn anew: known texts are not read again, and the base goes on as it can."""
        newcomers(self, dataset)
        return self.fit(dataset)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the items' vectors and words; the base writes its own folder."""
        return {
            "items": self._items,
            "follower": np.frombuffer(self._made_by.encode(), np.uint8),
            **self._words.arrays(),
        }

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self._items = arrays["items"]
        self._made_by = arrays["follower"].tobytes().decode()
        self._words = Words.restored(arrays, dataset.n_items)

    def save(self, folder: Path) -> None:
        """Write everything learned, the base in a folder of its own."""
        super().save(folder)
        if self.base is not None:
            (folder / "base").mkdir()
            self.base.save(folder / "base")

    @classmethod
    def load(cls, folder: Path, dataset: Dataset) -> Self:
        """Read what `save` wrote; WorkspaceError if it is of another version or catalogue."""
        engine = super().load(folder, dataset)
        name = engine.config.base
        engine.base = (
            cast(type[Engine], registry.load("engines", name)).load(folder / "base", dataset)
            if name
            else None
        )
        return engine

    def _new_base(self) -> Engine | None:
        if not self.config.base:
            return None
        kind: type[Engine] = registry.load("engines", self.config.base)
        settings = {"threads": self.config.threads, **(self.config.settings or {})}
        return kind(kind.Config.model_validate(settings))

    def _follower(self) -> Follower:
        if self.follower is None:
            self.follower = open_follower()
        return self.follower

    def _told(self, texts: Sequence[str], items: Nums | None) -> Floats:
        """Return what was said as scores [len(texts), n], on one scale."""
        follower = self._follower()
        if follower.name != self._made_by:
            raise WorkspaceError(
                f"The items were read by {self._made_by!r}, but {follower.name!r} is here now.",
                hint=f"Fit it again: sommelier fit WORKSPACE --engines {self.name}",
            )
        rows = self._items if items is None else self._items[items]
        near = follower.asked(texts) @ rows.T.astype(np.float32)
        found = self.config.meaning * _standard(near)
        if self.config.words:
            shared = self._words.score(texts)
            found += self.config.words * _standard(shared if items is None else shared[:, items])
        return found


def _standard(scores: Floats) -> Floats:
    """Return each row with mean 0 and deviation 1; zeros where it does not differ."""
    spread = scores.std(axis=1, keepdims=True)
    moved = scores - scores.mean(axis=1, keepdims=True)
    return np.asarray(np.where(spread < 1e-9, 0.0, moved / np.maximum(spread, 1e-9)), np.float32)
