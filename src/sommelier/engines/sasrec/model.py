"""The model: from items to vectors, and through the transformer to states. Plain torch.

It is SASRec's (Kang and McAuley 2018); the item vectors that are read are also those that are
scored. Knows nothing of losses, data or where it is served.
"""

from typing import TYPE_CHECKING

import numpy as np

from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sequence.rows import Rows
from sommelier.engines.sequence.shape import EXTRA
from sommelier.engines.sequence.transformer import Transformer, first_weights, normal
from sommelier.extras import load
from sommelier.types import Bools, Floats

if TYPE_CHECKING:
    import torch

__all__ = ["Model", "leading"]

_SMALL = 0.02  # how large text is in the subspace at first


class Model:
    """Weights by name, and what is computed with them.

    `text` [n_items, text_size] are centred meanings of length one, or zero; size 0 is no text.
    """

    def __init__(self, config: SASRecConfig, text: Floats, device: "torch.device") -> None:
        """Draw the first weights from the global generator, which the caller has seeded."""
        self._torch = load("torch", extra=EXTRA)
        self.config, self.device = config, device
        self.mode = config.text if text.shape[1] else "none"
        self.text = self._torch.from_numpy(text).to(device)
        self.fixed: dict[str, torch.Tensor] = {}
        self.weights = {
            name: tensor.to(device).requires_grad_()
            for name, tensor in {**self._items(text), **first_weights(config)}.items()
        }
        self._encoder = Transformer(config, self.weights)

    def _items(self, text: Floats) -> dict[str, "torch.Tensor"]:
        (n_items, wide), size = text.shape, self.config.embedding_size
        if self.mode == "none":
            return {"ids": normal(n_items, size)}
        if self.mode == "subspace":
            half = min(size // 2, wide)
            basis = self._torch.from_numpy(leading(text, half))
            self.fixed["basis"] = basis.to(self.device)
            scale = self._torch.full((half,), _SMALL)
            return {"ids": normal(n_items, size - half), "scale": scale}
        project = {"project": normal(wide, size)}
        if self.mode == "only":
            return project
        zeros = self._torch.zeros
        gate = {"gate": zeros(wide, size), "gate.bias": zeros(size)}
        return {"ids": normal(n_items, size), **project, **gate}

    def projection(self) -> "torch.Tensor":
        """Return [text_size, embedding_size]: what brings a text among the items."""
        size = self.config.embedding_size
        if self.mode == "none":
            return self.text.new_zeros(self.text.shape[1], size)
        if self.mode == "subspace":
            led = self.fixed["basis"] * self.weights["scale"]
            return self._torch.nn.functional.pad(led, (0, size - led.shape[1]))
        return self.weights["project"]

    def vectors(self, nums: "torch.Tensor", known: "torch.Tensor | None" = None) -> "torch.Tensor":
        """Return items [len(nums), embedding_size]; where `known` [len(nums), 1] is 0, by text."""
        embedding = self._torch.nn.functional.embedding
        if self.mode == "none":
            return embedding(nums, self.weights["ids"])
        text = self.text[nums]
        led = text @ self.projection()
        if self.mode == "only":
            return led
        own = embedding(nums, self.weights["ids"])
        if known is not None:
            own = own * known
        if self.mode == "subspace":
            return led + self._torch.nn.functional.pad(own, (led.shape[1] - own.shape[1], 0))
        gate = self._torch.sigmoid(text @ self.weights["gate"] + self.weights["gate.bias"])
        return led + gate * own

    def cells(self, items: "torch.Tensor", rows: Rows, *, learn: bool) -> "torch.Tensor":
        """Return the state of every real cell [n_cells, size]; places in `rows` are of `items`."""
        return self._encoder.cells(items, rows, learn=learn)

    def all_items(self, known: Bools) -> "torch.Tensor":
        """Return every item's vector; those that are not `known` [n_items] by text alone."""
        torch = self._torch
        nums = torch.arange(len(known), device=self.device)
        shown = torch.from_numpy(known).to(self.device)[:, None]
        with torch.no_grad():
            return self.vectors(nums, shown)


def leading(text: Floats, count: int) -> Floats:
    """Return the leading directions [text_size, count], each scaled to a spread of one."""
    values, rotation = np.linalg.eigh((text.T @ text).astype(np.float64) / max(1, len(text)))
    chosen = np.argsort(-values)[:count]
    spread = np.sqrt(np.maximum(values[chosen], 1e-6))
    return np.ascontiguousarray(rotation[:, chosen] / spread, np.float32)
