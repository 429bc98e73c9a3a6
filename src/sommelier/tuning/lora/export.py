"""An adapter as a GGUF file, which llama.cpp lays over its base model.

Knows the names that llama.cpp gives to the matrices of an architecture. Its `llama` model keeps
the rows of the query and key matrices in another order than Transformers does (the two halves of
rotary embedding interleaved), so `lora_b` of these is put into that order too.
"""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from sommelier.errors import DataError
from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA

__all__ = ["export", "imported", "shape"]

_NAMES: Final = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_ROTATED: Final = {"llama": ("attn_q", "attn_k")}  # architectures whose rows llama.cpp reorders


def export(adapter: Path, out: Path, *, architecture: str, head: int, name: str) -> Path:
    """Write the PEFT adapter of a folder to `out`, in half precision.

    `head` is the size of one attention head of the base model. Raises DataError where the folder
    holds no adapter, or one for matrices that have no name here.
    """
    gguf = load("gguf", extra=EXTRA)
    files = load("safetensors.numpy", extra=EXTRA)
    try:
        config = json.loads((adapter / "adapter_config.json").read_text(encoding="utf-8"))
        weights = files.load_file(adapter / "adapter_model.safetensors")
    except (OSError, ValueError) as error:
        raise DataError(f"{adapter} holds no adapter: {error}") from error
    part = out.with_suffix(".part")
    writer = gguf.GGUFWriter(part, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(config["lora_alpha"]))
    writer.add_name(name)
    for key in sorted(weights):
        named, values = _tensor(key, weights[key], architecture, head)
        writer.add_tensor(named, np.ascontiguousarray(values.astype(np.float16)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return part.replace(out)


def _tensor(key: str, values: Any, architecture: str, head: int) -> tuple[str, Any]:
    """Return llama.cpp's name of `base_model.model.model.layers.3.mlp.up_proj.lora_A.weight`."""
    before, _, rest = key.partition("layers.")
    layer, _, rest = rest.partition(".")
    module, _, side = rest.removesuffix(".weight").rpartition(".")
    named = _NAMES.get(module)
    if not before or named is None or side not in ("lora_A", "lora_B"):
        raise DataError(f"The adapter changes {key!r}, which llama.cpp has no name for here.")
    if side == "lora_B" and named in _ROTATED.get(architecture, ()):
        rows, rank = values.shape
        values = values.reshape(rows // head, 2, head // 2, rank).swapaxes(1, 2)
        values = values.reshape(rows, rank)
    return f"blk.{layer}.{named}.weight.{side.lower()}", values


def imported(file: Path, *, head: int) -> dict[str, Any]:
    """Return the weights of an exported adapter under PEFT's names: the way back of `export`.

    `head` is the size of one attention head. Raises DataError where the file is no such adapter.
    """
    gguf = load("gguf", extra=EXTRA)
    try:
        reader = gguf.GGUFReader(file)
        architecture = str(reader.get_field("general.architecture").contents())
        parts = {part.name: np.array(part.data) for part in reader.tensors}
        return dict(_peft(name, values, architecture, head) for name, values in parts.items())
    except (OSError, ValueError, AttributeError, KeyError) as error:
        raise DataError(f"{file} holds no adapter of this kind: {error}") from error


def _peft(name: str, values: Any, architecture: str, head: int) -> tuple[str, Any]:
    """Return PEFT's name of `blk.3.ffn_up.weight.lora_a`, and the rows in its order."""
    _, layer, named, _, side = name.split(".")
    module = next(ours for ours, theirs in _NAMES.items() if theirs == named)
    if side == "lora_b" and named in _ROTATED.get(architecture, ()):
        rows, rank = values.shape
        values = values.reshape(rows // head, head // 2, 2, rank).swapaxes(1, 2)
        values = values.reshape(rows, rank)
    kept = f"base_model.model.model.layers.{layer}.{module}.{side[:-1]}{side[-1].upper()}.weight"
    return kept, values.astype(np.float32)


def shape(base: Path) -> tuple[str, int]:
    """Return llama.cpp's name of a base model's architecture, and the size of a head."""
    transformers = load("transformers", extra=EXTRA)
    more = {"gguf_file": base.name} if base.is_file() else {}
    named = base.parent if base.is_file() else base
    try:
        config = transformers.AutoConfig.from_pretrained(str(named), **more)
    except (OSError, ValueError) as error:
        raise DataError(f"{base} cannot be read as a model: {error}") from error
    size = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return str(config.model_type), int(size)
