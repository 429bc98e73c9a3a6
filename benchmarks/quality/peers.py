"""Our engines beside implicit, LensKit, RecTools and RecBole, on the same files; resumable.

    python -m benchmarks.quality.peers --data DATA [--sets beauty] [--models rectools.sasrec]

The split is written once; every library is installed into an environment of its own (both under
`--work`), is given the events before validation with each of its settings, and once more, with the
best of them, all events before test. It writes a list of 100 items for every user, and these lists
are measured here, ours and theirs by the same code. One thread each. `peers/models.toml` says what
is tried. What is done is not done again; `--models` names what else to run: `recbole`,
`recbole.sasrec`, and without it all that is not slow. Results: `results/peers-<set>.json` and
`peers.md`.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from benchmarks.quality.peers_page import Lists, write_page, write_result
from benchmarks.quality.sets import load
from platformdirs import user_cache_path

from sommelier.data import splits
from sommelier.data.interactions import Interactions
from sommelier.evaluation import Protocol, make_task, measure
from sommelier.types import Json

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
K = 100
STAGES = {
    "validation": Protocol(stage="validation", users=5000),
    "test": Protocol(fit_validation=True),
}
LEARN = {"validation": ["train"], "test": ["train", "validation"]}
REPEAT = {"validation": 1, "test": 3}
ONE_THREAD = [
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"),
    *("RAYON_NUM_THREADS", "LK_NUM_THREADS", "LK_NUM_BACKEND_THREADS", "POLARS_MAX_THREADS"),
]


@dataclass(frozen=True)
class Model:
    """One model of one library, and what is tried of it."""

    peer: str
    name: str
    script: str
    slow: bool = False
    install: list[str] = field(default_factory=list)
    settings: Json = field(default_factory=dict)
    grid: Json = field(default_factory=dict)
    sets: Json = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.peer}.{self.name}"

    def tried(self, name: str) -> list[Json]:
        """Return every choice of settings for a set."""
        fixed = {**self.settings, **self.sets.get(name, {})}
        return [
            {**fixed, **dict(zip(self.grid, values, strict=True))}
            for values in product(*self.grid.values())
        ]

    def card(self, folder: Path, settings: Json) -> Path:
        """Return where the outcome with these settings is told; its name changes with our code."""
        code = self.install or engines_digest()
        digest = hashlib.sha256(json.dumps([settings, code]).encode())
        return folder / f"{self.title}-{digest.hexdigest()[:12]}.json"


@cache
def engines_digest() -> str:
    """Return what our own outcomes depend on, as it was when the run began."""
    digest = hashlib.sha256()
    for path in sorted((ROOT / "src/sommelier/engines").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def models() -> Iterator[Model]:
    """Yield what `models.toml` has, in its order."""
    for peer, told in tomllib.loads((HERE / "peers/models.toml").read_text("utf-8")).items():
        for name, more in told["models"].items():
            yield Model(peer, name, told["script"], install=told.get("install", []), **more)


class Failed(Exception):
    """A library could not be installed or run."""


class SetOfFiles:
    """One data set: the files of its split, and the questions asked about it."""

    def __init__(self, name: str, data: Path, work: Path) -> None:
        self.name, self.data, self.work, self.folder = name, data, work, work / name
        dataset = load(name, data)
        self.tasks = {stage: make_task(dataset, protocol) for stage, protocol in STAGES.items()}
        split = splits.leave_last_out(dataset.interactions)
        for stage, task in self.tasks.items():
            (self.folder / stage).mkdir(parents=True, exist_ok=True)
            np.save(self.folder / stage / "asked.npy", task.users.astype(np.int64))
        for part in ("train", "validation", "test"):
            _write(getattr(split, part), self.folder / f"{part}.npz")

    def told(self, stage: str, model: Model) -> Json:
        """Return the part of a job that is the same for every choice of settings."""
        task = self.tasks[stage]
        protocol = STAGES[stage].model_copy(update={"k": K})
        return {
            "set": self.name,
            "data": str(self.data.resolve()),
            "protocol": protocol.model_dump(mode="json"),
            "model": model.name,
            "k": K,
            "repeat": REPEAT[stage],
            "n_users": task.train.n_users,
            "n_items": task.train.n_items,
            "asked": str(self.folder / stage / "asked.npy"),
            "learn": [str(self.folder / f"{part}.npz") for part in LEARN[stage]],
            "held": str(self.folder / "validation.npz") if stage == "validation" else None,
            "run": _run_card(self.name, model),
        }

    def lists(self, stage: str, model: Model, tried: list[Json]) -> list[Lists]:
        """Return what a model recommends with each choice, run where it has not been."""
        cards = [model.card(self.folder / stage, settings) for settings in tried]
        todo = [
            {"settings": settings, "out": str(card)}
            for settings, card in zip(tried, cards, strict=True)
            if not card.exists()
        ]
        if todo:
            job = self.folder / stage / f"{model.title}.job.json"
            job.write_text(json.dumps({**self.told(stage, model), "todo": todo}), "utf-8")
            script = HERE / "peers" / model.script
            _call([python(model, self.work), script, job], job.with_suffix(".log"))
        found = [Lists.read(model.title, card) for card in cards]
        for one in found:
            one.check(self.tasks[stage])
        return found

    def run(self, model: Model) -> None:
        """Choose a model's settings on validation, then have its lists for test."""
        best, trials = self.best(model)
        card = model.card(self.folder / "test", best)
        self.lists("test", model, [best])
        kept = self.folder / "test" / f"{model.title}.chosen.json"
        kept.write_text(json.dumps({"card": card.name, "trials": trials}), "utf-8")

    def best(self, model: Model) -> tuple[Json, list[Json]]:
        """Return the settings best by N@10 on validation, and every trial, best first."""
        task = self.tasks["validation"]
        trials = [
            {"settings": found.settings, "N@10": round(measure(found, task).mean("N"), 5)}
            for found in self.lists("validation", model, model.tried(self.name))
        ]
        trials.sort(key=lambda trial: -trial["N@10"])
        return trials[0]["settings"], trials


def python(model: Model, work: Path) -> Path:
    """Return the Python of a library's environment, made if it is not there; ours is this one."""
    if not model.install:
        return Path(sys.executable)
    folder = work / "environments" / model.peer
    done = folder / "installed.json"
    if not done.exists() or json.loads(done.read_text("utf-8")) != model.install:
        venv.create(folder, clear=True, with_pip=True)
        for package in model.install:  # one by one, so that nothing brings another torch along
            pip = [folder / "bin/python", "-m", "pip", "install", "--quiet", package]
            _call(pip, folder / "install.log")
        done.write_text(json.dumps(model.install), "utf-8")
    return folder / "bin" / "python"


def _call(command: list[str | Path], log: Path) -> None:
    """Run a command beside its log; Failed with the last line of that if it went wrong."""
    env = {**os.environ, **dict.fromkeys(ONE_THREAD, "1"), "PYTHONPATH": str(ROOT)}
    with log.open("w", encoding="utf-8") as said:
        done = subprocess.run(
            list(map(str, command)), check=False, env=env, cwd=log.parent, stderr=said
        )
    if done.returncode:
        lines = log.read_text("utf-8").strip().splitlines() or ["nothing was said"]
        raise Failed(f"{lines[-1]} (exit {done.returncode})")


def _write(log: Interactions, path: Path) -> None:
    np.savez(path, users=log.users.astype(np.int64), items=log.items.astype(np.int64))


def _run_card(name: str, model: Model) -> Json:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "command": "python -m benchmarks.quality.peers --data DATA "
        f"--sets {name} --models {model.title}",
        "commit": said.stdout.strip(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load": round(os.getloadavg()[0], 1),
    }


def main() -> None:
    """Run the models asked for on the sets asked for, then write results and page."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--work", type=Path, default=user_cache_path("sommelier") / "peers")
    parser.add_argument("--out", type=Path, default=HERE, help="where the page and results go")
    parser.add_argument("--sets", default="ml-100k,beauty")
    parser.add_argument("--models", default="", help="PEER or PEER.MODEL, comma between")
    parsed = parser.parse_args()
    named = set(filter(None, parsed.models.split(",")))
    known = list(models())
    wanted = [m for m in known if (named & {m.peer, m.title} if named else not m.slow)]
    for name in filter(None, parsed.sets.split(",")):
        files = SetOfFiles(name, parsed.data, parsed.work.resolve())
        for model in wanted:
            print(f"{name}: {model.title}", flush=True)
            try:
                files.run(model)
            except Failed as error:
                print(f"{name}: {model.title} failed: {error}", file=sys.stderr, flush=True)
        titles = [model.title for model in known]
        write_result(name, files.tasks["test"], files.folder / "test", titles, parsed.out)
    write_page(parsed.out)


if __name__ == "__main__":
    main()
