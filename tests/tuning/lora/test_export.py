from pathlib import Path

import numpy as np
import pytest

gguf = pytest.importorskip("gguf", reason="needs sommelier[train]")
pytest.importorskip("torch", reason="needs sommelier[train]")

from safetensors.numpy import load_file  # noqa: E402

from sommelier.errors import DataError  # noqa: E402
from sommelier.tuning.lora.export import export, imported, shape  # noqa: E402
from sommelier.tuning.lora.train import Settings, train  # noqa: E402


@pytest.fixture
def adapter(base: Path, rows: Path, tmp_path: Path) -> Path:
    settings = Settings(rank=2, alpha=4, pack=400, precision="float32", threads=1)
    return train(base, rows, tmp_path / "run", settings=settings)


def test_an_exported_adapter_holds_every_matrix_in_the_order_of_llama_cpp(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    architecture, head = shape(base)
    file = export(adapter, tmp_path / "a.gguf", architecture=architecture, head=head, name="tiny")
    reader = gguf.GGUFReader(file)
    assert reader.get_field("adapter.type").contents() == "lora"
    assert reader.get_field("adapter.lora.alpha").contents() == 4.0
    assert reader.get_field("general.architecture").contents() == "llama"
    found = {part.name: part.data for part in reader.tensors}
    kept = load_file(adapter / "adapter_model.safetensors")
    assert len(found) == len(kept) == 2 * 7 * 2  # two sides, seven matrices, two layers
    name = "base_model.model.model.layers.1.{}.lora_{}.weight"
    np.testing.assert_allclose(
        found["blk.1.ffn_up.weight.lora_b"], kept[name.format("mlp.up_proj", "B")], atol=1e-4
    )
    np.testing.assert_allclose(
        found["blk.1.attn_q.weight.lora_a"], kept[name.format("self_attn.q_proj", "A")], atol=1e-4
    )
    mine, theirs = kept[name.format("self_attn.k_proj", "B")], found["blk.1.attn_k.weight.lora_b"]
    half = head // 2
    for row in range(len(mine)):  # place i and i + half of a head are neighbours there
        start, i = row // head * head, row % head
        there = start + 2 * (i % half) + i // half
        np.testing.assert_allclose(theirs[there], mine[row], atol=1e-4)


def test_an_exported_adapter_comes_back_as_it_was(
    base: Path, adapter: Path, tmp_path: Path
) -> None:
    architecture, head = shape(base)
    file = export(adapter, tmp_path / "a.gguf", architecture=architecture, head=head, name="tiny")
    kept, back = load_file(adapter / "adapter_model.safetensors"), imported(file, head=head)
    assert set(back) == set(kept)
    for name, values in kept.items():
        np.testing.assert_allclose(back[name], values, atol=1e-4)


def test_a_run_may_begin_from_an_exported_adapter(
    base: Path, rows: Path, adapter: Path, tmp_path: Path
) -> None:
    architecture, head = shape(base)
    file = export(adapter, tmp_path / "a.gguf", architecture=architecture, head=head, name="tiny")
    settings = Settings(
        rank=2, alpha=4, pack=400, precision="float32", threads=1, learning_rate=1e-12
    )
    made = train(base, rows, tmp_path / "more", start=file, settings=settings)
    kept, more = (load_file(f / "adapter_model.safetensors") for f in (adapter, made))
    for name, values in kept.items():
        np.testing.assert_allclose(more[name], values, atol=1e-3)


def test_what_is_no_adapter_is_no_start(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(b"GGUF nothing")
    with pytest.raises(DataError, match="holds no adapter"):
        imported(tmp_path / "a.gguf", head=16)


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no adapter"):
        export(tmp_path, tmp_path / "a.gguf", architecture="llama", head=16, name="x")
