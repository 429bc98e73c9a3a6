"""What every peer's script shares: the events to learn from, the clock, the lists to write.

    PYTHON SCRIPT.py JOB.json

Runs in the peer's own environment, so it knows numpy and scipy only. A model is a generator: up to
its first `yield` it prepares, up to the second it learns, up to the third it ranks, and there it
yields the lists. Only learning and ranking are timed.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

Json = dict[str, Any]
Model = Callable[["Job"], Iterator[Any]]
LONG = 120.0  # seconds; what took longer is not timed again


@dataclass
class Job:
    """One model with one choice of settings. Every user's events stand together, oldest first."""

    told: Json  # as the parent wrote it
    settings: Json
    found: Json = field(default_factory=dict)  # settings that the model chose by itself

    @property
    def k(self) -> int:
        return int(self.told["k"])

    @property
    def n_items(self) -> int:
        return int(self.told["n_items"])

    @property
    def asked(self) -> np.ndarray:
        """The users whose lists are wanted, rising."""
        return np.load(self.told["asked"])

    @cached_property
    def events(self) -> tuple[np.ndarray, np.ndarray]:
        """Users and items of what is learned from, which is also each user's history."""
        return joined(self.told["learn"])

    @property
    def held(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Users and items of what a model may stop by; None where it must stop by itself."""
        return joined([self.told["held"]]) if self.told["held"] else None

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """Who met what: ones, float32 [n_users, n_items]."""
        users, items = self.events
        shape = (int(self.told["n_users"]), self.n_items)
        matrix = sparse.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape)
        matrix.data[:] = 1.0
        return matrix

    def best(self, scores: np.ndarray, users: np.ndarray) -> np.ndarray:
        """Return the k best items of each row without what its user has met."""
        rows, columns = self.matrix[users].nonzero()
        scores[rows, columns] = -np.inf
        top = np.argpartition(-scores, self.k, axis=1)[:, : self.k]
        order = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
        return np.take_along_axis(top, order, axis=1)

    def rows(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return lists [n_asked, k] from pairs, best first for each user; -1 fills short ones."""
        order = np.argsort(users, kind="stable")
        users, items = users[order], items[order]
        place = np.arange(len(users)) - np.searchsorted(users, users)
        lists = np.full((len(self.asked), self.k), -1, np.int32)
        kept = place < self.k
        lists[np.searchsorted(self.asked, users[kept]), place[kept]] = items[kept]
        return lists


def joined(paths: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return users and items of several files; a user's events of a later file come last."""
    parts = [np.load(path) for path in paths]
    users = np.concatenate([part["users"] for part in parts])
    order = np.argsort(users, kind="stable")
    return users[order], np.concatenate([part["items"] for part in parts])[order]


def timed(model: Model, job: Job) -> tuple[np.ndarray, Json]:
    """Run a model once; return its lists, and the seconds of learning and of ranking.

    Seconds are those of the processor: with one thread they are what the clock would show on a
    machine that nobody else uses. `clock` has what it did show.
    """
    steps = model(job)
    next(steps)
    moments = [_now()]
    next(steps)
    moments.append(_now())
    lists = next(steps)
    moments.append(_now())
    (fit, fit_clock), (rank, rank_clock) = np.diff(moments, axis=0).tolist()
    took = {"fit": fit, "rank": rank, "fit clock": fit_clock, "rank clock": rank_clock}
    return np.asarray(lists, np.int32), took


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()


def main(models: dict[str, Model], libraries: list[str]) -> None:
    """Do what the job's file says: a list of items and a card for each choice of settings."""
    told = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    for todo in told["todo"]:
        job = Job(told, todo["settings"])
        runs: list[Json] = []
        while len(runs) < told["repeat"] and sum(run["fit"] + run["rank"] for run in runs) < LONG:
            lists, took = timed(models[told["model"]], job)
            runs.append(took)
        out = Path(todo["out"])
        np.save(out.with_suffix(".npy"), lists)
        seconds = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        card = {
            "settings": {**job.settings, **job.found},
            "seconds": seconds,
            "runs": len(runs),
            "run": told["run"],
            "versions": {name: version(name) for name in libraries},
        }
        out.with_suffix(".json").write_text(json.dumps(card), "utf-8")  # last: it says "done"
        print(
            f"{job.settings}: fit {seconds['fit']:.2f} s, rank {seconds['rank']:.2f} s", flush=True
        )
