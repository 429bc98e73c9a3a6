"""The model: reads items as sums of their codes' vectors, writes the next item code by code.

A causal transformer over the events gives a state; a second one, over that state and the codes
written so far, gives the next code (as in RQ-Transformer, Lee et al. 2022), which costs a fifth of
one transformer over all codes in a row, as TIGER has it. What an item's vector holds is read too.
No item has a vector of its own that is learned, so new ones are read and written like any other.
Plain torch; knows nothing of data or where it is served.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.trie import Trie
from sommelier.engines.sequence.rows import Rows
from sommelier.engines.sequence.shape import EXTRA
from sommelier.engines.sequence.transformer import Transformer, first_weights, normal
from sommelier.extras import load
from sommelier.types import Bools, Floats, Ints

if TYPE_CHECKING:
    import torch

__all__ = ["Model", "Writing", "level_starts"]

_NEVER = -1e9  # a logit that wins nothing; minus infinity would turn gradients into NaN


@dataclass(frozen=True)
class Writing:
    """The shape of the transformer over codes."""

    embedding_size: int
    blocks: int
    heads: int
    window: int
    dropout: float
    gates: bool
    position: str = "learned"

    @classmethod
    def of(cls, config: SemanticIdConfig, n_levels: int) -> "Writing":
        """Return the shape for items of so many codes."""
        return cls(
            embedding_size=config.embedding_size,
            blocks=config.writing,
            heads=config.heads,
            window=n_levels - 1,
            dropout=config.dropout,
            gates=config.gates,
        )


def level_starts(codes: Ints) -> Ints:
    """Return where each level's codes begin [n_levels + 1] when all stand one after another."""
    return np.concatenate([[0], np.cumsum(codes.max(axis=0, initial=0) + 1)])


class Model:
    """Weights by name, and what is computed with them.

    `codes` [n_items, n_levels] are unique; `vectors` [n_items, size] are the items as they are.
    Only what is `known` [n_items] may be written while it learns: what no event is of must not be
    learned as wrong.
    """

    def __init__(
        self,
        config: SemanticIdConfig,
        codes: Ints,
        vectors: Floats,
        known: Bools,
        device: "torch.device",
    ) -> None:
        """Draw the first weights from the global generator, which the caller has seeded."""
        self._torch = load("torch", extra=EXTRA)
        self.device, self.starts = device, level_starts(codes)
        size = config.embedding_size
        self.shape = Writing.of(config, codes.shape[1])
        over = first_weights(self.shape)
        over.pop("start")  # the state of the events stands there
        self.weights = {
            name: part.to(device).requires_grad_()
            for name, part in {
                "codes": normal(int(self.starts[-1]), size),
                "written": normal(int(self.starts[-1]), size),
                "vectors": normal(vectors.shape[1], size),
                **first_weights(config),
                **{f"next.{name}": part for name, part in over.items()},
            }.items()
        }
        self._reader = Transformer(config, self.weights)
        self._writer = Transformer(self.shape, self.writing)
        self._vectors = self._torch.from_numpy(vectors).to(device)
        self._codes = self._torch.from_numpy(codes + self.starts[:-1]).to(device)
        self._tree(codes, known)

    def _tree(self, codes: Ints, known: Bools) -> None:
        """Keep which codes may follow which beginning, and each known item's beginnings."""
        chosen = np.flatnonzero(known)
        trie = Trie(codes[chosen])
        nodes = np.zeros(codes.shape, np.int64)  # the node from which each code goes on
        nodes[chosen, 1:] = trie.nodes[:, :-1]
        self._nodes = self._torch.from_numpy(nodes).to(self.device)
        widths = np.diff(self.starts).tolist()
        self._may = [
            self._torch.from_numpy(trie.allowed(level, width)).to(self.device)
            for level, width in enumerate(widths)
        ]

    @cached_property
    def writing(self) -> dict[str, "torch.Tensor"]:
        """The weights of the transformer over codes, by their own names."""
        mark = "next."
        return {name[len(mark) :]: w for name, w in self.weights.items() if name.startswith(mark)}

    def items(self, nums: "torch.Tensor") -> "torch.Tensor":
        """Return what is read of items [len(nums), size]."""
        told = self._torch.nn.functional.embedding(self._codes[nums], self.weights["codes"])
        return told.sum(dim=1) + self._vectors[nums] @ self.weights["vectors"]

    def all_items(self) -> Floats:
        """Return what is read of every item [n_items, size]."""
        with self._torch.no_grad():
            nums = self._torch.arange(len(self._codes), device=self.device)
            return np.asarray(self.items(nums).cpu().numpy(), np.float32)

    def states(self, items: "torch.Tensor", rows: Rows, *, learn: bool) -> "torch.Tensor":
        """Return the state of every real cell [n_cells, size]; places in `rows` are of `items`."""
        return self._reader.cells(items, rows, learn=learn)

    def loss(self, states: "torch.Tensor", targets: "torch.Tensor") -> "torch.Tensor":
        """Return minus the mean log-probability of the items [n_cells] that should follow."""
        torch = self._torch
        functional = torch.nn.functional
        codes, nodes = self._codes[targets], self._nodes[targets]
        told = functional.embedding(codes[:, :-1], self.weights["codes"])
        given = torch.cat([(states * states.shape[1] ** -0.5)[:, None], told], dim=1)
        width = given.shape[1]
        seen = torch.ones(width, width, dtype=torch.bool, device=self.device).tril()
        found = self._writer.states(
            given, torch.arange(width, device=self.device), seen[None], learn=True
        )
        total = states.new_zeros(())
        for level, may in enumerate(self._may):
            begin, end = int(self.starts[level]), int(self.starts[level + 1])
            logits = found[:, level] @ self.weights["written"][begin:end].T
            logits = logits.masked_fill(~may[nodes[:, level]], _NEVER)
            total = total + functional.cross_entropy(logits, codes[:, level] - begin)
        return total
