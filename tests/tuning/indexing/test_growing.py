"""New words come in and the old ones say what they said."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs sommelier[train]")

from sommelier.data.dataset import Dataset  # noqa: E402
from sommelier.errors import DataError  # noqa: E402
from sommelier.tuning.indexing.growing import begun, grown  # noqa: E402
from sommelier.tuning.indexing.vocabulary import Vocabulary  # noqa: E402
from sommelier.tuning.lora.base import load_base, with_adapter  # noqa: E402

ENDS = [pytest.param(True, id="tied"), pytest.param(False, id="untied")]


@pytest.fixture
def vocabulary(made: Path) -> Vocabulary:
    return Vocabulary.load(made)


@pytest.mark.parametrize("tied", ENDS)
def test_the_vocabulary_grows_and_old_logits_stay(
    bases: Callable[[bool], Path], vocabulary: Vocabulary, shop: Dataset, tied: bool
) -> None:
    base = load_base(bases(tied), precision="float32", device="cpu")
    old, text = len(base.tokenizer), "Bread before dawn"
    ids = torch.tensor([base.tokenizer(text).input_ids])
    before = base.model(ids).logits
    base = begun(grown(base, vocabulary), vocabulary, shop.catalog.texts())
    after = base.model(ids).logits
    assert len(base.tokenizer) == old + len(vocabulary.words)
    assert after.shape[-1] >= len(base.tokenizer)
    torch.testing.assert_close(after[..., :old], before[..., :old])
    assert base.tokenizer(text).input_ids == ids[0].tolist()
    shared = base.model.get_input_embeddings().weight is base.model.get_output_embeddings().weight
    assert shared is tied


def test_a_name_is_as_many_tokens_as_there_are_levels(
    bases: Callable[[bool], Path], vocabulary: Vocabulary
) -> None:
    base = grown(load_base(bases(True), precision="float32", device="cpu"), vocabulary)
    name = vocabulary.written([6, 7])
    ids = base.tokenizer(f"So far: {name}.", add_special_tokens=False).input_ids
    told = [token for token in ids if token in base.words]
    assert len(told) == 2 * vocabulary.codes.shape[1]
    assert base.tokenizer.convert_ids_to_tokens(told) == re.findall(r"<\w+>", name)


@pytest.mark.parametrize("tied", ENDS)
def test_a_word_begins_as_the_mean_of_the_texts_of_its_items(
    bases: Callable[[bool], Path], vocabulary: Vocabulary, shop: Dataset, tied: bool
) -> None:
    base = grown(load_base(bases(tied), precision="float32", device="cpu"), vocabulary)
    texts = shop.catalog.texts()
    tables = base.model.get_input_embeddings().weight, base.model.get_output_embeddings().weight
    old = [table.detach().clone() for table in tables]
    begun(base, vocabulary, texts)
    carriers = [item for item in range(shop.n_items) if vocabulary.codes[item, 1] == 2]
    word = base.words[int(vocabulary.starts[1]) + 2]
    for table, before in zip(tables, old, strict=True):
        means = [before[base.tokenizer(texts[item]).input_ids[:64]].mean(0) for item in carriers]
        torch.testing.assert_close(table[word], torch.stack(means).mean(0))


def test_items_without_a_text_begin_from_the_mean_of_all_words(
    bases: Callable[[bool], Path], vocabulary: Vocabulary, shop: Dataset
) -> None:
    base = grown(load_base(bases(True), precision="float32", device="cpu"), vocabulary)
    table = base.model.get_input_embeddings().weight
    mean = table.detach().mean(0)
    begun(base, vocabulary, [""] * shop.n_items)
    torch.testing.assert_close(table[list(base.words)], mean.expand(len(base.words), -1))


@pytest.mark.parametrize("tied", ENDS)
def test_only_the_adapter_and_the_new_rows_learn(
    bases: Callable[[bool], Path], vocabulary: Vocabulary, tied: bool
) -> None:
    base = grown(load_base(bases(tied), precision="float32", device="cpu"), vocabulary)
    model = with_adapter(base, rank=2)
    learns = {name: part for name, part in model.named_parameters() if part.requires_grad}
    rows = {name: part for name, part in learns.items() if "lora_" not in name}
    assert len(rows) == (1 if tied else 2)
    assert all(part.shape == (len(base.words), 64) for part in rows.values())


def test_a_model_that_cannot_learn_words_is_refused(
    bases: Callable[[bool], Path], vocabulary: Vocabulary
) -> None:
    base = load_base(bases(False), precision="float32", device="cpu")
    base.model.lm_head = torch.nn.Linear(64, base.model.config.vocab_size, bias=True)
    with pytest.raises(DataError, match="cannot learn new words"):
        grown(base, vocabulary)
