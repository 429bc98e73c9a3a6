"""One pass over a pack: turns see the shared prefix and themselves, never one another.

Attention is computed in two parts, the prefix over itself and all turns, padded to the longest,
over prefix and self; so no product is spent on pairs of turns that may not see each other. The
head, with its large vocabulary, is computed where an answer is predicted and nowhere else.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA, Base
from sommelier.tuning.lora.rows import Pack

if TYPE_CHECKING:
    import torch

__all__ = ["ATTENTION", "Batch", "Layout", "batch", "lean", "logits", "register"]

ATTENTION: Final = "sommelier_packed"
_EVEN: Final = 64  # lengths are rounded up: every new length makes its own compiled products


@dataclass(frozen=True)
class Layout:
    """Where the turns of a pack lie: `prefix` tokens, then R turns of up to L tokens."""

    prefix: int
    own: "torch.Tensor"  # (R, L) place of each token of each turn; the padding repeats the first
    real: "torch.Tensor"  # (R, L) whether there is such a token
    hidden: "torch.Tensor"  # (R, 1, L, prefix + L) whether a token may not look there


@dataclass(frozen=True)
class Batch:
    """A pack as tensors: tokens and positions (1, T), and the answers that are asked of it."""

    tokens: "torch.Tensor"
    positions: "torch.Tensor"
    layout: Layout
    before: "torch.Tensor"  # (A,) places from which an answer token is predicted
    wanted: "torch.Tensor"  # (A,) the tokens to predict
    row: "torch.Tensor"  # (A,) which row of the pack each belongs to


def batch(pack: Pack, device: Any) -> Batch:
    """Lay a pack out; positions begin anew behind the prefix for every turn.

    The last turn is followed by filler that nothing before it can see.
    """
    torch = load("torch", extra=EXTRA)
    prefix = pack.rows[0].prefix
    sizes = [row.turn for row in pack.rows]
    starts = list(accumulate(sizes[:-1], initial=len(prefix)))
    tokens, positions = list(prefix), list(range(len(prefix)))
    before, wanted, rows = list[int](), list[int](), list[int]()
    for i, (row, start) in enumerate(zip(pack.rows, starts, strict=True)):
        tokens += [*row.asked, *row.answer]
        positions += range(len(prefix), len(prefix) + row.turn)
        first = start + len(row.asked) - 1
        before += range(first, first + len(row.answer))
        wanted += row.answer
        rows += [i] * len(row.answer)
    filler = -len(tokens) % _EVEN
    tokens += tokens[-1:] * filler
    positions += range(positions[-1] + 1, positions[-1] + 1 + filler)
    sizes[-1] += filler
    made = [torch.tensor(part, device=device) for part in (tokens, positions, before, wanted, rows)]
    layout = _layout(len(prefix), sizes, starts, device)
    return Batch(made[0][None], made[1][None], layout, *made[2:])


def _layout(prefix: int, sizes: list[int], starts: list[int], device: Any) -> Layout:
    torch = load("torch", extra=EXTRA)
    column = torch.arange(max(sizes), device=device)
    real = column < torch.tensor(sizes, device=device)[:, None]
    first = torch.tensor(starts, device=device)[:, None]
    own = torch.where(real, first + column, first)
    later = (column[:, None] < column).expand(len(sizes), -1, -1)
    hidden = torch.nn.functional.pad(later, (prefix, 0))[:, None]
    return Layout(prefix, own, real, hidden)


def logits(model: Any, given: Batch) -> "torch.Tensor":
    """Return the scores (A, vocabulary) of what may stand at each wanted place, in float32."""
    whole = model.get_base_model() if hasattr(model, "get_base_model") else model
    body = getattr(whole, whole.base_model_prefix)
    states = body(
        input_ids=given.tokens,
        position_ids=given.positions,
        use_cache=False,
        packing=given.layout,
    ).last_hidden_state
    return whole.get_output_embeddings()(states[0, given.before]).float()


@contextmanager
def lean(model: Any, base: Base) -> Iterator[None]:
    """Multiply in the base's number format while adapters stay in float32."""
    torch = load("torch", extra=EXTRA)
    helpers = load("peft.helpers", extra=EXTRA)
    if base.dtype == torch.float32:
        yield
        return
    with torch.autocast(base.device.type, base.dtype), helpers.disable_input_dtype_casting(model):
        yield


def register() -> None:
    """Make the packed attention known to Transformers, under the name `ATTENTION`."""
    load("transformers", extra=EXTRA).AttentionInterface.register(ATTENTION, _attention)


def _attention(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Any,
    *,
    packing: Layout | None = None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[Any, None]:
    """Attend as Transformers asks: (1, heads, T, size) in, (1, T, heads, size) out."""
    sdpa = load("transformers.integrations.sdpa_attention", extra=EXTRA).sdpa_attention_forward
    if packing is None:
        return sdpa(module, query, key, value, attention_mask, scaling=scaling, **more)  # type: ignore[no-any-return]
    torch = load("torch", extra=EXTRA)
    n = packing.prefix
    shared = [part[:, :, :n] for part in (query, key, value)]
    first, _ = sdpa(module, *shared, None, scaling=scaling, is_causal=True)
    turns = _turns(query[0], key[0], value[0], packing, scaling or query.shape[-1] ** -0.5)
    return torch.cat([first, turns[packing.real][None]], 1), None


def _turns(query: Any, key: Any, value: Any, packing: Layout, scale: float) -> Any:
    """Attention of all turns, (heads, T, size) in, (R, L, heads, size) out.

    Heads that share keys are laid behind one another, and the prefix is never repeated.
    """
    torch = load("torch", extra=EXTRA)
    heads, _, size = query.shape
    keys, (rows, length) = key.shape[0], packing.own.shape
    n, group = packing.prefix, heads // keys
    asked = query[:, packing.own].view(keys, group, rows, length, size).transpose(1, 2)
    asked = asked.reshape(keys, rows, group * length, size)
    own_key, own_value = key[:, packing.own], value[:, packing.own]  # (keys, R, L, size)
    far = asked.reshape(keys, -1, size) @ key[:, :n].transpose(1, 2)
    near = asked @ own_key.transpose(2, 3)
    scores = torch.cat([far.view(keys, rows, group * length, n), near], 3).float() * scale
    scores = scores.view(keys, rows, group, length, -1)
    scores = scores.masked_fill(packing.hidden, float("-inf")).softmax(-1).to(query.dtype)
    scores = scores.view(keys, rows, group * length, -1)
    far = scores[..., :n].reshape(keys, -1, n) @ value[:, :n]
    seen = far.view(keys, rows, group * length, size) + scores[..., n:] @ own_value
    seen = seen.view(keys, rows, group, length, size)
    return seen.permute(1, 3, 0, 2, 4).reshape(rows, length, heads, size)
