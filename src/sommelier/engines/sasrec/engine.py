"""The engine `sasrec`: a person is a state of the encoder, a score its product with an item.

Whoever asks, the history goes through the encoder anew, so strangers, sessions and known users take
the same path, and new events count at once. Learning needs torch; scoring needs NumPy and ONNX
Runtime.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine, EngineConfig
from sommelier.engines.online import newcomers
from sommelier.engines.query import Query, cells
from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sasrec.training import Learned, learn
from sommelier.engines.sequence.export import graph
from sommelier.engines.sequence.run import Progress
from sommelier.engines.sequence.serving import Server, sequence
from sommelier.engines.sequence.shape import EXTRA
from sommelier.engines.sequence.space import centred, lengths, unit
from sommelier.errors import DataError, UsageError, WorkspaceError
from sommelier.extras import load
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import Encoder, open_encoder
from sommelier.types import Bools, Floats, Nums

__all__ = ["SASRec"]


class SASRec(Engine):
    """Order and meaning of a history, from a causal transformer.

    Of a query: the history and then the liked items, newest last, without what weighs nothing or is
    disliked; only their order counts, neither times nor sizes of weights. Disliked items push the
    person away from their vectors; words pull towards theirs where the items have text in them.
    With nothing to go by, the person is who the start token stands for: anybody's first event.
    """

    name: ClassVar[str] = "sasrec"
    Config: ClassVar[type[EngineConfig]] = SASRecConfig
    costly: ClassVar[bool] = True
    config: SASRecConfig
    items: Floats  # [n_items, embedding_size]
    start: Floats  # [embedding_size] stands before every history
    projection: Floats  # [text_size, embedding_size]; text_size 0 without text
    mean: Floats  # [text_size] of the texts learned from
    model: NDArray[np.uint8]  # an ONNX file
    rounds: int  # over all people, that the model learned for
    _made_by: str = ""  # the text encoder's name
    _server: Server | None = None  # made by the first query

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
        """Train. NotInstalled without torch, or with texts and no encoder.

        DataError without events; UsageError if the checkpoints are of other data or settings.
        """
        load("torch", extra=EXTRA)
        load("onnx", extra=EXTRA)  # needed at the end; better missed at the beginning
        if not len(dataset.interactions):
            raise DataError(
                f"The engine {self.name!r} learns from events, and there are none.",
                hint="Without events use the engine 'content' or 'popularity'.",
            )
        vectors, known = self._texts(dataset.catalog)
        self.mean = vectors[known].mean(axis=0) if known.any() else vectors.sum(axis=0)
        text = centred(vectors, known, self.mean)
        log, folder = dataset.interactions, self.checkpoints
        self._keep(learn(log, text, self.config, folder=folder, progress=self.progress))
        self.n_items = dataset.n_items
        return self

    def grow(self, dataset: Dataset) -> Self:
        """Take up new items: by text alone where text is in them, else as a middling one."""
        vectors = np.repeat(self.items.mean(axis=0)[None], newcomers(self, dataset), axis=0)
        texts = dataset.catalog.texts()[self.n_items :] if self._made_by else []
        rows = [row for row, text in enumerate(texts) if text]
        if rows:
            encoder = self.encoder or CachedEncoder(open_encoder(threads=self.config.threads))
            if encoder.name != self._made_by:
                raise _foreign(self._made_by, encoder.name)
            read = centred(
                encoder.encode([texts[row] for row in rows]), np.ones(len(rows), bool), self.mean
            )
            vectors[rows] = read @ self.projection
        self.items = np.vstack([self.items, vectors])
        self.n_items = dataset.n_items
        return self

    def score(self, queries: Sequence[Query], items: Nums | None = None) -> Floats:
        """Return scores float32 [n_queries, n_items], or only the columns `items`."""
        self.ready()
        known = self.items if items is None else self.items[items]
        return np.asarray(self.people(queries) @ known.T, np.float32)

    def people(self, queries: Sequence[Query]) -> Floats:
        """Return each query's vector float32 [n_queries, embedding_size]: scores are products."""
        for told in ("history", "liked", "disliked"):
            cells([getattr(query, told) for query in queries], self.ready())  # DataError if strange
        if self._server is None:
            self._server = Server(self.model, self.start)
        histories = [sequence(query, self.config.window) for query in queries]
        people = self._server.people(histories, self.items)
        pushed = self._said(queries)
        for row, query in enumerate(queries):
            if len(query.disliked):
                pushed[row] -= self.config.disliked * unit(self.items[query.disliked]).sum(axis=0)
        return np.asarray(people + lengths(people) * pushed, np.float32)

    def similar(self, items: Nums) -> Floats:
        """Return the cosine of item vectors, float32 [len(items), n_items]; 1 to itself."""
        self.ready()
        found = np.clip(unit(self.items[items]) @ unit(self.items).T, -1.0, 1.0)
        found[np.arange(len(items)), items] = 1.0
        return np.asarray(found, np.float32)

    def moved(self, dataset: Dataset) -> "SASRec":
        """Return an engine for another catalogue; UsageError unless items are text alone."""
        self.ready()
        if self.config.text != "only" or not self._made_by:
            raise UsageError(
                "Only an engine whose items are text alone can move to another catalogue.",
                hint="Fit one with the setting text = only.",
            )
        other = SASRec(self.config, self.encoder)
        vectors, known = other._texts(dataset.catalog)
        if other._made_by != self._made_by:
            raise _foreign(self._made_by, other._made_by)
        other.restore({**self.arrays(), "items": np.empty(0)}, dataset)
        other.items = centred(vectors, known, self.mean) @ self.projection
        other.n_items = dataset.n_items
        return other

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the items, the encoder as an ONNX file, and how texts come among the items."""
        return {
            "items": self.items,
            "start": self.start,
            "model": self.model,
            "projection": self.projection,
            "mean": self.mean,
            "encoder": np.frombuffer(self._made_by.encode(), np.uint8),
            "rounds": np.array([self.rounds]),
        }

    def restore(self, arrays: dict[str, NDArray[Any]], dataset: Dataset) -> None:
        """Take back what `arrays` gave."""
        self.items, self.start, self.model = arrays["items"], arrays["start"], arrays["model"]
        self.projection, self.mean = arrays["projection"], arrays["mean"]
        self._made_by = arrays["encoder"].tobytes().decode()
        self.rounds, self._server = int(arrays["rounds"][0]), None

    def _keep(self, learned: Learned) -> None:
        """Take over what was learned; items without an event stand by their text alone."""
        model = learned.model
        weights = {name: part.detach().cpu().numpy() for name, part in model.weights.items()}
        self.items = model.all_items(learned.known).cpu().numpy()
        self.projection = model.projection().detach().cpu().numpy().astype(np.float32)
        self.start = weights["start"]
        self.model = np.frombuffer(graph(weights, self.config), np.uint8)
        self.rounds, self._server = learned.rounds, None

    def _texts(self, catalog: Catalog) -> tuple[Floats, Bools]:
        """Return the vectors of all texts [n_items, text_size], and which items have any."""
        texts = catalog.texts() if self.config.text != "none" else []
        known = np.array([bool(text) for text in texts], bool)
        if known.any():
            encoder = self.encoder or CachedEncoder(open_encoder(threads=self.config.threads))
            self._made_by = encoder.name
            return encoder.encode(texts), known
        if self.config.text == "only":
            raise DataError(
                "Items are to be known by their text alone, but none has any.",
                hint="Choose the setting text = none.",
            )
        self._made_by = ""
        return np.zeros((len(catalog), 0), np.float32), np.zeros(len(catalog), bool)

    def _said(self, queries: Sequence[Query]) -> Floats:
        """Return where the words of each query pull [n_queries, embedding_size]."""
        pulled = np.zeros((len(queries), self.items.shape[1]), np.float32)
        rows = [row for row, query in enumerate(queries) if query.text.strip()]
        if not rows or not self._made_by or not self.config.said:
            return pulled
        encoder = self.encoder or open_encoder(threads=1)
        if encoder.name != self._made_by:
            raise _foreign(self._made_by, encoder.name)
        vectors: Floats = encoder.encode([queries[row].text for row in rows]) - self.mean
        pulled[rows] = self.config.said * unit(np.asarray(vectors @ self.projection, np.float32))
        return pulled


def _foreign(former: str, now: str) -> WorkspaceError:
    return WorkspaceError(
        f"The items were encoded by {former!r}, but {now!r} is here now.",
        hint="Fit it again: sommelier fit WORKSPACE --engines sasrec",
    )
