"""The fusion's table: members alone and together, by the settings that `engines` chose.

    python -m benchmarks.quality.fusion --data DATA [--sets ml-1m] [--work WORK] [--stages train]

Members take the settings of `results/<set>.json`. `sasrec` is taken as `sequential` trained it and
left it in the folder `--work`, so it costs nothing here; without `--work` it is no member. "train":
no member learned from validation events, only the weights did. "all": the weights stay, and the
members learn anew from train and validation, but for `sasrec`, which stays as it is. Test is read
once. Writes `results/fusion-<set>.json`.
"""

import argparse
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.quality import sets
from benchmarks.quality.sequential import SETTINGS, teller, variants

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.fusion.engine import Fusion, FusionConfig
from sommelier.engines.fusion.members import make
from sommelier.engines.sasrec import SASRec
from sommelier.evaluation import Measured, Protocol, make_report, make_task, measure
from sommelier.types import Json

RESULTS = Path(__file__).parent / "results"
MEMBERS = {"beauty": "slist,als,content", "ml-1m": "slist,als,ease"}
STAGES = {"train": Protocol(), "all": Protocol(fit_validation=True)}
FITTED = {"sasrec": "train", "fusion": "train+validation, sasrec train"}  # of the stage "all"
EVERYBODY = 1_000_000  # people whose validation events teach the weights


class Trained(SASRec):
    """The engine of a finished run: `fit` takes it up, whatever it is given to learn from."""

    def __init__(self, run: SASRec, whole: Dataset) -> None:
        """`run` has checkpoints and holds everybody's last event in `whole` out by itself."""
        super().__init__(run.config, checkpoints=run.checkpoints, progress=run.progress)
        self.whole = whole

    def fit(self, dataset: Dataset) -> "Trained":
        """Go on with the run where it is, which is at its end; `dataset` is not looked at."""
        super().fit(self.whole)
        return self


def chosen(name: str) -> dict[str, Json]:
    """Return the best settings on validation of each engine that `engines` tried."""
    trials = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))["trials"]  # best first
    return {trial["engine"]: trial["settings"] for trial in reversed(trials)}


def trained(name: str, work: Path, text: str, more: Json, whole: Dataset) -> Trained:
    """Return the first seed's run of `sequential` in its folder; exits where there is none."""
    [config] = variants(name, text, "0", more)
    folder = work / name / f"{config.text}-{config.seed}" / "train"
    if not (folder / "search.pt").exists():
        sys.exit(f"There is no run in {folder}: begin with python -m benchmarks.quality.sequential")
    return Trained(SASRec(config, checkpoints=folder, progress=teller(folder)), whole)


def fused(whole: Dataset, members: dict[str, Json], run: Trained | None, *, refit: bool) -> Fusion:
    """Return a fusion whose weights everybody's last event in `whole` has taught."""

    def made(name: str, settings: Json) -> Engine:
        return run if run and name == run.name else make(name, settings)

    everyone = members | ({run.name: {}} if run else {})
    config = FusionConfig(members=everyone, people=EVERYBODY, refit=refit)
    return Fusion(config, made).fit(whole)


def rows(engine: Fusion, dataset: Dataset, stage: str) -> tuple[Json, Json]:
    """Return the report of a fusion and its members alone, and their weights."""
    task = make_task(dataset, STAGES[stage])
    found: list[Measured] = [measure(one, task) for one in (engine, *engine.members.values())]
    for row in found:
        print(f"{stage} {row.engine}: {row.mean('R'):.4f} {row.mean('N'):.4f}", flush=True)
    told = replace(found[0], config={**found[0].config, "alone": False})
    weights = dict(zip(engine.members, engine.weights.base.round(3).tolist(), strict=True))
    alone = [replace(row, config={**row.config, "alone": True}) for row in found[1:]]
    report = make_report([told, *alone], task)
    if stage == "all" and SASRec.name in engine.members:
        for row in report["rows"]:
            row["fitted_on"] = FITTED.get(row["engine"], row["fitted_on"])
    return report, weights


def main() -> None:
    """Measure the sets and stages asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, help="where `sequential` trained")
    parser.add_argument("--sets", default=",".join(SETTINGS.keys() & MEMBERS.keys()))
    parser.add_argument("--members", help="besides sasrec; by set where not given")
    parser.add_argument("--stages", default=",".join(STAGES))
    parser.add_argument("--text", default="none", help="which run of sasrec: none, gated")
    parser.add_argument("--settings", type=json.loads, default={}, help="the run's others, as JSON")
    parsed = parser.parse_args()
    for name in parsed.sets.split(","):
        dataset, best = sets.load(name, parsed.data), chosen(name)
        whole = make_task(dataset, STAGES["all"]).train
        run = parsed.work and trained(name, parsed.work, parsed.text, parsed.settings, whole)
        members = {member: best[member] for member in (parsed.members or MEMBERS[name]).split(",")}
        reports: list[Json] = []
        weights: Json = {}
        for stage in parsed.stages.split(","):
            engine = fused(whole, members, run, refit=stage == "all")
            report, weights = rows(engine, dataset, stage)
            reports.append(report)
        result = {
            "set": name,
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "command": sets.called("benchmarks.quality.fusion", sys.argv[1:]),
            "weights": weights,
            "reports": reports,
        }
        kept = RESULTS / f"fusion-{name}.json"
        kept.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
