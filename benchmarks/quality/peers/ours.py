"""Our own engines, run as the peers are. See `jobs` for what a model is."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.quality.sets import load
from jobs import Job, main

from sommelier.evaluation import Protocol, Task, make_engine, make_task

ENGINES = ("popularity", "content", "als", "knn", "ease", "slist")
ASKED = {"decay"}  # settings that only shape what is asked, so that one fit serves several
kept: dict[str, Any] = {}


def run(name: str, job: Job) -> Iterator[Any]:
    task = _task(job)
    engine = make_engine(name, {**job.settings, "threads": 1})
    learned = {key: value for key, value in job.settings.items() if key not in ASKED}
    known = job.told["repeat"] == 1 and kept.get("learned") == learned
    queries = task.queries
    yield
    if known:
        kept["engine"].config = engine.config
    else:
        kept.clear()  # before the next one needs the memory
        kept.update(engine=engine.fit(task.train), learned=learned)
    yield
    yield kept["engine"].recommend(queries, job.k).items


def _task(job: Job) -> Task:
    """Return the same people and events as the files have, by the protocol that wrote them."""
    if "task" not in cache:
        dataset = load(job.told["set"], Path(job.told["data"]))
        cache["task"] = make_task(dataset, Protocol(**job.told["protocol"]))
    task = cache["task"]
    assert np.array_equal(task.users, job.asked)
    return task


cache: dict[str, Task] = {}

if __name__ == "__main__":
    main(
        {name: partial(run, name) for name in ENGINES}, ["sommelier", "implicit", "numpy", "scipy"]
    )
