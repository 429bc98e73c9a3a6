"""The engine `semantic_id` on Beauty, Games and ML-1M, trained and measured; resumable.

    python -m benchmarks.quality.generative --data DATA [--sets beauty] [--train-only]

Two rows a seed, as in `sequential`. "train": every person's validation event is held out by the
engine itself, which stops by it and learns nothing from it. "train+validation": a fresh model
learns from all but test, for as many rounds as were best. Test is read once, at the end. Codes are
unique, so no other item is ever counted for the right one; how many items would have shared their
codes without the last one is told. Checkpoints and a log of each round go to the folder `--work`,
and the same command goes on from there. Hours on a CPU.
"""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from benchmarks.quality import sets
from benchmarks.quality.sequential import BOTH, HERE, TRAIN, teller
from platformdirs import user_cache_path

from sommelier.data.dataset import Dataset
from sommelier.engines.semantic_id import SemanticId, SemanticIdConfig
from sommelier.evaluation import Measured, Protocol, make_report, make_task, measure
from sommelier.types import Json

SETTINGS: dict[str, Json] = {"beauty": {}, "games": {}, "ml-1m": {"dropout": 0.1, "window": 200}}
PUBLISHED = {  # same protocol; TIGER counts whatever has the right codes
    "beauty": {
        "TIGER": {"R@10": 0.0648, "N@10": 0.0384},
        "LC-Rec, 1.7B": {"R@10": 0.0791, "N@10": 0.0438},
    }
}


def train(
    dataset: Dataset, config: SemanticIdConfig, work: Path, *, refit: bool
) -> dict[str, Json]:
    """Fit, or go on with, one seed; return its rows by what they were fitted on."""
    tasks = [make_task(dataset, protocol) for protocol in (TRAIN, BOTH)]
    whole, place = tasks[1].train, work / f"{config.seed}" / "train"
    engine = SemanticId(config, checkpoints=place, progress=teller(place)).fit(whole)
    rounds, codes = engine.rounds, engine.parts.codes
    asked = make_task(dataset, Protocol(stage="validation"))
    rows = {"validation": measure(engine, asked), "train": measure(engine, tasks[0])}
    if refit:
        again = config.model_copy(update={"patience": 0, "epochs": rounds})
        place = work / f"{config.seed}" / "both"
        engine = SemanticId(again, checkpoints=place, progress=teller(place)).fit(whole)
        rows["train+validation"] = measure(engine, tasks[1])
    plain = len(np.unique(codes[:, : config.levels], axis=0))
    return {"rounds": rounds, "sharing": len(codes) - plain, **rows}


def run(name: str, data: Path, work: Path, configs: list[SemanticIdConfig], *, refit: bool) -> Json:
    """Return everything about one set."""
    dataset = sets.load(name, data)
    found = [train(dataset, config, work / name, refit=refit) for config in configs]
    reports = []
    for fitted, protocol in (("train", TRAIN), ("train+validation", BOTH)):
        rows: list[Measured] = [one[fitted] for one in found if fitted in one]
        if rows:
            reports.append(make_report(rows, make_task(dataset, protocol)))
    return {
        "set": name,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": sets.called("benchmarks.quality.generative", sys.argv[1:]),
        "published": PUBLISHED.get(name, {}),
        "runs": [
            {
                "seed": config.seed,
                "rounds": one["rounds"],
                "items whose codes were taken": one["sharing"],
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
    parser.add_argument("--work", type=Path, default=user_cache_path("sommelier") / "generative")
    parser.add_argument("--out", type=Path, default=HERE / "results")
    parser.add_argument("--sets", default="beauty")
    parser.add_argument("--seeds", default="0")
    parser.add_argument("--train-only", action="store_true", help="without the refitted rows")
    parser.add_argument("--settings", type=json.loads, default={}, help="a JSON object of others")
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        chosen = {**SETTINGS[name], **parsed.settings, "refit": False}
        configs = [SemanticIdConfig(**chosen, seed=int(seed)) for seed in parsed.seeds.split(",")]
        result = run(name, parsed.data, parsed.work, configs, refit=not parsed.train_only)
        kept = parsed.out / f"semantic_id-{name}.json"
        kept.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
