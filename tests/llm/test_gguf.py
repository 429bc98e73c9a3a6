"""The head of a GGUF file tells what it is before llama.cpp is asked to load it."""

import struct

import numpy as np
import pytest

from sommelier.errors import DataError
from sommelier.llm.gguf import Header, check_adapter, check_model

LENGTH = struct.pack("<II", 4, 2048)
NUMBERS = struct.pack("<IIQ3f", 9, 6, 3, 1.0, 2.0, 3.0)
WORDS = struct.pack("<IIQQ1sQ2s", 9, 8, 2, 1, b"a", 2, b"bc")
MODEL = {
    "general.architecture": "llama",
    "tokens": WORDS,
    "scores": NUMBERS,
    "llama.context_length": LENGTH,
}
ADAPTER = {"general.architecture": "llama", "general.type": "adapter"}


def pair(name, reads, writes, rank=2):
    return {f"{name}.lora_a": np.ones((rank, reads)), f"{name}.lora_b": np.ones((writes, rank))}


@pytest.fixture
def model(tmp_path, write_gguf):
    return write_gguf(tmp_path / "model.gguf", MODEL, {"blk.0.q.weight": np.ones((6, 4))})


def test_settings_and_shapes_are_read_and_arrays_passed_over(model):
    head = check_model(model)
    assert head.settings == {"general.architecture": "llama", "llama.context_length": 2048}
    assert head.tensors == {"blk.0.q.weight": (4, 6)}
    assert (head.context, head.architecture, head.adapts) == (2048, "llama", False)


def test_an_adapter_that_fits_is_taken(model, tmp_path, write_gguf):
    path = write_gguf(tmp_path / "a.gguf", ADAPTER, pair("blk.0.q.weight", 4, 6))
    assert check_adapter(path, check_model(model)).adapts


@pytest.mark.parametrize(
    ("settings", "tensors", "fault"),
    [
        (ADAPTER, pair("blk.0.q.weight", 8, 6), "lora_a of"),
        (ADAPTER, pair("blk.0.q.weight", 4, 7), "lora_b of"),
        (ADAPTER, pair("blk.9.q.weight", 4, 6), "has no blk.9.q.weight"),
        ({**ADAPTER, "general.architecture": "qwen"}, {}, "'qwen', not 'llama'"),
    ],
)
def test_an_adapter_of_another_model_is_refused_with_the_reason(
    model, tmp_path, write_gguf, settings, tensors, fault
):
    path = write_gguf(tmp_path / "a.gguf", settings, tensors)
    with pytest.raises(DataError, match=f"made for another model than model.gguf: .*{fault}"):
        check_adapter(path, check_model(model))


def test_model_and_adapter_are_not_taken_for_one_another(model, tmp_path, write_gguf):
    adapter = write_gguf(tmp_path / "a.gguf", ADAPTER)
    with pytest.raises(DataError, match="is an adapter, not a model"):
        check_model(adapter)
    with pytest.raises(DataError, match="is a model, not an adapter"):
        check_adapter(model, check_model(model))


@pytest.mark.parametrize("data", [b"", b"GG", b"PK\x03\x04 a wheel", b"GGUF\x63\0\0\0"])
def test_what_is_no_gguf_file_is_told(tmp_path, data):
    path = tmp_path / "odd.gguf"
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"odd\.gguf is no GGUF file"):
        Header.read(path)


def test_a_head_that_is_cut_anywhere_is_told(model, tmp_path):
    whole, cut = model.read_bytes(), tmp_path / "cut.gguf"
    head = whole.index(b"blk.0.q.weight") + 20
    for length in range(0, head, 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(DataError, match="is no GGUF file"):
            Header.read(cut)


def test_an_absent_file_and_a_folder_are_told(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        Header.read(tmp_path / "absent.gguf")
    with pytest.raises(DataError, match="cannot be read"):
        Header.read(tmp_path)
