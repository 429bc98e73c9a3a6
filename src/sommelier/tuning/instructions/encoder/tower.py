"""The model that is tuned: a BERT sentence encoder with low-rank adapters, and a map for items.

Items keep the vectors of the untuned encoder; one matrix, zero at first, turns them. So a step goes
through the query side only, and the whole catalogue can stand in the loss. Knows no rows.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sommelier.errors import DataError
from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA

if TYPE_CHECKING:
    import torch

__all__ = ["ADAPTED", "Tower", "open_tower"]

ADAPTED: Final = ("query", "key", "value", "dense")  # linear layers of a BERT
_HEAD: Final = "head"


class Tower:
    """The encoder, its adapter and the items' map, on one device."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        """`model` is a PEFT model around a module with the parts `bert` and `head`."""
        self.model, self._tokenizer = model, tokenizer
        self._torch = load("torch", extra=EXTRA)
        self.device = next(model.parameters()).device
        fast = self.device.type == "cuda" or self._torch.cpu._is_avx512_bf16_supported()
        self._half = fast  # half the time; products only, sums stay in float32

    def asked(self, texts: Sequence[str], longest: int) -> "torch.Tensor":
        """Return unit vectors [len(texts), size] of texts cut to `longest` tokens."""
        torch = self._torch
        given = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt"
        ).to(self.device)
        half = torch.autocast(self.device.type, torch.bfloat16) if self._half else nullcontext()
        with half:
            states = self.model.base_model.model.bert(
                input_ids=given["input_ids"], attention_mask=given["attention_mask"]
            ).last_hidden_state
        pooled = (states.float() * given["attention_mask"][..., None]).sum(1)
        return torch.nn.functional.normalize(pooled, dim=-1)

    def items(self, vectors: "torch.Tensor") -> "torch.Tensor":
        """Return the vectors of items [n, size] as they are compared, of length one."""
        turned = vectors + self.model.base_model.model.head(vectors)
        return self._torch.nn.functional.normalize(turned, dim=-1)


def open_tower(folder: Path, *, rank: int, dropout: float, seed: int) -> Tower:
    """Read a BERT encoder from a Transformers folder; DataError if it is none."""
    torch, peft = load("torch", extra=EXTRA), load("peft", extra=EXTRA)
    transformers = load("transformers", extra=EXTRA)
    transformers.logging.set_verbosity_error()
    try:
        bert = transformers.BertModel.from_pretrained(str(folder), add_pooling_layer=False)
        tokenizer = transformers.PreTrainedTokenizerFast(
            tokenizer_file=str(folder / "tokenizer.json"),
            pad_token="[PAD]",
            cls_token="[CLS]",
            sep_token="[SEP]",
            unk_token="[UNK]",
        )
    except Exception as error:  # the libraries raise whatever a broken file led to
        raise DataError(
            f"{folder} cannot be read as a BERT encoder: {error}",
            hint="It needs config.json, model.safetensors and tokenizer.json.",
        ) from error

    class Both(torch.nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            size = bert.config.hidden_size
            self.bert, self.head = bert, torch.nn.Linear(size, size, bias=False)
            torch.nn.init.zeros_(self.head.weight)

    config = peft.LoraConfig(
        r=rank,
        lora_alpha=2 * rank,
        lora_dropout=dropout,
        target_modules=rf".*bert\.encoder.*\.({'|'.join(ADAPTED)})",
        modules_to_save=[_HEAD],
    )
    where = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = peft.get_peft_model(Both().to(where), config)
    return Tower(model, tokenizer)
