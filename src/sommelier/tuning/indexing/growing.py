"""A model's vocabulary grown by the items' words: old rows stay, new ones begin where they belong.

The row of a word begins as the mean, over the items that carry its code, of the mean row of the
tokens of their texts (as Hewitt 2021, "Initializing New Word Embeddings for Pretrained Language
Models", does with all words). Tried on SmolLM2-135M before the first step, words are likelier then
than from random rows, and text behind words is less likely; most tasks write words. Works on any
causal model of Transformers, whether or not the head shares the embedding's weights; a head with a
bias cannot learn rows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from sommelier.errors import DataError
from sommelier.extras import load
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.lora.base import EXTRA, Base

if TYPE_CHECKING:
    import torch

__all__ = ["PLAIN", "begun", "grown"]

PLAIN: Final = (  # how a model is talked to that was never taught to chat
    "{% for m in messages %}{{ m.content }}\n\n{% endfor %}"
)
_TOKENS: Final = 64  # of a text, that its item's words begin from


def grown(base: Base, vocabulary: Vocabulary) -> Base:
    """Add the words to tokenizer and model, both changed in place; what they say comes later.

    DataError for a model that cannot take them: without end token, or with a bias on its head.
    """
    tokenizers = load("tokenizers", extra=EXTRA)
    model, tokenizer = base.model, base.tokenizer
    head = model.get_output_embeddings()
    if tokenizer.eos_token_id is None or head is None or getattr(head, "bias", None) is not None:
        raise DataError(
            "This model cannot learn new words: it has no end token, or a bias on its head.",
            hint="Take another base model, for instance one of the Llama or Qwen families.",
        )
    if not tokenizer.chat_template:
        tokenizer.chat_template = PLAIN
    words = vocabulary.words
    tokenizer.add_tokens([tokenizers.AddedToken(word, normalized=False) for word in words])
    ids = tokenizer.convert_tokens_to_ids(words)
    size = model.get_input_embeddings().weight.shape[0]  # often more than the tokenizer knows
    model.resize_token_embeddings(max(size, len(tokenizer)), mean_resizing=False)
    return replace(base, words=tuple(ids))


def begun(base: Base, vocabulary: Vocabulary, texts: Sequence[str]) -> Base:
    """Let the words of a grown model begin from the `texts` of the items [n_items]."""
    torch = load("torch", extra=EXTRA)
    model = base.model
    new = set(base.words)
    given = base.tokenizer(list(texts), add_special_tokens=False).input_ids
    told = [[token for token in ids if token not in new][:_TOKENS] for ids in given]
    table, head = (part.weight for part in (model.get_input_embeddings(), _head(model)))
    for weight in [table] if head is table else [table, head]:
        with torch.no_grad():
            rows = _rows(weight, vocabulary, told)
            weight[torch.tensor(base.words, device=weight.device)] = rows.to(weight)
    return base


def _head(model: Any) -> Any:
    return model.get_output_embeddings()


def _rows(
    weight: "torch.Tensor", vocabulary: Vocabulary, told: Sequence[Sequence[int]]
) -> "torch.Tensor":
    """Return the first row of each word [n_words, size]; the mean of all where nothing is said."""
    torch = load("torch", extra=EXTRA)
    some = [item for item, ids in enumerate(told) if ids]
    means = [
        weight[torch.tensor(told[item], device=weight.device)].float().mean(0) for item in some
    ]
    items = torch.stack([*means, weight.float().mean(0)])  # the last stands for silent items
    places = torch.full((len(told),), len(some))
    places[some] = torch.arange(len(some))
    sums = torch.zeros(len(vocabulary.words), weight.shape[1], device=weight.device)
    counts = torch.zeros(len(vocabulary.words), 1, device=weight.device)
    for start, codes in zip(vocabulary.starts[:-1].tolist(), vocabulary.codes.T, strict=True):
        words = (torch.from_numpy(codes) + start).to(weight.device)
        sums.index_add_(0, words, items[places.to(weight.device)])
        counts.index_add_(0, words, torch.ones(len(told), 1, device=weight.device))
    return torch.where(counts > 0, sums / counts.clamp(min=1), items[-1])
