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
    """A causal model, its tokenizer, and the number format that its matrices multiply in.

    The rows of `words` in embedding and head are learned whole, beside the adapter.
    """

    model: Any
    tokenizer: Any
    dtype: "torch.dtype"
    device: "torch.device"
    words: tuple[int, ...] = ()  # token ids


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
    """Return the model with new float32 adapters on all its linear layers but the head.

    With rank 0 there is no adapter, and all weights learn.
    """
    if not rank:
        return base.model.float().requires_grad_(True)
    peft, torch = load("peft", extra=EXTRA), load("torch", extra=EXTRA)
    rows = {name: list(base.words) for name in _tables(base.model)} if base.words else None
    config = peft.LoraConfig(
        r=rank, lora_alpha=alpha, target_modules="all-linear", trainable_token_indices=rows
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = peft.get_peft_model(base.model, config, autocast_adapter_dtype=True)
    for part in model.modules():
        if hasattr(part, "trainable_tokens_delta"):
            part.cast_input_dtype_enabled = True  # PEFT asks every layer for it, and forgot these
    return model


def _tables(model: Any) -> list[str]:
    """Return the names of the embedding and, where it has weights of its own, of the head."""
    table, head = model.get_input_embeddings(), model.get_output_embeddings()
    own = [table] if head.weight is table.weight else [table, head]
    return [name for name, part in model.named_modules() if any(part is one for one in own)]
