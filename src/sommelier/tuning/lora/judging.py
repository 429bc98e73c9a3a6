"""How well a model writes the answers of rows, in one pass: loss, and how many are exact.

An answer counts as exact where the likeliest token is right at every place behind the right ones
before it, which is when a model that always takes the likeliest token writes just that answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA, Base
from sommelier.tuning.lora.packing import batch, lean, logits
from sommelier.tuning.lora.rows import Pack

__all__ = ["Judged", "judge"]


@dataclass(frozen=True)
class Judged:
    """Mean loss of an answer token, share of answers written exactly, and of how many."""

    loss: float
    exact: float
    rows: int


def judge(model: Any, base: Base, given: Sequence[Pack]) -> Judged:
    """Judge a model, with or without adapter, on packs."""
    torch = load("torch", extra=EXTRA)
    loss, tokens, exact, rows = 0.0, 0, 0, 0
    was = model.training
    model.eval()
    with torch.no_grad(), lean(model, base):
        for pack in given:
            laid = batch(pack, base.device)
            scores = logits(model, laid)
            loss += float(torch.nn.functional.cross_entropy(scores, laid.wanted, reduction="sum"))
            wrong = scores.argmax(-1) != laid.wanted
            tokens, rows = tokens + len(laid.wanted), rows + len(pack.rows)
            exact += len(pack.rows) - len(laid.row[wrong].unique())
    model.train(was)
    return Judged(loss / max(tokens, 1), exact / max(rows, 1), rows)
