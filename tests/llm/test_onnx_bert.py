"""The graph computes what BERT is defined to compute, written out here in NumPy."""

import numpy as np
import onnxruntime as ort
import pytest
from safetensors.numpy import save_file
from scipy.special import erf, softmax

from sommelier.errors import DataError
from sommelier.llm.onnx_bert import IDS, MASK, VECTORS, build

pytest.importorskip("onnx")


def norm(state, weights, name):
    centred = state - state.mean(-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def dense(state, weights, name):
    return state @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def attention(state, weights, layer, heads=2):
    query, key, value = (
        dense(state, weights, f"{layer}.attention.self.{part}").reshape(len(state), heads, -1)
        for part in ("query", "key", "value")
    )
    scores = np.einsum("ihd,jhd->hij", query, key) / np.sqrt(query.shape[-1])
    mixed = np.einsum("hij,jhd->ihd", softmax(scores, axis=-1), value).reshape(len(state), -1)
    return dense(mixed, weights, f"{layer}.attention.output.dense")


def reference(ids, weights):
    state = weights["embeddings.word_embeddings.weight"][ids]
    state = state + weights["embeddings.position_embeddings.weight"][: len(ids)]
    state = state + weights["embeddings.token_type_embeddings.weight"][0]
    state = norm(state, weights, "embeddings.LayerNorm")
    for layer in ("encoder.layer.0", "encoder.layer.1"):
        mixed = attention(state, weights, layer)
        state = norm(state + mixed, weights, f"{layer}.attention.output.LayerNorm")
        wide = dense(state, weights, f"{layer}.intermediate.dense")
        wide = wide * (1 + erf(wide / np.sqrt(2))) / 2
        wide = dense(wide, weights, f"{layer}.output.dense")
        state = norm(state + wide, weights, f"{layer}.output.LayerNorm")
    mean = state.mean(0)
    return mean / np.linalg.norm(mean)


def test_the_graph_equals_the_definition_with_and_without_padding(tmp_path, raw, weights):
    for file in raw.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    build(tmp_path)
    session = ort.InferenceSession(
        str(tmp_path / "model.onnx"), providers=ort.get_available_providers()[-1:]
    )
    texts = [[2, 5, 6, 7, 3], [2, 4, 3], [2, 3]]
    ids = np.zeros((3, 5), np.int32)
    mask = np.zeros((3, 5), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
        mask[row, : len(text)] = 1
    found = session.run([VECTORS], {IDS: ids, MASK: mask})[0]
    wanted = np.array([reference(text, weights) for text in texts])
    np.testing.assert_allclose(found, wanted, atol=2e-5)


def test_weights_of_another_kind_of_model_are_refused(tmp_path, raw):
    (tmp_path / "config.json").write_bytes((raw / "config.json").read_bytes())
    save_file({"wte.weight": np.zeros((3, 3), np.float32)}, tmp_path / "model.safetensors")
    with pytest.raises(DataError, match="not those of a BERT"):
        build(tmp_path)
