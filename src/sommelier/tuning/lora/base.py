"""The model that is tuned: read from a folder or a GGUF file, with a low-rank adapter around it.

Knows Transformers and PEFT, no data and no training loop. A GGUF file is unpacked to full weights,
so an adapter learns beside the very weights, rounded as they are, that it will be served with.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sommelier.errors import DataError
from sommelier.extras import load

if TYPE_CHECKING:
    import torch

__all__ = ["EXTRA", "Base", "Precision", "load_base", "with_adapter"]

EXTRA = "train"
Precision = Literal["auto", "bfloat16", "float32"]


@dataclass(frozen=True)
class Base:
    """A causal model, its tokenizer, and the number format that its matrices multiply in."""

    model: Any
    tokenizer: Any
    dtype: "torch.dtype"
    device: "torch.device"


def load_base(path: Path, *, precision: Precision = "auto", device: str | None = None) -> Base:
    """Read a model from a Transformers folder or a `.gguf` file; DataError if that fails."""
    torch, transformers = load("torch", extra=EXTRA), load("transformers", extra=EXTRA)
    from sommelier.tuning.lora.packing import ATTENTION, register

    if not path.exists():
        raise DataError(f"There is no model at {path}.", hint="Give a folder or a .gguf file.")
    where = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    dtype = torch.float32 if precision == "float32" else torch.bfloat16
    if precision == "auto" and where.type == "cpu" and not torch.cpu._is_avx512_bf16_supported():
        dtype = torch.float32
    register()
    named, more = (path.parent, {"gguf_file": path.name}) if path.is_file() else (path, {})
    if more:
        load("gguf", extra=EXTRA)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(named), **more)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            str(named), dtype=dtype, attn_implementation=ATTENTION, **more
        )
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} cannot be read as a causal model: {error}") from error
    return Base(model.to(where), tokenizer, dtype, where)


def with_adapter(base: Base, *, rank: int = 16, alpha: float = 32.0, seed: int = 0) -> Any:
    """Return the model with new float32 adapters on all its linear layers but the head."""
    peft, torch = load("peft", extra=EXTRA), load("torch", extra=EXTRA)
    config = peft.LoraConfig(r=rank, lora_alpha=alpha, target_modules="all-linear")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return peft.get_peft_model(base.model, config, autocast_adapter_dtype=True)
