"""The engine `semantic_id`: the next item is written code by code, its score how likely that is.

Whoever asks, the history is read anew, so strangers, sessions and known users take the same path,
and new events count at once. Codes are unique, so an item that is written is one item. Learning
needs torch; scoring needs NumPy and ONNX Runtime.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.meaning import Meaning
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, cells
from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.serving import Generator, Parts, grown
from sommelier.engines.semantic_id.training import learn
from sommelier.engines.sequence.run import Progress
from sommelier.engines.sequence.serving import sequence
from sommelier.engines.sequence.shape import EXTRA
from sommelier.engines.sequence.space import unit
from sommelier.errors import DataError
from sommelier.extras import load
from sommelier.llm.encoder import Encoder
from sommelier.types import Floats, Nums

__all__ = ["SemanticId"]

_HINT = "Fit it again: sommelier fit WORKSPACE --engines semantic_id"


class SemanticId(Engine):
    """Order and codes of a history, from a transformer that writes codes.

    Of a query: the history and then the liked items, newest last, without what weighs nothing or is
    disliked; only their order counts, neither times nor sizes of weights. A score is a
    log-probability; likeness to disliked items lowers it, likeness to the words raises it. With
    nothing to go by it is how likely an item is anybody's first.
    """

    name: ClassVar[str] = "semantic_id"
    Config: ClassVar[type[EngineConfig]] = SemanticIdConfig
    costly: ClassVar[bool] = True
    config: SemanticIdConfig
    parts: Parts
    vectors: Floats  # [n_items, text_size + directions] of length one, or zero
    rounds: int  # over all people, that the model learned for
    _meaning: Meaning
    _generator: Generator | None = None  # made by the first query

    def __init__(
        self,
        config: EngineConfig | None = None,
        encoder: Encoder | None = None,
        *,
        checkpoints: Path | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> None:
        """Without an `encoder` of texts the installed one is opened when it is first needed.

        `fit` keeps its state in the folder `checkpoints` after every round, and goes on from it.
        """
        super().__init__(config)
        self.encoder, self.checkpoints, self.progress = encoder, checkpoints, progress

    def fit(self, dataset: Dataset) -> Self:
        """Train. NotInstalled without torch; texts count only where an encoder is installed.

        DataError without events; UsageError if the checkpoints are of other data or settings.
        """
        from threadpoolctl import threadpool_limits

        load("torch", extra=EXTRA)
        load("onnx", extra=EXTRA)  # needed at the end; better missed at the beginning
        log, config = dataset.interactions, self.config
        if not len(log):
            raise DataError(
                f"The engine {self.name!r} learns from events, and there are none.",
                hint="Without events use the engine 'content' or 'popularity'.",
            )
        texts = dataset.catalog.texts()
        with threadpool_limits(1, "blas"):  # a run must be able to go on with another number
            self._meaning = Meaning.of(texts, self.encoder, threads=config.threads)
        text, folder = self._meaning.vectors.astype(np.float32), self.checkpoints
        learned = learn(log, text, config, folder=folder, progress=self.progress)
        self.parts, self.vectors = learned.parts, unit(learned.vectors)
        self.rounds, self._generator = learned.rounds, None
        self.n_items = dataset.n_items
        return self

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items: they get codes by their text, and are read and written by those."""
        texts = dataset.catalog.texts()[self.n_items :] if newcomers(self, dataset) else []
        read = self._meaning.of_more(texts, self.encoder, _HINT, threads=self.config.threads)
        vectors = np.zeros((len(texts), self.vectors.shape[1]), np.float32)
        vectors[:, : read.shape[1]] = read
        self.parts = grown(self.parts, vectors)
        self.vectors = np.vstack([self.vectors, unit(vectors)])
        self.n_items, self._generator = dataset.n_items, None
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or only the columns `items`."""
        for told in ("history", "liked", "disliked"):
            cells([getattr(query, told) for query in queries], self.ready())  # DataError if strange
        if self._generator is None:
            self._generator = Generator(self.parts, self.config.beams)
        scores = self._generator.scores([sequence(query, self.config.window) for query in queries])
        pulled = self._pulled(queries)
        moved = np.flatnonzero(pulled.any(axis=1))
        if len(moved):
            scores[moved] += pulled[moved] @ self.vectors.T
        return scores if items is None else scores[:, items]

    def similar(self, items: Nums) -> Floats:
        """Return the cosine of item vectors, float32 [len(items), n_items]; 1 to itself."""
        self.ready()
        found = np.clip(self.vectors[items] @ self.vectors.T, -1.0, 1.0)
        found[np.arange(len(items)), items] = 1.0
        return np.asarray(found, np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the codes, what reads and writes them, and the items' vectors."""
        meaning = {
            f"meaning.{name}": array
            for name, array in self._meaning.arrays().items()
            if name != "vectors"
        }
        kept = {"vectors": self.vectors, "rounds": np.array([self.rounds])}
        return {**asdict(self.parts), **meaning, **kept}

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self.parts = Parts(**{field.name: arrays[field.name] for field in fields(Parts)})
        self.vectors, self.rounds = arrays["vectors"], int(arrays["rounds"][0])
        mark = "meaning."
        meaning = {n[len(mark) :]: array for n, array in arrays.items() if n.startswith(mark)}
        size = meaning["whitening"].shape[1]
        self._meaning = Meaning.restored({**meaning, "vectors": self.vectors[:, :size]})
        self._generator = None

    def _pulled(self, queries: Sequence[Query]) -> Floats:
        """Return where words and dislikes pull each query [n_queries, vector_size]."""
        pulled = np.zeros((len(queries), self.vectors.shape[1]), np.float32)
        if any(query.text.strip() for query in queries):
            said = self._meaning.said([query.text for query in queries], self.encoder, _HINT)
            pulled[:, : said.shape[1]] = self.config.said * said
        for row, query in enumerate(queries):
            if len(query.disliked):
                pulled[row] -= self.config.disliked * self.vectors[query.disliked].sum(axis=0)
        return pulled
