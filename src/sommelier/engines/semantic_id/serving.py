"""From histories to scores: exported transformers on ONNX Runtime, and beam search with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sommelier.engines.semantic_id.beam import search
from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.quantise import more_codes
from sommelier.engines.semantic_id.squeeze import squeezed
from sommelier.engines.semantic_id.trie import Trie
from sommelier.engines.sequence.export import graph
from sommelier.engines.sequence.serving import Server
from sommelier.types import Floats, Ints, Nums

if TYPE_CHECKING:
    from sommelier.engines.semantic_id.model import Model

__all__ = ["Generator", "Parts", "Quantised", "grown", "parts_of"]

_PEOPLE = 32  # written for at once
_CELLS = 8192  # of beginnings, read at once: their attention stays within tens of megabytes


@dataclass(frozen=True, eq=False)
class Quantised:
    """The items' codes, and how more items get theirs."""

    codes: Ints  # [n_items, n_levels] unique
    centres: Floats  # [levels, n_codes, size] what codes stand for, but one that tells equals apart
    inner: Floats  # the layers that squeeze a vector before it gets codes; see `squeezed`
    outer: Floats


@dataclass(frozen=True, eq=False)
class Parts(Quantised):
    """All that scoring needs, as arrays."""

    starts: Ints  # [n_levels + 1] where each level's rows begin in the next two
    read: Floats  # [n_codes, embedding_size] vectors of codes that were written
    written: Floats  # [n_codes, embedding_size] vectors of codes that may be
    projection: Floats  # [vector_size, embedding_size] what is read of an item's vector
    items: Floats  # [n_items, embedding_size] what is read of a history
    start: Floats  # [embedding_size] stands before every history
    reader: NDArray[np.uint8]  # the transformer over events, an ONNX file
    writer: NDArray[np.uint8]  # the transformer over codes, another


class Generator:
    """Writes items for histories. Safe to share between threads."""

    def __init__(self, parts: Parts, beams: int) -> None:
        """WorkspaceError for a broken file, DataError for codes that are not unique."""
        self._parts, self._beams = parts, beams
        self._trie = Trie(np.asarray(parts.codes, np.int64))
        self._reader = Server(parts.reader, parts.start)
        self._writer = Server(parts.writer, parts.start)

    def scores(self, histories: Sequence[Nums]) -> Floats:
        """Return log-probabilities float32 [len(histories), n_items]; see `beam.search`."""
        scores = np.empty((len(histories), self._trie.n_items), np.float32)
        for begin in range(0, len(histories), _PEOPLE):
            some = histories[begin : begin + _PEOPLE]
            states = self._reader.people(some, self._parts.items)
            scores[begin : begin + len(some)] = self._written(states)
        return scores

    def _written(self, states: Floats) -> Floats:
        parts = self._parts
        first = states * np.float32(states.shape[1] ** -0.5)

        def logits(level: int, rows: Ints, codes: Ints) -> Floats:
            cells = np.empty((len(rows), level + 1, states.shape[1]), np.float32)
            cells[:, 0] = first[rows]
            cells[:, 1:] = parts.read[codes + parts.starts[:level]]
            step = _CELLS // (level + 1)
            last = np.full(len(rows), level)
            found = [
                self._writer.states(cells[begin : begin + step], last[begin : begin + step])
                for begin in range(0, len(rows), step)
            ]
            outcome = parts.written[parts.starts[level] : parts.starts[level + 1]]
            return np.asarray(np.concatenate(found) @ outcome.T)

        return search(self._trie, logits, len(states), self._beams)


def grown(parts: Parts, vectors: Floats) -> Parts:
    """Return the same with more items, whose `vectors` [n_more, vector_size] are given."""
    latent = squeezed(vectors, parts.inner, parts.outer)
    codes = more_codes(parts.codes, parts.centres, latent)
    told = parts.read[codes + parts.starts[:-1]].sum(axis=1) + vectors @ parts.projection
    every = np.vstack([parts.codes, codes])
    return replace(parts, codes=every, items=np.vstack([parts.items, told]))


def parts_of(model: "Model", quantised: Quantised, config: SemanticIdConfig) -> Parts:
    """Return what serves a trained model; NotInstalled without the extra `train`."""
    weights = {name: part.detach().cpu().numpy() for name, part in model.weights.items()}
    writing = {name: part.detach().cpu().numpy() for name, part in model.writing.items()}
    return Parts(
        **vars(quantised),
        starts=model.starts,
        read=weights["codes"],
        written=weights["written"],
        projection=weights["vectors"],
        items=model.all_items(),
        start=weights["start"],
        reader=np.frombuffer(graph(weights, config), np.uint8),
        writer=np.frombuffer(graph(writing, model.shape), np.uint8),
    )
