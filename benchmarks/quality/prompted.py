"""Language models as rankers, by the protocol of LLMRank: 20 candidates, one of them right.

    python -m benchmarks.quality.prompted --data DATA [--sets ml-1m,games] [--asked 20]
        [--base-url URL --model NAME --key-file FILE]

Each person's last event is the right one; beside it stand 19 others that the person has not met,
drawn at random ("random") or the best by `ease` ("hard", which puts `ease` and whatever is like it
below chance, for only the right one was drawn by another rule), all shuffled. Engines are fitted on
train only and score the same 20 for 200 people; the model is asked about the first `--asked`,
in a shuffled order, so that a longer run goes on from a shorter one: every answer is kept under
`--work`. Without `--base-url` the small model of this library is asked, which has 135 million
parameters and is about as good as chance. Writes `results/prompted-SET.json`, row by row.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np
from benchmarks.quality import sets
from platformdirs import user_cache_path

from sommelier.engines.base import Engine
from sommelier.engines.making import make_engine
from sommelier.engines.prompted import Prompted, PromptedConfig, Ranked
from sommelier.evaluation import Protocol, Task, make_task
from sommelier.evaluation.ranking_bias import popularity_bias, position_bias
from sommelier.evaluation.significance import interval
from sommelier.types import Ints, Json, Nums

RESULTS = Path(__file__).parent / "results"
MANY = 20  # candidates
ENGINES = "popularity,knn,ease,slist,content"
VARIANTS: dict[str, Json] = {
    "listwise-sequential": {},
    "listwise-recency": {"prompt": "recency"},
    "listwise-in-context": {"prompt": "in_context"},
    "listwise-two-rounds": {"rounds": 2},
    "setwise": {"shape": "setwise", "places": 10},
    "graded": {"shape": "graded"},
    "pointwise": {"shape": "pointwise"},
    "pairwise": {"shape": "pairwise"},
}


def drawn(task: Task, right: Nums, by: Engine | None) -> list[Nums]:
    """Return each person's candidates, shuffled; beside the right one the best by an engine."""
    rng = np.random.default_rng(task.protocol.seed)
    lists, n_items = [], task.train.n_items
    for query, item in zip(task.queries, right.tolist(), strict=True):
        known = np.append(query.seen, item)
        if by is not None:
            best = by.recommend([query], MANY).items[0]
            others = best[best != item][: MANY - 1]
        else:
            others = rng.choice(np.setdiff1d(np.arange(n_items), known), MANY - 1, False)
        lists.append(rng.permutation(np.append(others, item)).astype(np.int32))
    return lists


def told(name: str, orders: list[Nums], right: Nums) -> Json:
    """Return the quality of one order a person, with a 95 % interval over people."""
    pairs = zip(orders, right.tolist(), strict=True)
    places = np.array([order.tolist().index(item) for order, item in pairs])
    row: Json = {"name": name, "people": len(places)}
    for k in (10, 20):
        gains = np.where(places < k, 1 / np.log2(places + 2), 0.0)
        low, high = interval(gains, seed=0)
        row[f"N@{k}"] = round(float(gains.mean()), 4)
        row[f"N@{k} from"], row[f"N@{k} to"] = round(low, 4), round(high, 4)
    return row


def by_engines(
    task: Task, lists: list[Nums], right: Nums, fitted: list[Engine], people: Ints
) -> Iterator[Json]:
    """Yield a row for the order as it came, and for each engine; beside it, those asked alone."""
    orders = {"as shuffled": lists}
    for engine in fitted:
        orders[engine.name] = []
        for query, items in zip(task.queries, lists, strict=True):
            scores = engine.score([query], np.sort(items))[0]
            orders[engine.name].append(np.sort(items)[np.argsort(-scores, kind="stable")])
    for name, found in orders.items():
        row = told(name, found, right)
        few = told(name, [found[one] for one in people], right[people])
        yield row | {"of those asked": few}


def by_model(
    task: Task, lists: list[Nums], right: Nums, people: Ints, asked: argparse.Namespace
) -> Iterator[Json]:
    """Yield a row for each way to ask the model about these people."""
    wanted = {name: VARIANTS[name] for name in asked.only or VARIANTS}
    queries, lists = ([all_of[one] for one in people] for all_of in (task.queries, lists))
    where = {
        "base_url": asked.base_url,
        "model": asked.model,
        "key_file": asked.key_file,
        "at_once": asked.at_once,
        "thinking": asked.thinking,
        "timeout": asked.timeout,
        "recordings": asked.work,
    }
    for name, settings in wanted.items():
        records: list[Ranked] = []
        config = PromptedConfig(base="popularity", when="always", **where, **settings)
        engine = Prompted(config, heard=records.append).fit(task.train)
        began = time.perf_counter()
        row = told(name, engine.rerank(queries, lists), right[people])
        seconds = time.perf_counter() - began
        counts = engine.counts
        engine.close()
        row |= {
            "questions": counts.questions,
            "broken": counts.broken,
            "kept": counts.kept,
            "notes": sorted(counts.notes),
            "asked_now": counts.spent.calls,
            "seconds_a_question": round(seconds / counts.spent.calls, 2)
            if counts.spent.calls
            else None,
        }
        if any(record.rounds for record in records):
            row["position"] = asdict(position_bias(records))
            row["popularity"] = asdict(popularity_bias(records, task.counts))
        yield row


def run(name: str, asked: argparse.Namespace) -> None:
    """Measure one set, and keep every row as soon as it is there."""
    task = make_task(sets.load(name, asked.data), Protocol(users=asked.users))
    right = task.relevant.indices.astype(np.int32)
    names = list(dict.fromkeys([*asked.engines.split(","), *["ease"] * ("hard" in asked.parts)]))
    fitted = {engine: make_engine(engine).fit(task.train) for engine in names}
    place = RESULTS / f"prompted-{'-'.join([name, *asked.model.split('/')[-1:]]).strip('-')}.json"
    people = np.random.default_rng(0).permutation(len(task))[: asked.asked]
    parts = json.loads(place.read_text("utf-8"))["parts"] if place.exists() else {}
    result: Json = {
        "set": name,
        "model": asked.model or "smollm2-135m-instruct",
        "protocol": task.protocol.sentence(),
        "parts": parts,
    }
    for part in asked.parts.split(","):
        former = parts.get(part, {"rows": []})["rows"]
        speeds = {row["name"]: row.get("seconds_a_question") for row in former}
        rows: list[Json] = []
        parts[part] = {
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "command": sets.called("benchmarks.quality.prompted", sys.argv[1:]),
            "rows": rows,
        }
        lists = drawn(task, right, fitted["ease"] if part == "hard" else None)
        engines = by_engines(task, lists, right, list(fitted.values()), people)
        for row in chain(engines, by_model(task, lists, right, people, asked)):
            if row.get("seconds_a_question", 0) is None:
                row["seconds_a_question"] = speeds.get(row["name"])
            rows.append(row)
            print(name, part, json.dumps(row), flush=True)
            place.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


def main() -> None:
    """Measure the sets asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=user_cache_path("sommelier") / "prompted")
    parser.add_argument("--sets", default="ml-1m,games")
    parser.add_argument("--parts", default="random,hard")
    parser.add_argument("--engines", default=ENGINES)
    parser.add_argument("--users", type=int, default=200, help="whom the engines are asked about")
    parser.add_argument("--asked", type=int, default=200, help="of them, whom the model is")
    parser.add_argument("--only", action="append", choices=VARIANTS, help="may be repeated")
    parser.add_argument("--base-url", default="")
    parser.add_argument("--model", default="")
    parser.add_argument("--key-file", type=Path)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--thinking", type=int, default=0, help="tokens before an answer")
    parser.add_argument("--timeout", type=float, default=300.0)
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        run(name, parsed)


if __name__ == "__main__":
    main()
