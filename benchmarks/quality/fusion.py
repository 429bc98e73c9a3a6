"""The fusion's table: its members alone and together, by the settings that `engines` chose.

    python -m benchmarks.quality.fusion --data DATA [--sets beauty] [--stages validation,train,all]

Reads `results/<set>.json` for the members' settings, and writes `results/fusion-<set>.json`. The
weights are learned from the last events of what the fusion is given, never from those it is asked.
"""

import argparse
import json
from pathlib import Path

from benchmarks.quality.sets import load

from sommelier.evaluation import Protocol, make_report, make_task, measure_all
from sommelier.types import Json

RESULTS = Path(__file__).parent / "results"
MEMBERS = ["ease", "als", "knn", "content"]
STAGES = {
    "validation": Protocol(stage="validation"),
    "train": Protocol(),
    "all": Protocol(fit_validation=True),
}


def chosen(name: str) -> dict[str, Json]:
    """Return the best settings of each member on validation."""
    trials = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))["trials"]  # best first
    best = {trial["engine"]: trial["settings"] for trial in reversed(trials)}
    return {member: best[member] for member in MEMBERS}


def main() -> None:
    """Measure the sets and stages asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", default="beauty,games,ml-1m")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--alone", action="store_true", help="measure each member too")
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        dataset, members = load(name, parsed.data), chosen(name)
        reports = []
        for stage in parsed.stages.split(","):
            task = make_task(dataset, STAGES[stage])
            engines = {"fusion": {"members": members}, **(members if parsed.alone else {})}
            rows = measure_all(engines, task, progress=lambda what: print(what, flush=True))
            for row in rows:
                print(f"{name} {stage} {row.engine}: {row.mean('R'):.4f} {row.mean('N'):.4f}")
            reports.append(make_report(rows, task))
        kept = RESULTS / f"fusion-{name}.json"
        kept.write_text(json.dumps({"set": name, "reports": reports}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
