"""Instructions for models that write: a tiny T5 learns them, a causal model has rows of them."""

import json

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.tuning.instructions.writing.causal import as_row, write_rows
from sommelier.tuning.instructions.writing.seq2seq import Seq2SeqSettings, train
from sommelier.tuning.lora.rows import read_rows


def row(number, split="train"):
    right = number % 2 == 0
    return InstructionRow(
        id=f"{split}-{number}",
        set="pots",
        split=split,
        user="u",
        target="i1",
        preference="P0",
        intention="I1",
        form="T0",
        template="t/1",
        wish="red" if right else "blue",
        text="red pot" if right else "blue pot",
        spoken="red",
        answer="yes" if right else "no",
        rationale="It is red.",
    )


ROWS = [row(number) for number in range(16)] + [row(0, "test")]


@pytest.fixture(scope="module")
def t5(tmp_path_factory):
    torch, transformers, *_ = (
        pytest.importorskip(name, reason="needs sommelier[train]")
        for name in ("torch", "transformers", "peft", "accelerate")
    )
    folder = tmp_path_factory.mktemp("t5")
    words = ["<pad>", "</s>", "<unk>", "red", "blue", "pot", "yes", "no", "It", "is", "."]
    made = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>"
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=len(words),
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=0,
    )
    transformers.T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def test_a_t5_learns_and_goes_on_from_its_checkpoint(t5, tmp_path):
    told = []
    made = Seq2SeqSettings(rank=4, learning_rate=3e-2, batch=8, together=1, steps=20, save_steps=10)
    half = made.model_copy(update={"steps": 10})
    train(t5, ROWS, tmp_path, settings=half, report=lambda step, loss: told.append((step, loss)))
    adapter = train(
        t5, ROWS, tmp_path, settings=made, report=lambda step, loss: told.append((step, loss))
    )
    assert [step for step, _ in told] == list(range(1, 21))
    assert told[-1][1] < told[0][1] / 2
    assert (adapter / "adapter_model.safetensors").exists()


def test_what_is_no_such_model_is_told_of(tmp_path):
    for name in ("torch", "transformers", "peft", "accelerate"):
        pytest.importorskip(name, reason="needs sommelier[train]")
    with pytest.raises(DataError, match="cannot be read as a sequence-to-sequence model"):
        train(tmp_path / "nothing", ROWS, tmp_path / "out")


def test_a_causal_row_asks_and_answers_and_may_think_before(tmp_path):
    plain, thinking = as_row(ROWS[0]), as_row(ROWS[0], think=True)
    assert (plain.user, plain.answer, plain.group) == ("red pot", "yes", "T0")
    assert thinking.answer == "It is red.\nAnswer: yes"
    path = write_rows(ROWS, tmp_path / "rows.jsonl", split="train")
    assert [one.answer for one in read_rows(path)] == ["yes", "no"] * 8
    assert json.loads(path.read_text().splitlines()[0])["system"].startswith("You choose")


def test_without_rows_of_a_part_nothing_is_written(tmp_path):
    with pytest.raises(DataError, match="'dev'"):
        write_rows(ROWS, tmp_path / "rows.jsonl", split="dev")
    assert not list(tmp_path.iterdir())
