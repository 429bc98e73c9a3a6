"""A causal model of two layers with random weights, with and without a head of its own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from sommelier.data.dataset import Dataset
from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.testing import toy
from sommelier.testing.encoder import BagOfWords
from sommelier.tuning.indexing.make import make
from sommelier.tuning.indexing.tasks import spelt, system
from sommelier.tuning.instructions.sayings import Sayings

CODES = SemanticIdConfig(levels=2, codes=4, directions=4)


@pytest.fixture(scope="session")
def shop() -> Dataset:
    return toy.world().dataset


@pytest.fixture(scope="session")
def made(shop: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make` writes of the toy bookshop."""
    folder = tmp_path_factory.mktemp("made")
    make(shop, folder, 300, 1, sayings=Sayings(shop.catalog), config=CODES, encoder=BagOfWords())
    return folder


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """Return the folder of a model whose head shares the embedding's weights, or not."""
    reason = "needs sommelier[train]"
    torch, transformers, *_ = (
        pytest.importorskip(name, reason=reason) for name in ("torch", "transformers", "peft")
    )
    made: dict[bool, Path] = {}

    def base(tied: bool) -> Path:
        if tied not in made:
            made[tied] = tmp_path_factory.mktemp("base")
            tokenizer = _pieces(transformers)
            tokenizer.save_pretrained(made[tied])
            config = transformers.LlamaConfig(
                vocab_size=len(tokenizer) + 5,  # rows that no token has, as many models do
                hidden_size=64,
                intermediate_size=96,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                max_position_embeddings=1024,
                eos_token_id=tokenizer.eos_token_id,
                tie_word_embeddings=tied,
                initializer_range=0.15,  # such a small model attends to nothing below that
            )
            torch.manual_seed(0)
            transformers.LlamaForCausalLM(config).save_pretrained(made[tied])
        return made[tied]

    return base


def _pieces(transformers):  # type: ignore[no-untyped-def]
    """Return a tokenizer that knows the words of the tasks, so that rows are short."""
    letters = pre_tokenizers.ByteLevel.alphabet()
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    asks = [system("book", "books"), *(ask for asks, _ in spelt().values() for ask in asks)]
    bpe.train_from_iterator(asks, trainers.BpeTrainer(vocab_size=700, initial_alphabet=letters))
    return transformers.PreTrainedTokenizerFast(tokenizer_object=bpe, eos_token="<|im_end|>")
