"""The engines' table: five data sets, settings chosen on validation, measured once on test.

    python -m benchmarks.quality.engines --data DATA [--sets beauty,games] [--anew slist]

Every set is two runs on test with the settings chosen: fitted on train only, and fitted again on
train and validation. Results go to `results/<set>.json`, one set at a time, and `engines.md` is
written anew from all of them. With `--anew` only the engines named are chosen again; the others
keep the trials of the last result, and all are measured again.
"""

import argparse
import json
import time
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

from benchmarks.quality.sets import SETS, load

from sommelier.data.dataset import Dataset
from sommelier.evaluation import (
    Choice,
    Protocol,
    choose_engine,
    make_report,
    make_task,
    measure_all,
)
from sommelier.types import Json

HERE = Path(__file__).parent
ENGINES = ["popularity", "content", "als", "knn", "ease", "slist"]
DECAYS = (1.0, 0.9, 0.8, 0.6, 0.4, 0.2)
VALIDATION_USERS = 5000
# A plain baseline measured elsewhere under this protocol: it tells whether the protocol is right.
KNOWN = {"beauty": {"reg": 100.0, "decay": 0.6, "R@10": 0.0773, "N@10": 0.0455}}


def grid(*, has_times: bool, has_texts: bool, n_items: int) -> dict[str, list[Json]]:
    """Return what is tried, by engine; a large inverse costs minutes, so less is tried there.

    Values that no set ever chose are left out: no text where catalogues are large, much text and a
    single past where they are small.
    """
    half_lives = (None, 7, 30, 90, 180, 365) if has_times else (None,)
    large = n_items > 10_000
    penalties = (30.0, 100.0, 300.0) if large else (100.0, 300.0, 1000.0, 3000.0)
    return {
        "popularity": _all(half_life=half_lives),
        "content": _all(attributes=(0.0, 0.2, 1.0, 3.0), decay=DECAYS),
        "als": _all(
            embedding_size=(64, 128), reg=(0.1, 10.0, 100.0), alpha=(1.0, 10.0, 40.0), decay=DECAYS
        ),
        "knn": _all(
            weighting=("cosine", "tfidf", "bm25"), neighbours=(50, 200, 1000), decay=DECAYS
        ),
        "ease": _all(reg=penalties, decay=DECAYS),
        "slist": _all(
            fade=(0.6, 0.8),
            reg=(50.0,) if large else (100.0, 300.0),
            text=((0.02, 0.05) if large else (0.0, 0.02)) if has_texts else (0.0,),
            slow=(0.0,) if large else (0.93,),  # a second past has an inverse twice as wide
            together=(0.3,) if large else (0.1, 0.3),
            decay=DECAYS[1:5],
            cold=(1.0,),
        ),
    }


def run(name: str, data: Path, former: Json | None, anew: list[str]) -> Json:
    """Choose, measure and return everything about one set; `former` is what its last run gave."""
    began = time.perf_counter()
    dataset = load(name, data)

    def tell(what: str) -> None:
        print(f"{time.perf_counter() - began:7.0f} s  {name}: {what}", flush=True)

    known = [one for one in former["trials"] if one["engine"] not in anew] if former else []
    settled = {trial["engine"] for trial in known}
    choice = choose_engine(
        dataset,
        [engine for engine in ENGINES if engine not in settled],
        grid=grid(
            has_times=dataset.interactions.times is not None,
            has_texts=any(dataset.catalog.texts()),
            n_items=dataset.n_items,
        ),
        protocol=Protocol(users=VALIDATION_USERS),
        max_events=None,
        progress=tell,
    )
    trials = sorted(known + _trials(choice), key=lambda trial: -trial["N@10"])
    best = {trial["engine"]: trial["settings"] for trial in reversed(trials)}
    settings = {engine: best[engine] for engine in ENGINES}
    reports = []
    for fit_validation in (False, True):
        task = make_task(dataset, Protocol(fit_validation=fit_validation))
        reports.append(make_report(measure_all(settings, task, progress=tell), task))
    return {
        "set": name,
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "seconds": round(time.perf_counter() - began),
        "chosen_anew": [engine for engine in ENGINES if engine not in settled],
        "trials": trials,
        "reports": reports,
        "known": _known(name, dataset),
    }


def _all(**choices: tuple[object, ...]) -> list[Json]:
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def _trials(choice: Choice) -> list[Json]:
    return [
        {"engine": trial.engine, "settings": trial.settings, "N@10": round(trial.score, 5)}
        for trial in choice.trials
    ]


def _known(name: str, dataset: Dataset) -> Json | None:
    if name not in KNOWN:
        return None
    expected = KNOWN[name]
    task = make_task(dataset, Protocol())
    settings = {"reg": expected["reg"], "decay": expected["decay"]}
    [row] = measure_all({"ease": settings}, task)
    found = {f"{measure}@10": round(row.mean(measure), 4) for measure in ("R", "N")}
    return {"expected": expected, "found": found}


def table() -> str:
    """Return engines.md from the results that there are."""
    results = [
        json.loads(path.read_text("utf-8"))
        for name in SETS
        if (path := HERE / "results" / f"{name}.json").exists()
    ]
    lines = [(HERE / "engines.head.md").read_text("utf-8").rstrip()]
    for result in results:
        lines += ["", *_section(result)]
    return "\n".join(lines) + "\n"


def _section(result: Json) -> list[str]:
    data = result["reports"][0]["data"]
    lines = [
        f"## {result['set']}",
        "",
        f"{data['users']:,} users, {data['items']:,} items, {data['train_events']:,} training "
        f"events; {data['evaluated_users']:,} users asked, for "
        f"{data['relevant_without_training_events']:,} of whom the answer has no training event. "
        f"{result['date']}, {result['seconds']:,} s in all.",
        "",
        "| engine | fitted on | R@10 | N@10 | MRR@10 | coverage | novelty | diversity | popularity "
        "| fit, rank (s) | settings chosen on validation |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    chosen: dict[str, Json] = {}
    for trial in result["trials"]:  # best first
        chosen.setdefault(trial["engine"], trial["settings"])
    for report in result["reports"]:
        rows = sorted(report["rows"], key=lambda row: -row["accuracy"]["N@10"]["mean"])
        lines += [_row(row, chosen[row["engine"]]) for row in rows]
    if result["known"]:
        lines += ["", _compared(result["known"])]
    return lines


def _compared(known: Json) -> str:
    expected, found = known["expected"], known["found"]
    both = ", ".join(f"{name} {found[name]} (expected {expected[name]})" for name in found)
    return (
        f"Check of the protocol against a figure measured elsewhere, EASE with reg "
        f"{expected['reg']:g} and decay {expected['decay']:g}, fitted on train: {both}."
    )


def _row(row: Json, settings: Json) -> str:
    lists, seconds = row["lists"], row["seconds"]
    accuracy = [_cell(row["accuracy"][f"{name}@10"]) for name in ("R", "N", "MRR")]
    shown = ", ".join(f"{key} {value}" for key, value in settings.items())
    cells = [
        row["engine"],
        row["fitted_on"],
        *accuracy,
        f"{lists['coverage']:.1%}",
        f"{lists['novelty']:.2f}",
        f"{lists['diversity']:.3f}" if "diversity" in lists else "–",
        f"{lists['popularity']:.1%}",
        f"{seconds['fit']:.1f}, {seconds['rank']:.1f}",
        shown,
    ]
    return f"| {' | '.join(cells)} |"


def _cell(cell: Json) -> str:
    mark = "\\*" if cell["p"] is not None and cell["p"] < 0.05 else ""
    return f"{cell['mean']:.4f}{mark} ({cell['low']:.4f}–{cell['high']:.4f})"


def main() -> None:
    """Run the sets asked for, then write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--anew", default=",".join(ENGINES), help="whose settings to choose again")
    parsed = parser.parse_args()
    (HERE / "results").mkdir(exist_ok=True)
    for name in filter(None, parsed.sets.split(",")):
        kept = HERE / "results" / f"{name}.json"
        former = json.loads(kept.read_text("utf-8")) if kept.exists() else None
        result = run(name, parsed.data, former, parsed.anew.split(","))
        kept.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    (HERE / "engines.md").write_text(table(), "utf-8")


if __name__ == "__main__":
    main()
