"""How well instructions are followed: the tuned default beside engine, BM25 and untuned encoder.

    python -m benchmarks.quality.instructions.follow --rows ROWS [--sets beauty,industrial,ml-1m]

Asked about are people whom no instruction was made of in training, with the first of their wishes
by kind; wrong items are the 99 that the engine ranks first for them. Engines learn from nobody's
last two events. The weights of the default come from people of the dev split. Writes
`results/instructions.json`.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import numpy as np
from benchmarks.quality import sets
from benchmarks.quality.instructions.sources import films, load

from sommelier.engines.base import Engine
from sommelier.engines.instruct.engine import Instruct, InstructConfig
from sommelier.engines.instruct.following import Follower, open_follower
from sommelier.evaluation.instructions.baselines import BM25, Untuned
from sommelier.evaluation.instructions.measure import Trial, follow, make_trial
from sommelier.evaluation.instructions.rankers import DEFAULT, make_rankers
from sommelier.evaluation.instructions.rankers import ENGINE as ALONE
from sommelier.evaluation.instructions.report import kinds, make_report
from sommelier.evaluation.instructions.rows import InstructionRow, Split, read_rows
from sommelier.evaluation.significance import interval
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import INSTRUCT, open_encoder
from sommelier.types import Floats, Json

HERE = Path(__file__).parents[1] / "results"
ENGINES = {"beauty": "slist", "industrial": "slist", "ml-1m": "slist", "games": "knn"}
GRID = {
    "meaning": (0.5, 1.0, 1.5, 2.0, 3.0),
    "words": (0.0, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0),
}
SPOKEN = ("P0-I1", "P1-I1", "P1-I2", "P2-I1")  # kinds that the weights are chosen on
EACH = 400  # rows of a kind


class Bench:
    """One set: what was learned from, who ranks, and the instructions asked about."""

    def __init__(self, name: str, data: Path, follower: Follower) -> None:
        self.name, self.dataset = name, load(name, data)
        self.rankers = make_rankers(
            self.dataset, ENGINES[name], _chosen(ENGINES[name], name), follower=follower
        )
        self.instruct = self.rankers[DEFAULT]

    def tuned(self, **weights: float) -> Instruct:
        """Return the default with weights of its own."""
        made = copy(self.instruct)
        made.config = made.config.model_copy(update=weights)
        return made

    def rows(self, rows: Sequence[InstructionRow], split: Split) -> dict[str, list[InstructionRow]]:
        """Return the set's rows of a split by kind."""
        return kinds((r for r in rows if r.set == self.name and r.split == split), EACH)


def _chosen(engine: str, name: str) -> Json:
    """Return the engine's best settings on validation, where its table has been made."""
    path = HERE / f"{name}.json"
    trials = json.loads(path.read_text("utf-8"))["trials"] if path.exists() else []
    return next((one["settings"] for one in trials if one["engine"] == engine), {})


def choose(benches: Sequence[Bench], rows: Sequence[InstructionRow]) -> dict[str, float]:
    """Return the weights with the best mean NDCG@10 over sets and kinds of the dev split."""
    found = [
        parts(bench, make_trial(some, bench.dataset, bench.rankers[ALONE], wrong=99))
        for bench in benches
        for kind, some in bench.rows(rows, "dev").items()
        if kind in SPOKEN
    ]
    tried = [dict(zip(GRID, values, strict=True)) for values in product(*GRID.values())]
    scores = [np.mean([_ndcg(weights, *one) for one in found]) for weights in tried]
    best = int(np.argmax(scores))
    print(f"dev {scores[best]:.4f} {tried[best]}", flush=True)
    return tried[best]


def parts(bench: Bench, trial: Trial) -> tuple[Floats, Floats, Floats]:
    """Return taste, meaning and words, each alone [n, 1 + wrong].

    The default's score is their sum with weights, so every weight is tried at once.
    """
    alone = ({"meaning": 0.0, "words": 0.0}, {"meaning": 1.0, "words": 0.0})
    alone += ({"meaning": 0.0, "words": 1.0},)
    found = []
    for weights in alone:
        ranker, told = bench.tuned(**weights), np.empty(trial.items.shape, np.float32)
        for begin in range(0, len(trial.rows), 200):
            scores = ranker.score(trial.queries[begin : begin + 200])
            items = trial.items[begin : begin + 200]
            told[begin : begin + 200] = np.take_along_axis(scores, items.astype(np.int64), 1)
        found.append(told)
    taste = found[0]
    return taste, found[1] - taste, found[2] - taste


def _ndcg(weights: dict[str, float], taste: Floats, meaning: Floats, words: Floats) -> float:
    scores = taste + weights["meaning"] * meaning + weights["words"] * words
    places = (scores[:, 1:] > scores[:, :1]).sum(1)
    return float(np.where(places < 10, 1 / np.log2(places + 2), 0).mean())


def table(bench: Bench, rows: Sequence[InstructionRow], weights: dict[str, float]) -> Json:
    """Return the set's reports, and print them as they come."""
    rankers = bench.rankers | {
        "without words": bench.tuned(**{**weights, "words": 0.0}),
        DEFAULT: bench.tuned(**weights),
    }
    told: Json = {"engine": bench.rankers[ALONE].name}
    for wrong in (99, 9, 0):
        report = make_report(bench.dataset, rankers, bench.rows(rows, "test"), wrong=wrong)
        told[f"{wrong} hard" if wrong else "whole catalogue"] = report
        for kind, found in report.items():
            line = "  ".join(f"{name} {one['mean']:.4f}" for name, one in found["N@10"].items())
            print(f"{bench.name} {wrong} {kind} ({found['rows']})  {line}", flush=True)
    return told


def asked_for(data: Path, rows: Path, follower: Follower, weights: dict[str, float]) -> Json:
    """Return R@10 over the whole catalogue for what people asked on Reddit, test part."""
    dataset = films(data)
    told = [row for row in read_rows(rows / "requests.jsonl") if row.split == "test"]
    trial = make_trial(told, dataset)
    rankers: dict[str, Engine] = {
        "BM25": BM25().fit(dataset),
        "untuned": Untuned(CachedEncoder(open_encoder())).fit(dataset),
        "tuned words only": Instruct(InstructConfig(base="", words=0.0), follower).fit(dataset),
        "instruct": Instruct(InstructConfig(base="", **weights), follower).fit(dataset),
    }
    found: Json = {"rows": len(told), "items": dataset.n_items}
    for name, ranker in rankers.items():
        place = follow(ranker, trial)
        low, high = interval(place.hits, seed=0)
        found[name] = {
            "R@10": round(float(place.hits.mean()), 4),
            "low": round(low, 4),
            "high": round(high, 4),
            "N@10": round(float(place.ndcg.mean()), 4),
        }
        print(f"requests {name}: {found[name]}", flush=True)
    return found


def main() -> None:
    """Choose on dev, measure on test, write."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(ENGINES))
    parser.add_argument("--weights", type=json.loads, help="instead of choosing them on dev")
    parser.add_argument("--out", type=Path, default=HERE / "instructions.json")
    parsed = parser.parse_args()
    remembered = CachedEncoder(open_encoder(name=INSTRUCT))  # each text is read many times here
    follower = Follower(remembered, open_follower().head)
    rows = [row for row in read_rows(parsed.rows / "instructions.jsonl") if row.split != "train"]
    benches = [Bench(name, parsed.data, follower) for name in parsed.sets.split(",")]
    weights = parsed.weights or choose([b for b in benches if b.name != "games"], rows)
    result: Json = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": sets.called("benchmarks.quality.instructions.follow", sys.argv[1:]),
        "weights": weights,
        "encoder": follower.name,
        "sets": {},
    }
    for bench in benches:
        result["sets"][bench.name] = table(bench, rows, weights)
    result["requests"] = asked_for(parsed.data, parsed.rows, follower, weights)
    parsed.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
