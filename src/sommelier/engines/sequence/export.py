"""The trained encoder as an ONNX graph, so that serving needs no torch.

The graph is laid by hand from the weights, with ONNX Runtime's fused causal attention: torch's own
exporter would bring another library (onnxscript), takes seconds, and fixes what it traced. In go
item vectors behind the start vector, out comes the state of each history's newest cell. Item
vectors are no part of it, so the same graph serves any catalogue. Knows nothing of training.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sommelier.engines.sequence.shape import EXTRA, Shape
from sommelier.extras import load
from sommelier.types import Floats

__all__ = ["CELLS", "LASTS", "PEOPLE", "graph"]

CELLS, LASTS, PEOPLE = "cells", "lasts", "people"  # the graph's inputs and output
_CONTRIB = "com.microsoft"  # ONNX Runtime's own operators


def graph(weights: dict[str, Floats], config: Shape) -> bytes:
    """Return a model of `cells` float32 [n, width, size] and `lasts` int64 [n, 1].

    `lasts` says which cell is the newest; those behind it are never looked at. `people` comes out,
    float32 [n, size]. NotInstalled without the extra `train`.
    """
    return _Graph(weights, config).laid()


class _Graph:
    """Nodes and weights in the order in which they were added; names are values, made once."""

    def __init__(self, weights: dict[str, Floats], config: Shape) -> None:
        self._onnx = load("onnx", extra=EXTRA)
        self._weights, self._config = weights, config
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def laid(self) -> bytes:
        """Lay the graph from the cells to the people."""
        state = self._begun()
        for block in range(self._config.blocks):
            state = self._added(state, f"{block}.attend", self._attend(state, block))
            state = self._added(state, f"{block}.feed", self._feed(state, block))
        newest = self._add("GatherND", [state, LASTS], "newest", batch_dims=1)
        self._normed(newest, "norm", PEOPLE)
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        size = self._config.embedding_size
        value = helper.make_tensor_value_info
        model = helper.make_model(
            helper.make_graph(
                self._nodes,
                "transformer",
                [
                    value(CELLS, kinds.FLOAT, ["n", "width", size]),
                    value(LASTS, kinds.INT64, ["n", 1]),
                ],
                [value(PEOPLE, kinds.FLOAT, ["n", size])],
                list(self._constants.values()),
            ),
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_CONTRIB, 1)],
            ir_version=8,
            producer_name="sommelier",
        )
        return bytes(model.SerializeToString())

    def _add(self, op: str, inputs: list[str], output: str, *, domain: str = "", **how: Any) -> str:
        node = self._onnx.helper.make_node(op, inputs, [output], name=output, domain=domain, **how)
        self._nodes.append(node)
        return output

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        kept = np.ascontiguousarray(array)
        self._constants[name] = self._onnx.numpy_helper.from_array(kept, name)
        return name

    def _stored(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _begun(self) -> str:
        scale = self._constant("scale", np.array(self._config.embedding_size**0.5, np.float32))
        state = self._add("Mul", [CELLS, scale], "scaled")
        if self._config.position == "none":
            return state
        shape = self._add("Shape", [CELLS], "width", start=1, end=2)
        first = self._constant("first", np.array([0], np.int64))
        inputs = [self._stored("positions"), first, shape, first]
        return self._add("Add", [state, self._add("Slice", inputs, "places")], "placed")

    def _normed(self, state: str, name: str, output: str) -> str:
        inputs = [state, self._stored(f"{name}.weight"), self._stored(f"{name}.bias")]
        return self._add("LayerNormalization", inputs, output, axis=-1, epsilon=1e-5)

    def _product(self, state: str, weight: str) -> str:
        return self._add("MatMul", [state, self._stored(weight)], f"{weight}.product")

    def _attend(self, state: str, block: int) -> str:
        before = self._normed(state, f"{block}.attend", f"{block}.attend.before")
        inputs = [before, self._stored(f"{block}.qkv"), self._stored(f"{block}.qkv.bias")]
        how = {"num_heads": self._config.heads, "unidirectional": 1}
        found = self._add("Attention", inputs, f"{block}.found", domain=_CONTRIB, **how)
        return self._product(found, f"{block}.out")

    def _feed(self, state: str, block: int) -> str:
        before = self._normed(state, f"{block}.feed", f"{block}.feed.before")
        wide = self._product(before, f"{block}.up")
        gate, up = f"{block}.half.gate", f"{block}.half.up"
        self._nodes.append(self._onnx.helper.make_node("Split", [wide], [gate, up], axis=-1))
        shut = self._add("Sigmoid", [gate], f"{block}.shut")
        silu = self._add("Mul", [gate, shut], f"{block}.silu")
        return self._product(self._add("Mul", [silu, up], f"{block}.inner"), f"{block}.down")

    def _added(self, state: str, part: str, found: str) -> str:
        if self._config.gates:
            gate = self._product(f"{part}.before", f"{part}.gate")
            shut = self._add("Sigmoid", [gate], f"{part}.open")
            found = self._add("Mul", [found, shut], f"{part}.let")
        return self._add("Add", [state, found], f"{part}.state")
