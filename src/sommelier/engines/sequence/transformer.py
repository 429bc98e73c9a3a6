"""The transformer: from rows of vectors to states. Plain functions of torch.

Pre-norm blocks with causal attention and SwiGLU (Shazeer 2020), optionally gated as in LiGR
(LinkedIn 2025). Knows nothing of what the vectors stand for, nor of losses or serving.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sommelier.engines.sequence.rows import Rows
from sommelier.engines.sequence.shape import EXTRA, Shape
from sommelier.extras import load

if TYPE_CHECKING:
    import torch

__all__ = ["Transformer", "first_weights", "normal"]

_SMALL = 0.02  # of first weights


def normal(*sizes: int, scale: float = _SMALL) -> "torch.Tensor":
    """Return first weights drawn from torch's global generator, which the caller has seeded."""
    drawn: torch.Tensor = load("torch", extra=EXTRA).randn(*sizes)
    return drawn * scale


def first_weights(shape: Shape) -> dict[str, "torch.Tensor"]:
    """Return fresh weights by name, among them `start`: the cell before every history."""
    size = shape.embedding_size
    wide, fan = _inner(size), size**-0.5
    made = {"start": normal(size), **_norm(size, "norm")}
    if shape.position == "learned":
        made["positions"] = normal(shape.window + 1, size)
    for block in range(shape.blocks):
        made |= _norm(size, f"{block}.attend") | _norm(size, f"{block}.feed")
        made[f"{block}.qkv"] = normal(size, 3 * size, scale=fan)
        made[f"{block}.qkv.bias"] = load("torch", extra=EXTRA).zeros(3 * size)
        made[f"{block}.out"] = normal(size, size)
        made[f"{block}.up"] = normal(size, 2 * wide, scale=fan)
        made[f"{block}.down"] = normal(wide, size)
        if shape.gates:
            made[f"{block}.attend.gate"] = normal(size, size)
            made[f"{block}.feed.gate"] = normal(size, size)
    return made


class Transformer:
    """What is computed with the weights that `first_weights` named; others may lie among them."""

    def __init__(self, shape: Shape, weights: Mapping[str, "torch.Tensor"]) -> None:
        self._torch = load("torch", extra=EXTRA)
        self.shape, self.weights = shape, weights

    def cells(self, items: "torch.Tensor", rows: Rows, *, learn: bool) -> "torch.Tensor":
        """Return the state of every real cell [n_cells, size]; places in `rows` are of `items`."""
        torch = self._torch
        places, segments, positions, cells = (
            torch.from_numpy(part).to(items.device)
            for part in (rows.places, rows.segments, rows.positions, rows.cells)
        )
        table = torch.cat([self.weights["start"][None], items])
        together = segments[:, :, None] == segments[:, None, :]
        states = self.states(table[places], positions, together.tril(), learn=learn)
        return states.flatten(0, 1)[cells]

    def states(
        self, given: "torch.Tensor", positions: "torch.Tensor", seen: "torch.Tensor", *, learn: bool
    ) -> "torch.Tensor":
        """Return states [n_rows, width, size] of cells whose vectors are `given`.

        `seen` [n_rows, width, width] says which cell may look at which; `learn` drops some states.
        """
        functional, weights = self._torch.nn.functional, self.weights
        state = given * self.shape.embedding_size**0.5
        if "positions" in weights:
            state = state + weights["positions"][positions]

        def drop(part: "torch.Tensor") -> "torch.Tensor":
            return functional.dropout(part, self.shape.dropout, training=learn)

        state = drop(state)
        for block in range(self.shape.blocks):
            for name, part in (("attend", self._attend), ("feed", self._feed)):
                before = self._normed(state, f"{block}.{name}")
                added = part(before, block, seen)
                if self.shape.gates:
                    added = added * self._torch.sigmoid(before @ weights[f"{block}.{name}.gate"])
                state = state + drop(added)
        return self._normed(state, "norm")

    def _normed(self, state: "torch.Tensor", name: str) -> "torch.Tensor":
        scale, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return self._torch.nn.functional.layer_norm(state, scale.shape, scale, bias)

    def _attend(self, state: "torch.Tensor", block: int, seen: "torch.Tensor") -> "torch.Tensor":
        rows, width, size = state.shape
        mixed = state @ self.weights[f"{block}.qkv"] + self.weights[f"{block}.qkv.bias"]
        split = mixed.view(rows, width, 3, self.shape.heads, -1).permute(2, 0, 3, 1, 4)
        attention = self._torch.nn.functional.scaled_dot_product_attention
        found = attention(*split, attn_mask=seen[:, None])
        return found.transpose(1, 2).reshape(rows, width, size) @ self.weights[f"{block}.out"]

    def _feed(self, state: "torch.Tensor", block: int, _seen: Any) -> "torch.Tensor":
        gate, up = (state @ self.weights[f"{block}.up"]).chunk(2, dim=-1)
        return (self._torch.nn.functional.silu(gate) * up) @ self.weights[f"{block}.down"]


def _norm(size: int, name: str) -> dict[str, "torch.Tensor"]:
    torch = load("torch", extra=EXTRA)
    return {f"{name}.weight": torch.ones(size), f"{name}.bias": torch.zeros(size)}


def _inner(size: int) -> int:
    """Return the width inside SwiGLU that costs as much as a plain layer of four times the size."""
    return max(8, size * 8 // 3 // 8 * 8)
