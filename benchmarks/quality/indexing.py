"""A language model that writes items as words, on Beauty or Industrial: trained and measured.

    python -m benchmarks.quality.indexing --data DATA [--sets beauty] [--base MODEL] [--minutes 60]

By default a small causal model of our own: its tokenizer is made of the catalogue's texts, its
weights begin at random, and all of them learn. With `--base` (a Transformers folder or a GGUF file,
such as SmolLM2-135M) adapters and the new rows learn. Nobody's last two events are in codes or
rows; test is each person's last event, asked with the whole history before it, in full ranking.
Codes, rows, checkpoints and a log of each step go to `--work`, and the same command goes on from
there; it is resumable. `--minutes` fits the run, and its learning rate, to a time. Hours on a CPU.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from benchmarks.quality import sets
from benchmarks.quality.instructions.sources import load
from platformdirs import user_cache_path

from sommelier.data.dataset import Dataset
from sommelier.engines.semantic_id import SemanticIdConfig
from sommelier.evaluation import Protocol, make_task, metrics
from sommelier.tuning.indexing.make import earlier, make
from sommelier.tuning.indexing.serving import IndexLM
from sommelier.tuning.indexing.tasks import spelt, system
from sommelier.tuning.indexing.train import Progress, Settings, train
from sommelier.tuning.instructions.source import Source
from sommelier.types import Json

HERE = Path(__file__).parent
OWN = {"rank": 0, "learning_rate": 1e-3, "examples": 32, "pack": 2048}
GIVEN = {"rank": 16, "alpha": 32.0, "learning_rate": 1e-3, "examples": 32, "pack": 1024}
PIECES = 2000  # of the tokenizer of our own


def own_model(dataset: Dataset, folder: Path, *, layers: int, width: int, seed: int) -> Path:
    """Write a causal model of random weights, and a tokenizer of the catalogue's texts, once."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    if (folder / "model.safetensors").exists():
        return folder
    pieces = Tokenizer(models.BPE())
    pieces.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    pieces.decoder = decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=PIECES, initial_alphabet=letters, special_tokens=["<|end|>"]
    )
    pieces.train_from_iterator(_texts(dataset), trainer)
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=pieces, eos_token="<|end|>")
    config = transformers.LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=max(1, width // 64),
        max_position_embeddings=2048,
        eos_token_id=tokenizer.eos_token_id,
        tie_word_embeddings=True,
        initializer_range=width**-0.5,
    )
    torch.manual_seed(seed)
    tokenizer.save_pretrained(folder)
    transformers.LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def _texts(dataset: Dataset) -> Iterator[str]:
    schema = dataset.catalog.schema
    for _ in range(100):  # the asks come in every row
        yield system(schema.noun, schema.plural)
        yield from (ask for asks, _ in spelt().values() for ask in asks)
    yield from dataset.catalog.texts()


def made(name: str, dataset: Dataset, folder: Path, n: int, seed: int) -> Json:
    """Return the card of codes and rows, made once."""
    card = folder / "card.json"
    if not card.exists():
        sayings = Source.of(name, earlier(dataset), proposer="").sayings
        make(dataset, folder, n, seed, sayings=sayings, config=SemanticIdConfig(), report=_say)
    return json.loads(card.read_text("utf-8"))


def measured(model: IndexLM, dataset: Dataset, *, stage: str, users: int | None) -> Json:
    """Return R@10 and N@10 over people, with the seconds it took."""
    task = make_task(dataset, Protocol(stage=stage, users=users))
    began = time.perf_counter()
    ranked = model.recommend(task.queries, 10).items
    seconds = time.perf_counter() - began
    hit = metrics.hits(ranked, task.relevant)
    sizes = np.diff(task.relevant.indptr).astype(np.int64)
    found = {f"{m}@10": round(float(metrics.ACCURACY[m](hit, sizes).mean()), 5) for m in "RN"}
    told = {"protocol": task.protocol.sentence(), "people": len(task)}
    return {**told, **found, "seconds_a_query": round(seconds / len(task), 4)}


def run(name: str, parsed: argparse.Namespace) -> Json:
    """Return everything about one set."""
    dataset, work = load(name, parsed.data), parsed.work / name
    card = made(name, dataset, work / "rows", parsed.n, parsed.seed)
    base, kind, how = parsed.base, parsed.base and parsed.base.name, GIVEN
    if base is None:
        kind, how = f"own {parsed.layers} x {parsed.width}", OWN
        folder = work / f"own-{parsed.layers}-{parsed.width}-{parsed.seed}"
        base = own_model(
            dataset, folder, layers=parsed.layers, width=parsed.width, seed=parsed.seed
        )
    more = {"epochs": parsed.epochs, "max_minutes": parsed.minutes, "threads": parsed.threads}
    settings = Settings(**{**how, **more, "seed": parsed.seed, **parsed.settings})
    told: list[Progress] = []
    out = work / f"tuned-{base.stem}"
    train(base, work / "rows", dataset.catalog, out, settings=settings, report=_teller(told))
    model = IndexLM.open(base, out, dataset.catalog, beams=parsed.beams)
    found = {
        stage: measured(model, dataset, stage=stage, users=parsed.users)
        for stage in parsed.stages.split(",")
    }
    return {
        "set": name,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": sets.called("benchmarks.quality.indexing", sys.argv[1:]),
        "model": kind,
        "settings": settings.model_dump(mode="json"),
        "rows": {key: card[key] for key in ("rows", "tasks", "words", "levels")},
        "training": _course(told, card["rows"] * settings.epochs),
        "measured": found,
    }


def _course(told: Sequence[Progress], rows: int) -> Json:
    if not told:
        return {}
    last = told[-1]
    return {
        "steps": last.step,
        "rows_seen": last.examples,
        "seconds_a_step": round(last.seconds / last.step, 3),
        "hours_for_all_rows": round(last.seconds / last.examples * rows / 3600, 2),
        "loss": {"first": round(told[0].loss, 3), "last": round(last.loss, 3)},
    }


def _teller(told: list[Progress]):
    def tell(one: Progress) -> None:
        told.append(one)
        if one.step % 20 == 1:
            speed = f"{one.examples_per_second:.1f} rows/s"
            _say(f"{one.done:6.1%} step {one.step} loss {one.loss:.3f} {speed}")

    return tell


def _say(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what}", flush=True)


def main() -> None:
    """Train and measure the sets asked for, one file each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=user_cache_path("sommelier") / "indexing")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--sets", default="beauty")
    parser.add_argument("--base", type=Path, help="a model to tune; by default one of our own")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--n", type=int, default=150_000, help="rows that are made")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--minutes", type=float, help="of training, all in all")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--beams", type=int, default=20)
    parser.add_argument("--stages", default="validation,test")
    parser.add_argument("--users", type=int, help="ask about so many people only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--settings", type=json.loads, default={}, help="a JSON object of others")
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        result = run(name, parsed)
        kept = parsed.out / f"indexing-{name}.json"
        kept.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
        _say(f"{kept}: {json.dumps(result['training'])} {json.dumps(result['measured'])}")


if __name__ == "__main__":
    main()
