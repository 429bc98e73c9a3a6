"""Items that nobody has met: Amazon Beauty, their lists with and without what `cold` does.

    python -m benchmarks.quality.cold --data DATA

Held out: 5 % of the items that are somebody's test answer, drawn at random, leave training and all
histories wholly; whose answer they are is asked for them ("cold"), everybody else for their own
("warm"). Not met: nothing is held out, and those are "cold" whose answer has no event in what was
fitted. `slist` raises scores of untaught items by a factor, which is chosen on validation: items
held out of its answers in the same way, the largest factor that costs the warm no more than the
share `ALLOWED` of the R@10 they have where no such item is shown; beside it stand the engine's
usual one, 1 and 0. Settings are those that `engines` chose. Writes `results/cold.json`, part by
part.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from benchmarks.quality import sets
from benchmarks.quality.fusion import chosen

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.fusion.engine import Fusion
from sommelier.engines.linear.slist import SLISTConfig
from sommelier.engines.making import make_engine
from sommelier.evaluation import Protocol, Task, make_task, measure
from sommelier.evaluation.significance import interval
from sommelier.types import Bools, Json

RESULTS = Path(__file__).parent / "results"
SHARE = 0.05  # of the answers' items
ALLOWED = 0.02  # of R@10 of the warm
NONE = 1e-9  # a factor by which such items are as good as never shown
FACTORS = (NONE, 0.8, 1.0, 1.1, 1.2, 1.3, 1.4, 1.6, 2.0)
USUAL = SLISTConfig().cold
MEMBERS = ("slist", "als", "content")


def without(dataset: Dataset, stage: str, *, seed: int) -> tuple[Task, Bools]:
    """Return the task of a stage with some answers' items held out, and which [n_items] they are.

    On validation everybody's last event is gone beforehand, so that no test answer is looked at.
    """
    log = dataset.interactions
    left = np.repeat(log.starts[1:], np.diff(log.starts)) - 1 - np.arange(len(log))
    if stage == "validation":
        return without(dataset.with_interactions(log.keep(left > 0)), "test", seed=seed)
    answers = np.unique(log.items[left == 0])
    held = np.zeros(dataset.n_items, bool)
    drawn = np.random.default_rng(seed).permutation(answers)
    held[drawn[: round(SHARE * len(answers))]] = True
    others = np.bincount(log.users[~held[log.items]], minlength=log.n_users)
    asked = (left == 0) & (others >= 2)[log.users]  # with fewer events nothing would be asked
    kept = log.keep(~held[log.items] | asked)
    task = make_task(dataset.with_interactions(kept), Protocol())
    return task, held


def told(engine: Engine, task: Task, cold: Bools) -> Json:
    """Return what an engine finds for the people whose answer is cold, and for the others."""
    found = measure(engine, task).accuracy
    mine = cold[task.relevant.indices]
    row: Json = {}
    for name, people in (("cold", mine), ("warm", ~mine)):
        low, high = interval(found["R"][people], seed=0)
        row[name] = {
            "people": int(people.sum()),
            "R@10": round(float(found["R"][people].mean()), 5),
            "low": round(low, 5),
            "high": round(high, 5),
            "N@10": round(float(found["N"][people].mean()), 5),
        }
    return row


def with_factor(engine: Engine, factor: float) -> Engine:
    """Return the same engine with another factor for items that no event taught."""
    slist = engine.members["slist"] if isinstance(engine, Fusion) else engine
    slist.config = slist.config.model_copy(update={"cold": factor})
    return engine


def choose(dataset: Dataset, settings: Json) -> tuple[float, list[Json]]:
    """Return the factor chosen on validation, and what each one gave there."""
    task, held = without(dataset, "validation", seed=1)
    engine = make_engine("slist", settings).fit(task.train)
    tried = [{"factor": round(f, 2), **told(with_factor(engine, f), task, held)} for f in FACTORS]
    least = (1 - ALLOWED) * tried[0]["warm"]["R@10"]
    return max(row["factor"] for row in tried if row["warm"]["R@10"] >= least), _said(tried)


def ask(
    names: Sequence[str], task: Task, cold: Bools, best: dict[str, Json], factor: float
) -> Iterator[Json]:
    """Yield a row for each engine, of `slist` and `fusion` with 0, 1, the factor and the usual."""
    settings = {**best, "slist": {**best["slist"], "cold": factor}}
    settings["fusion"] = {"members": {name: settings[name] for name in MEMBERS}}
    for name in names:
        engine = make_engine(name, settings[name]).fit(task.train)
        for given in (None,) if name == "content" else sorted({NONE, 1.0, factor, USUAL}):
            asked = engine if given is None else with_factor(engine, given)
            shown = None if given is None else round(given, 2)
            yield {"engine": name, "factor": shown, **told(asked, task, cold)}


def _said(rows: list[Json]) -> list[Json]:
    for row in rows:
        print(json.dumps(row), flush=True)
    return rows


def main() -> None:
    """Choose the factor, ask about both kinds of cold items, and keep all of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parsed = parser.parse_args()
    dataset, best = sets.load("beauty", parsed.data), chosen("beauty")
    factor, tried = choose(dataset, best["slist"])
    task, held = without(dataset, "test", seed=0)
    result: Json = {
        "set": "beauty",
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": sets.called("benchmarks.quality.cold", sys.argv[1:]),
        "items_held_out": int(held.sum()),
        "factor": factor,
        "validation": tried,
        "parts": {},
    }
    both, train = (make_task(dataset, Protocol(fit_validation=fitted)) for fitted in (True, False))
    for name, asked, cold, engines in (
        ("held out", task, held, ("content", "slist")),
        ("not met, fitted on train and validation", both, both.counts == 0, ("content", "slist")),
        ("not met, fitted on train", train, train.counts == 0, ("content", "slist")),
        ("held out, by a fusion", task, held, ("fusion",)),
    ):
        result["parts"][name] = _said(list(ask(engines, asked, cold, best, factor)))
        (RESULTS / "cold.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
