"""The engine `sasrec` on Beauty, Toys and ML-1M, trained and measured; resumable.

    python -m benchmarks.quality.sequential --data DATA [--sets beauty] [--text none] [--train-only]

Two rows a variant. "train": every person's validation event is held out by the engine itself, which
stops by it and learns nothing from it. "train+validation": a fresh model learns from all but test,
for as many rounds as were best. Test is read once, at the end. Checkpoints and a log of each round
go to the folder `--work`, and the same command goes on from there. Hours on a CPU.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality import sets
from platformdirs import user_cache_path

from sommelier.data.dataset import Dataset
from sommelier.data.infer.prepare import prepare
from sommelier.data.settings import Settings
from sommelier.data.sources import read
from sommelier.engines.sasrec import Progress, SASRec, SASRecConfig
from sommelier.evaluation import Measured, Protocol, make_report, make_task, measure
from sommelier.types import Json

HERE = Path(__file__).parent
SETTINGS: dict[str, Json] = {
    "beauty": {},
    "toys": {},  # has no texts
    "ml-1m": {"blocks": 2, "dropout": 0.1, "window": 200, "in_batch": 0, "negatives": 1024},
}
PUBLISHED = {  # SASRec with sampled softmax as benchmarked with eSASRec, same protocol
    "beauty": {"R@10": 0.0921, "N@10": 0.0531},
    "toys": {"R@10": 0.0970, "N@10": 0.0580},
    "ml-1m": {"R@10": 0.2929, "N@10": 0.1684},
}
TRAIN, BOTH = Protocol(), Protocol(fit_validation=True)


def load(name: str, data: Path) -> Dataset:
    """Return a set; Toys stands as bare sequences of numbers."""
    if name != "toys":
        return sets.load(name, data)
    return prepare(read(data / "amazon-toys-2014-s3rec"), Settings())


def variants(name: str, texts: str, seeds: str, more: Json) -> list[SASRecConfig]:
    """Return what is trained on a set: each way with texts, each seed."""
    return [
        SASRecConfig(**{**SETTINGS[name], **more, "text": text, "seed": int(seed), "refit": False})
        for text in (["none"] if name == "toys" else texts.split(","))
        for seed in seeds.split(",")
    ]


def train(dataset: Dataset, config: SASRecConfig, work: Path, *, refit: bool) -> dict[str, Json]:
    """Fit, or go on with, one variant; return its rows by what they were fitted on."""
    tasks = [make_task(dataset, protocol) for protocol in (TRAIN, BOTH)]
    whole = tasks[1].train
    folder = work / f"{config.text}-{config.seed}"
    engine = SASRec(config, checkpoints=folder / "train", progress=teller(folder / "train"))
    engine.fit(whole)
    asked = make_task(dataset, Protocol(stage="validation"))
    rows = {"validation": measure(engine, asked), "train": measure(engine, tasks[0])}
    if refit:
        again = config.model_copy(update={"patience": 0, "epochs": engine.rounds})
        place = folder / "both"
        engine = SASRec(again, checkpoints=place, progress=teller(place)).fit(whole)
        rows["train+validation"] = measure(engine, tasks[1])
    return {"rounds": engine.rounds, **rows}


def teller(folder: Path) -> Callable[[Progress], None]:
    """Return what prints each round and keeps it in the folder's log."""

    def tell(told: Progress) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(asdict(told)) + "\n")
        score = "" if told.score is None else f"  N@10 {told.score:.4f} (best {told.best:.4f})"
        print(
            f"{folder.parent.parent.name} {folder.parent.name} {folder.name}  round {told.round}  "
            f"loss {told.loss:.4f}{score}  {told.seconds:.1f} s",
            flush=True,
        )

    return tell


def run(name: str, data: Path, work: Path, configs: list[SASRecConfig], *, refit: bool) -> Json:
    """Return everything about one set."""
    dataset = load(name, data)
    found = [train(dataset, config, work / name, refit=refit) for config in configs]
    reports = []
    for fitted, protocol in (("train", TRAIN), ("train+validation", BOTH)):
        rows: list[Measured] = [one[fitted] for one in found if fitted in one]
        if rows:
            reports.append(make_report(rows, make_task(dataset, protocol)))
    return {
        "set": name,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": sets.called("benchmarks.quality.sequential", sys.argv[1:]),
        "published": PUBLISHED[name],
        "runs": [
            {
                "text": config.text,
                "seed": config.seed,
                "rounds": one["rounds"],
                "validation": {f"{m}@10": round(one["validation"].mean(m), 5) for m in "RN"},
            }
            for config, one in zip(configs, found, strict=True)
        ],
        "reports": reports,
    }


def main() -> None:
    """Train and measure the sets asked for, one file each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=user_cache_path("sommelier") / "sequential")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--sets", default=",".join(SETTINGS))
    parser.add_argument("--text", default="gated,none")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--train-only", action="store_true", help="without the refitted rows")
    parser.add_argument("--settings", type=json.loads, default={}, help="a JSON object of others")
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        configs = variants(name, parsed.text, parsed.seeds, parsed.settings)
        result = run(name, parsed.data, parsed.work, configs, refit=not parsed.train_only)
        kept = parsed.out / f"sasrec-{name}.json"
        kept.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
