"""The transformer: from items to vectors, from rows of vectors to states. Plain functions of torch.

Pre-norm blocks with causal attention and SwiGLU (Shazeer 2020), optionally gated as in LiGR
(LinkedIn 2025). The model is SASRec's (Kang and McAuley 2018); the item vectors that are read are
also those that are scored. Knows nothing of losses, data or where it is served.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from sommelier.engines.sasrec.batches import Rows
from sommelier.engines.sasrec.config import EXTRA, SASRecConfig
from sommelier.extras import load
from sommelier.types import Bools, Floats

if TYPE_CHECKING:
    import torch

__all__ = ["Model", "leading"]

_SMALL = 0.02  # of first weights


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
            for name, tensor in {**self._items(text), **self._encoder()}.items()
        }

    def _normal(self, *shape: int, scale: float = _SMALL) -> "torch.Tensor":
        return self._torch.randn(*shape) * scale

    def _items(self, text: Floats) -> dict[str, "torch.Tensor"]:
        (n_items, wide), size = text.shape, self.config.embedding_size
        if self.mode == "none":
            return {"ids": self._normal(n_items, size)}
        if self.mode == "subspace":
            half = min(size // 2, wide)
            basis = self._torch.from_numpy(leading(text, half))
            self.fixed["basis"] = basis.to(self.device)
            scale = self._torch.full((half,), _SMALL)
            return {"ids": self._normal(n_items, size - half), "scale": scale}
        project = {"project": self._normal(wide, size)}
        if self.mode == "only":
            return project
        zeros = self._torch.zeros
        gate = {"gate": zeros(wide, size), "gate.bias": zeros(size)}
        return {"ids": self._normal(n_items, size), **project, **gate}

    def _encoder(self) -> dict[str, "torch.Tensor"]:
        size, torch = self.config.embedding_size, self._torch
        wide, fan = _inner(size), size**-0.5
        made = {"start": self._normal(size), **self._norm("norm")}
        if self.config.position == "learned":
            made["positions"] = self._normal(self.config.window + 1, size)
        for block in range(self.config.blocks):
            made |= self._norm(f"{block}.attend") | self._norm(f"{block}.feed")
            made[f"{block}.qkv"] = self._normal(size, 3 * size, scale=fan)
            made[f"{block}.qkv.bias"] = torch.zeros(3 * size)
            made[f"{block}.out"] = self._normal(size, size)
            made[f"{block}.up"] = self._normal(size, 2 * wide, scale=fan)
            made[f"{block}.down"] = self._normal(wide, size)
            if self.config.gates:
                made[f"{block}.attend.gate"] = self._normal(size, size)
                made[f"{block}.feed.gate"] = self._normal(size, size)
        return made

    def _norm(self, name: str) -> dict[str, "torch.Tensor"]:
        size, torch = self.config.embedding_size, self._torch
        return {f"{name}.weight": torch.ones(size), f"{name}.bias": torch.zeros(size)}

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
        torch = self._torch
        places, segments, positions, cells = (
            torch.from_numpy(part).to(self.device)
            for part in (rows.places, rows.segments, rows.positions, rows.cells)
        )
        table = torch.cat([self.weights["start"][None], items])
        together = segments[:, :, None] == segments[:, None, :]
        states = self._states(table[places], positions, together.tril(), learn=learn)
        return states.flatten(0, 1)[cells]

    def _states(
        self, given: "torch.Tensor", positions: "torch.Tensor", seen: "torch.Tensor", *, learn: bool
    ) -> "torch.Tensor":
        """Return states [n_rows, width, size] of cells whose vectors are `given`.

        `seen` [n_rows, width, width] says which cell may look at which; `learn` drops some states.
        """
        functional, weights = self._torch.nn.functional, self.weights
        state = given * self.config.embedding_size**0.5
        if "positions" in weights:
            state = state + weights["positions"][positions]

        def drop(part: "torch.Tensor") -> "torch.Tensor":
            return functional.dropout(part, self.config.dropout, training=learn)

        state = drop(state)
        for block in range(self.config.blocks):
            for name, part in (("attend", self._attend), ("feed", self._feed)):
                before = self._normed(state, f"{block}.{name}")
                added = part(before, block, seen)
                if self.config.gates:
                    added = added * self._torch.sigmoid(before @ weights[f"{block}.{name}.gate"])
                state = state + drop(added)
        return self._normed(state, "norm")

    def _normed(self, state: "torch.Tensor", name: str) -> "torch.Tensor":
        scale, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return self._torch.nn.functional.layer_norm(state, scale.shape, scale, bias)

    def _attend(self, state: "torch.Tensor", block: int, seen: "torch.Tensor") -> "torch.Tensor":
        rows, width, size = state.shape
        mixed = state @ self.weights[f"{block}.qkv"] + self.weights[f"{block}.qkv.bias"]
        split = mixed.view(rows, width, 3, self.config.heads, -1).permute(2, 0, 3, 1, 4)
        attention = self._torch.nn.functional.scaled_dot_product_attention
        found = attention(*split, attn_mask=seen[:, None])
        return found.transpose(1, 2).reshape(rows, width, size) @ self.weights[f"{block}.out"]

    def _feed(self, state: "torch.Tensor", block: int, _seen: Any) -> "torch.Tensor":
        gate, up = (state @ self.weights[f"{block}.up"]).chunk(2, dim=-1)
        return (self._torch.nn.functional.silu(gate) * up) @ self.weights[f"{block}.down"]

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


def _inner(size: int) -> int:
    """Return the width inside SwiGLU that costs as much as a plain layer of four times the size."""
    return max(8, size * 8 // 3 // 8 * 8)
