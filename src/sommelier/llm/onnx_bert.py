"""A BERT encoder as one ONNX file, written from its safetensors weights. Needs no torch.

The graph is made of ONNX Runtime's own fused operators (attention, bias + Gelu, skip + layer norm),
which the runtime runs as they stand, so nothing depends on what its optimiser recognises. Pooling
is part of the graph: the sum of the token states under the mask, brought to length one, which is
the same as their mean brought to length one. Knows nothing of tokens, texts or the model store.

Architecture: Devlin et al., "BERT", 2019; pooling: Reimers and Gurevych, "Sentence-BERT", 2019.
"""

import json
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sommelier.errors import DataError
from sommelier.extras import load

__all__ = ["IDS", "MASK", "VECTORS", "build", "build_instruct"]

IDS, MASK, VECTORS = "input_ids", "attention_mask", "vectors"  # the graph's inputs and output
_WAYS = ("up", "down")
_CONTRIB = "com.microsoft"  # ONNX Runtime's own operators


def build(folder: Path, adapter: Path | None = None) -> None:
    """Read config.json and model.safetensors in `folder`; write model.onnx beside them.

    The graph takes int32 ids and mask [n, length] and gives unit vectors float32 [n, hidden]. An
    `adapter` holds, for some weights, `.down` [rank, in] and `.up` [out, rank], whose product is
    added. NotInstalled without the extra `models`; DataError if the weights are not those of a
    BERT, or the adapter is of another model.
    """
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text("utf-8"))
    try:
        weights = load_file(folder / "model.safetensors")
        if adapter is not None:
            parts = load_file(adapter)
            for name in (name for name in parts if name.endswith(".up")):
                up, down = (parts[f"{name[:-3]}.{way}"].astype(np.float32) for way in _WAYS)
                weights[name[:-3]] = weights[name[:-3]] + up @ down
        _Graph(weights, config).write(folder / "model.onnx")
    except KeyError as error:
        raise DataError(f"The weights in {folder} are not those of a BERT: no {error}.") from error


def build_instruct(folder: Path) -> None:
    """As `build`, with the adapter that the library brings: the reader of instructions."""
    adapter = resources.files("sommelier.llm.adapters").joinpath("instruct-minilm.safetensors")
    with resources.as_file(adapter) as path:
        build(folder, path)


class _Graph:
    """Nodes and weights in the order in which they were added; names are values, made once."""

    def __init__(self, weights: dict[str, NDArray[Any]], config: dict[str, Any]) -> None:
        self._onnx = load("onnx", extra="models")
        self._weights = weights
        self._config = config
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}

    def write(self, path: Path) -> None:
        """Lay the graph from the inputs to the vectors and write it."""
        state = self._embedded()
        for layer in range(self._config["num_hidden_layers"]):
            state = self._layer(f"encoder.layer.{layer}", state)
        self._pooled(state)
        onnx, helper = self._onnx, self._onnx.helper
        model = helper.make_model(
            helper.make_graph(
                self._nodes,
                "bert",
                [self._value(name, onnx.TensorProto.INT32, "length") for name in (IDS, MASK)],
                [self._value(VECTORS, onnx.TensorProto.FLOAT, self._config["hidden_size"])],
                list(self._constants.values()),
            ),
            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_CONTRIB, 1)],
            ir_version=8,
            producer_name="sommelier",
        )
        onnx.save(model, str(path))

    def _value(self, name: str, kind: int, width: str | int) -> Any:
        return self._onnx.helper.make_tensor_value_info(name, kind, ["n", width])

    def _add(self, op: str, inputs: list[str], output: str, *, domain: str = "", **how: Any) -> str:
        self._nodes.append(
            self._onnx.helper.make_node(op, inputs, [output], name=output, domain=domain, **how)
        )
        return output

    def _constant(self, name: str, array: NDArray[Any]) -> str:
        self._constants[name] = self._onnx.numpy_helper.from_array(
            np.ascontiguousarray(array, np.float32), name
        )
        return name

    def _stored(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _product(self, state: str, dense: str) -> str:
        """Add a matrix product; the bias goes into the fused operator that follows."""
        weight = self._constant(f"{dense}.weight", self._weights[f"{dense}.weight"].T)
        return self._add("MatMul", [state, weight], f"{dense}.product")

    def _embedded(self) -> str:
        words = "embeddings.word_embeddings.weight"
        # Every text is one segment, so the first segment's vector is a part of every word.
        segment = self._weights["embeddings.token_type_embeddings.weight"][0]
        inputs = [
            IDS,
            "",
            self._constant(words, self._weights[words] + segment),
            self._stored("embeddings.position_embeddings.weight"),
            "",
            self._stored("embeddings.LayerNorm.weight"),
            self._stored("embeddings.LayerNorm.bias"),
        ]
        self._nodes.append(
            self._onnx.helper.make_node(
                "EmbedLayerNormalization",
                inputs,
                ["embedded", ""],  # the second output, an index of mask ends, is not used
                name="embedded",
                domain=_CONTRIB,
                epsilon=self._config["layer_norm_eps"],
            )
        )
        return "embedded"

    def _layer(self, layer: str, state: str) -> str:
        own = f"{layer}.attention.self"
        parts = [f"{own}.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], axis=1)
        bias = np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        inputs = [
            state,
            self._constant(f"{own}.weight", weight),
            self._constant(f"{own}.bias", bias),
            MASK,
        ]
        heads = self._config["num_attention_heads"]
        mixed = self._add("Attention", inputs, own, domain=_CONTRIB, num_heads=heads)
        state = self._skip(mixed, state, f"{layer}.attention.output")
        dense = f"{layer}.intermediate.dense"
        wide = self._product(state, dense)
        wide = self._add("BiasGelu", [wide, self._stored(f"{dense}.bias")], dense, domain=_CONTRIB)
        return self._skip(wide, state, f"{layer}.output")

    def _skip(self, state: str, before: str, block: str) -> str:
        """Add a dense layer, the state before the block, and a layer norm over their sum."""
        inputs = [
            self._product(state, f"{block}.dense"),
            before,
            self._stored(f"{block}.LayerNorm.weight"),
            self._stored(f"{block}.LayerNorm.bias"),
            self._stored(f"{block}.dense.bias"),
        ]
        epsilon = self._config["layer_norm_eps"]
        return self._add("SkipLayerNormalization", inputs, block, domain=_CONTRIB, epsilon=epsilon)

    def _pooled(self, state: str) -> None:
        axis = self._onnx.numpy_helper.from_array(np.array([1], np.int64), "middle")
        self._constants["middle"] = axis
        mask = self._add("Cast", [MASK], "mask", to=self._onnx.TensorProto.FLOAT)
        row = self._add("Unsqueeze", [mask, "middle"], "mask_row")  # [n, 1, length]
        total = self._add("MatMul", [row, state], "total")  # [n, 1, hidden]
        flat = self._add("Squeeze", [total, "middle"], "flat")
        self._add("LpNormalization", [flat], VECTORS, axis=-1, p=2)
