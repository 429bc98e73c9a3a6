"""From queries to items: a language model writes their names, and can write nothing else.

Beam search along the tree of all names (`engines/semantic_id`), with the log-probabilities taken
among the words that may follow; each step computes these words only, not the whole vocabulary. A
prompt is read once, and the keys and values of its tokens are kept for all its beginnings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np

from sommelier.data.catalog import Catalog
from sommelier.engines.query import Query, cells
from sommelier.engines.ranking import Ranking, top_k
from sommelier.engines.semantic_id.beam import search
from sommelier.engines.semantic_id.trie import Trie
from sommelier.engines.sequence.serving import sequence
from sommelier.errors import DataError, UsageError
from sommelier.extras import load
from sommelier.tuning.indexing.growing import grown
from sommelier.tuning.indexing.tasks import WINDOW, asked, plain, system
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.lora.base import EXTRA, Base, Precision, load_base
from sommelier.tuning.lora.rows import Row, tokenise
from sommelier.types import Floats, Ints, Nums

if TYPE_CHECKING:
    import torch

__all__ = ["IndexLM"]

_PEOPLE: Final = 16  # read at once
_CELLS: Final = 16_384  # tokens that are looked back on at once, over all beginnings
_SAID: Final = 400  # characters of a wish that are read


@dataclass(frozen=True, eq=False)
class _Read:
    """Prompts of several people, read: what the model keeps of each."""

    cache: Any  # keys and values
    seen: "torch.Tensor"  # [n, T] whether there is such a token; shorter prompts begin later
    states: "torch.Tensor"  # [n, size] of the last token


class IndexLM:
    """Recommends what a tuned model of `train` writes.

    It is a class of this room and no engine: engines serve with NumPy and ONNX Runtime, so that a
    workspace opens without torch, and neither they nor a door of the product may import the
    laboratory; what it knows can reach the product as a teacher of small engines.
    """

    def __init__(
        self, base: Base, vocabulary: Vocabulary, catalog: Catalog, *, beams: int = 20
    ) -> None:
        """`base` has the words and its final weights; `beams` beginnings are followed at a time."""
        vocabulary.check(catalog)
        if beams < 1:
            raise UsageError(f"At least one beginning must be followed, not {beams}.")
        self.base, self.vocabulary, self.beams = base, vocabulary, beams
        self._noun, self._plural = catalog.schema.noun, catalog.schema.plural
        self._trie = Trie(vocabulary.codes)
        base.model.eval()
        base.model.set_attn_implementation("sdpa")  # the packed one knows no padding

    @classmethod
    def open(
        cls,
        base: Path,
        tuned: Path,
        catalog: Catalog,
        *,
        beams: int = 20,
        precision: Precision = "float32",
    ) -> Self:
        """Read the model at `base` and what `train` wrote to `tuned`; DataError if unfit.

        A `precision` of 16 bits takes half the memory, and rounds what was learned.
        """
        peft, files = load("peft", extra=EXTRA), load("safetensors.torch", extra=EXTRA)
        vocabulary, last = Vocabulary.load(tuned), tuned / "last"
        found = grown(load_base(base, precision=precision), vocabulary)
        try:
            if (last / "adapter_config.json").exists():
                model = peft.PeftModel.from_pretrained(found.model, str(last)).merge_and_unload()
            else:
                model = found.model
                files.load_model(model, last / "model.safetensors")
        except (OSError, ValueError, RuntimeError) as error:
            raise DataError(f"{last} holds no model made from {base}: {error}") from error
        made = Base(model, found.tokenizer, found.dtype, found.device, found.words)
        return cls(made, vocabulary, catalog, beams=beams)

    @property
    def n_items(self) -> int:
        """How many items there are to write."""
        return len(self.vocabulary)

    def recommend(
        self,
        queries: Sequence[Query],
        k: int,
        *,
        candidates: Nums | None = None,
        seen: bool = False,
    ) -> Ranking:
        """Return the k best items per query, without what it has `seen`, ties by item_num.

        At least `k` beginnings are followed. Items that were not written to the end stand before
        none that were, in the order of their beginnings.
        """
        score = partial(self.score, beams=max(self.beams, k))
        return top_k(score, queries, k, self.n_items, candidates=candidates, seen=seen)

    def score(
        self, queries: Sequence[Query], items: Nums | None = None, *, beams: int | None = None
    ) -> Floats:
        """Return log-probabilities float32 [n_queries, n_items], or only the columns `items`.

        They are exact for the items that were written, and add up to one over the catalogue if
        `beams` is as wide as it. DataError for strange items, or for a context that is too short.
        """
        torch = load("torch", extra=EXTRA)
        for told in ("history", "liked", "disliked"):
            cells([getattr(query, told) for query in queries], self.n_items)
        prompts = self._prompts(queries)
        scores = np.empty((len(queries), self.n_items), np.float32)
        order = np.argsort([len(prompt) for prompt in prompts], kind="stable")
        with torch.inference_mode():
            for begin in range(0, len(order), _PEOPLE):
                some = order[begin : begin + _PEOPLE]
                read = self._read([prompts[one] for one in some.tolist()])
                logits = partial(self._logits, read)
                scores[some] = search(self._trie, logits, len(some), beams or self.beams)
        return scores if items is None else scores[:, items]

    def _prompts(self, queries: Sequence[Query]) -> list[list[int]]:
        """Return what stands before the name that is asked for, as tokens."""
        rows = [self._row(query) for query in queries]
        found = [
            [*row.prefix, *row.asked, *row.answer[:-1]]  # without the end, for it goes on
            for row in tokenise(rows, self.base.tokenizer)
        ]
        context = getattr(self.base.model.config, "max_position_embeddings", None)
        longest = max(map(len, found), default=0) + self.vocabulary.codes.shape[1]
        if context is not None and longest > context:
            raise DataError(
                f"A prompt has {longest} tokens, and this model reads {context}.",
                hint="Shorten the histories, or tune a model with a longer context.",
            )
        return found

    def _row(self, query: Query) -> Row:
        """Return the task that a query is: a wish, one after a history, or a history to go on."""
        met = self.vocabulary.written(sequence(query, WINDOW))
        wish = plain(query.text, _SAID)
        slots = {"noun": self._noun, "plural": self._plural, "met": met, "wish": wish}
        task = ("search_after" if met else "search") if wish else "sequence"
        said = "" if wish else met
        return Row(system(self._noun, self._plural), asked(task, 0, slots), said, "index")

    def _read(self, prompts: Sequence[Sequence[int]]) -> _Read:
        torch, transformers = load("torch", extra=EXTRA), load("transformers", extra=EXTRA)
        longest = max(map(len, prompts))
        pad = self.base.words[0]  # any token: nobody sees it
        tokens = torch.tensor([[*[pad] * (longest - len(one)), *one] for one in prompts])
        sizes = torch.tensor([len(one) for one in prompts])
        seen = torch.arange(longest) >= longest - sizes[:, None]
        tokens, seen = tokens.to(self.base.device), seen.to(self.base.device)
        cache = transformers.DynamicCache()
        return _Read(cache, seen, self._states(tokens, seen, cache)[:, -1])

    def _states(self, tokens: Any, seen: Any, cache: Any) -> "torch.Tensor":
        """Return states [n, T, size] of tokens [n, T], the last of those `seen` [n, <= all]."""
        model = self.base.model
        body = getattr(model, model.base_model_prefix)
        places = (seen.long().cumsum(1) - 1).clamp(min=0)[:, -tokens.shape[1] :]
        found: torch.Tensor = body(
            input_ids=tokens,
            attention_mask=seen.long(),
            position_ids=places,
            past_key_values=cache,
            use_cache=True,
        ).last_hidden_state
        return found

    def _logits(self, read: _Read, level: int, rows: Ints, codes: Ints) -> Floats:
        """Return logits [n, n_codes of the level] behind codes [n, level] that were written."""
        torch = load("torch", extra=EXTRA)
        starts = self.vocabulary.starts
        ids = torch.tensor(self.base.words, device=self.base.device)
        table = self.base.model.get_output_embeddings().weight
        head = table[ids[starts[level] : starts[level + 1]]].float().T
        if not level:
            states = read.states[torch.from_numpy(rows).to(self.base.device)]
            return np.asarray((states.float() @ head).cpu().numpy())
        step = max(1, _CELLS // (read.seen.shape[1] + level))
        written = ids[torch.from_numpy(codes + starts[:level]).to(self.base.device)]
        found = []
        for begin in range(0, len(rows), step):
            part = torch.from_numpy(rows[begin : begin + step]).to(self.base.device)
            tokens = written[begin : begin + step]
            seen = torch.cat([read.seen[part], torch.ones_like(tokens, dtype=torch.bool)], 1)
            states = self._states(tokens, seen, _copied(read.cache, part))[:, -1]
            found.append((states.float() @ head).cpu().numpy())
        return np.concatenate(found)


def _copied(cache: Any, rows: "torch.Tensor") -> Any:
    """Return keys and values of some rows, to write more of."""
    made = load("transformers", extra=EXTRA).DynamicCache()
    for place, layer in enumerate(cache.layers):
        made.update(layer.keys[rows], layer.values[rows], place)
    return made
