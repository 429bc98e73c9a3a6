"""Tuning the reader of instructions on a BERT of two layers with random weights."""

import json

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from sommelier.errors import DataError, UsageError
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.tuning.instructions.encoder import EncoderSettings, train
from sommelier.tuning.instructions.encoder.batches import batch, shelves

WORDS = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    *["red", "blue", "green", "kettle", "pot", "lid", "please", "now", "a"],
]
ITEMS = {f"i{number}": number for number in range(6)}
KINDS = ["red kettle", "blue kettle", "green kettle", "red pot", "blue pot", "green pot"]


@pytest.fixture(scope="session")
def bert(tmp_path_factory):
    reason = "needs sommelier[train]"
    torch, transformers, _ = (
        pytest.importorskip(name, reason=reason) for name in ("torch", "transformers", "peft")
    )
    folder = tmp_path_factory.mktemp("bert")
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    words.save(str(folder / "tokenizer.json"))
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
    )
    torch.manual_seed(0)
    transformers.BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def row(number, split="train", said=None, target=None, name="pots"):
    item = target or f"i{number % 6}"
    text = said if said is not None else f"please {KINDS[number % 6]} now"
    return InstructionRow(
        id=f"{split}-{number}",
        set=name,
        split=split,
        user="u",
        target=item,
        preference="P0",
        intention="I1",
        form="T2",
        template="t/1",
        wish=text,
        text=text,
        spoken=text,
        answer="x",
    )


ROWS = [row(number) for number in range(48)] + [row(number, "dev") for number in range(6)]
QUICK = EncoderSettings(
    rank=4, steps=60, batch=12, learning_rate=2e-2, head_rate=1e-2, dropout=0, strength=1, threads=1
)


@pytest.fixture
def catalogues():
    vectors = np.random.default_rng(0).standard_normal((6, 16)).astype(np.float32)
    return {"pots": (ITEMS, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))}


def test_what_is_said_comes_to_lie_by_the_item_that_was_meant(bert, catalogues, tmp_path):
    told = []
    made = train(bert, ROWS, catalogues, tmp_path, settings=QUICK, report=told.append)
    assert told[-1].loss < told[0].loss / 3
    assert told[-1].dev["pots"] > 0.9
    assert made.exists()


def test_a_run_that_was_stopped_goes_on_to_the_same_adapter(bert, catalogues, tmp_path):
    from safetensors.numpy import load_file

    quick = QUICK.model_copy(update={"steps": 8, "save_minutes": 1e-9, "dev_rows": 0})
    whole = load_file(train(bert, ROWS, catalogues, tmp_path / "a", settings=quick))

    def stop(told):
        if told.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(bert, ROWS, catalogues, tmp_path / "b", settings=quick, report=stop)
    again = load_file(train(bert, ROWS, catalogues, tmp_path / "b", settings=quick))
    assert whole.keys() == again.keys()
    for name, value in whole.items():
        np.testing.assert_allclose(value, again[name], atol=2e-3)
    steps = [json.loads(line)["step"] for line in (tmp_path / "b" / "log.jsonl").open()]
    assert steps == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_folder_of_another_run_is_refused(bert, catalogues, tmp_path):
    quick = QUICK.model_copy(update={"steps": 2, "dev_rows": 0})
    train(bert, ROWS, catalogues, tmp_path, settings=quick)
    with pytest.raises(UsageError, match="other rows or settings"):
        train(bert, ROWS[:20], catalogues, tmp_path, settings=quick)


def test_the_exported_adapter_gives_the_tuned_vectors(bert, catalogues, tmp_path):
    import torch
    from safetensors.numpy import load_file, save_file

    from sommelier.llm.encoder import OnnxEncoder
    from sommelier.llm.onnx_bert import build
    from sommelier.tuning.instructions.encoder.tower import open_tower
    from sommelier.tuning.lora.checkpoint import restore

    pytest.importorskip("onnx")
    adapter = train(bert, ROWS, catalogues, tmp_path / "run", settings=QUICK)
    tower = open_tower(bert, rank=4, dropout=0, seed=0)
    run = json.loads((tmp_path / "run" / "last" / "place.json").read_text())["run"]
    optimiser = torch.optim.AdamW([p for p in tower.model.parameters() if p.requires_grad])
    with pytest.raises(DataError):  # the optimiser has two groups; the weights are read before
        restore(tmp_path / "run", tower.model, optimiser, run)
    tower.model.eval()
    tower._half = False
    folder = tmp_path / "onnx"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json"):
        (folder / name).write_bytes((bert / name).read_bytes())
    weights = load_file(bert / "model.safetensors")
    save_file(weights, folder / "model.safetensors")
    build(folder, adapter)
    texts = ["please red kettle now", "a blue pot"]
    with torch.inference_mode():
        expected = tower.asked(texts, 32).numpy()
    np.testing.assert_allclose(OnnxEncoder(folder, "x").encode(texts), expected, atol=5e-3)


def test_half_the_strength_is_half_of_every_step_away_from_the_base(bert, catalogues, tmp_path):
    from safetensors.numpy import load_file

    quick = QUICK.model_copy(update={"steps": 4, "dev_rows": 0})
    half = quick.model_copy(update={"strength": 0.5})
    whole = load_file(train(bert, ROWS, catalogues, tmp_path, settings=quick))
    kept = load_file(train(bert, ROWS, catalogues, tmp_path, settings=half))
    for name, value in whole.items():
        share = 1 if name.endswith(".down") else 0.5
        np.testing.assert_allclose(kept[name], value * share, atol=1e-3)


def test_rows_that_say_nothing_or_name_lost_items_are_passed_over(catalogues):
    rows = [row(0), row(1, said=""), row(2, target="gone"), row(3, name="other")]
    [shelf] = shelves(rows, catalogues)["train"]
    assert shelf.texts == ("please red kettle now",)
    with pytest.raises(DataError, match="No row to train on"):
        shelves(rows[1:], catalogues)


def test_a_batch_follows_from_seed_and_step_and_holds_its_targets(catalogues):
    given = shelves(ROWS, catalogues)["train"]
    one = batch(given, 7, size=8, most=3, seed=1)
    again = batch(given, 7, size=8, most=3, seed=1)
    assert one.texts == again.texts and (one.items == again.items).all()
    assert one.texts != batch(given, 8, size=8, most=3, seed=1).texts
    said = dict(zip(given[0].texts, given[0].targets, strict=True))
    assert [said[text] for text in one.texts] == one.items[one.targets].tolist()


def test_a_folder_that_holds_no_encoder_is_told_of(catalogues, tmp_path):
    pytest.importorskip("torch"), pytest.importorskip("transformers"), pytest.importorskip("peft")
    with pytest.raises(DataError, match="cannot be read as a BERT encoder"):
        train(tmp_path, ROWS, catalogues, tmp_path / "out", settings=QUICK)
