"""The items' codes as words: `<a_12><b_7><c_201>` is one item, and no two items are the same.

Codes are those of the engine `semantic_id`: its vectors of text and company, its quantiser, its way
to tell equals apart. Knows neither a model nor a tokenizer.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.engines.meaning import Meaning
from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.engines.semantic_id.training import quantise
from sommelier.engines.semantic_id.vectors import item_vectors
from sommelier.errors import DataError, WorkspaceError
from sommelier.llm.encoder import Encoder
from sommelier.types import Ints, Nums

__all__ = ["FILE", "Vocabulary"]

FILE: Final = "index.safetensors"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"  # one a level


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The codes of a catalogue's items, and the words they are written as."""

    codes: Ints  # [n_items, n_levels], unique
    catalogue: str  # a digest of the ids of the items, in order

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        config: SemanticIdConfig | None = None,
        encoder: Encoder | None = None,
    ) -> Self:
        """Give items codes by their texts and by the events of `dataset`, which must be past ones.

        Texts count only where an encoder is installed. DataError without items.
        """
        from threadpoolctl import threadpool_limits

        config = config or SemanticIdConfig()
        if not dataset.n_items or config.levels >= len(_LETTERS):
            raise DataError(
                f"{dataset.n_items} items cannot be named on {config.levels} levels.",
                hint="It needs at least one item, and at most 25 levels.",
            )
        log = dataset.interactions
        with threadpool_limits(1, "blas"):  # codes must not hang on the number of threads
            meaning = Meaning.of(dataset.catalog.texts(), encoder, threads=1)
            text = meaning.vectors.astype(np.float32)
            vectors = item_vectors(text, log, directions=config.directions, weight=config.company)
            met = np.bincount(log.items, minlength=log.n_items)
            codes = quantise(vectors, met, config).codes
        return cls(np.asarray(codes, np.int64), _digest(dataset.catalog))

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def starts(self) -> Ints:
        """Where each level's words begin in `words` [n_levels + 1]."""
        return np.concatenate([[0], np.cumsum(self.codes.max(axis=0) + 1)])

    @cached_property
    def words(self) -> list[str]:
        """All words, level by level."""
        sizes = np.diff(self.starts).tolist()
        return [
            f"<{letter}_{code}>"
            for letter, size in zip(_LETTERS, sizes, strict=False)
            for code in range(size)
        ]

    def written(self, items: Sequence[int] | Nums) -> str:
        """Return items, one after the other, as they are written."""
        places = self.codes[np.asarray(items, np.int64)] + self.starts[:-1]
        return "".join(self.words[place] for place in places.ravel().tolist())

    def check(self, catalog: Catalog) -> None:
        """Raise WorkspaceError if the codes are of another catalogue."""
        if self.catalogue != _digest(catalog):
            raise WorkspaceError(
                "These codes belong to another catalogue, or to another version of it.",
                hint="Make them again: sommelier tune indexing make WORKSPACE --out FOLDER",
            )

    def save(self, folder: Path) -> None:
        """Write `index.safetensors` into a folder."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f"{FILE}.part"
        save_file({"codes": self.codes}, part, metadata={"catalogue": self.catalogue})
        part.replace(folder / FILE)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; DataError where there is no such file, or a broken one."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(folder / FILE, "np") as file:
                return cls(file.get_tensor("codes"), (file.metadata() or {})["catalogue"])
        except (OSError, SafetensorError, KeyError) as error:
            raise DataError(
                f"The codes in {folder / FILE} cannot be read: {error}",
                hint="Make them: sommelier tune indexing make WORKSPACE --out FOLDER",
            ) from error


def _digest(catalog: Catalog) -> str:
    return hashlib.sha256("\n".join(catalog.ids).encode()).hexdigest()[:16]
