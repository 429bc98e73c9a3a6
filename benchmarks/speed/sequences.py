"""Engines that read order or text: one query, all users' lists, one epoch; beside their peers.

    python benchmarks/speed/sequences.py [--peers FOLDER] [--only latency,rank,epoch]

Needs torch and onnx (`make setup-train`) for `sasrec` and `semantic_id`; the peers' environments
are those that `benchmarks.quality.peers` makes under its `--work`, in the folder `environments`.
One thread each, each measurement in a process of its own, the sides in turn. On a busy machine the
clock counts the waiting too; `cpu` is the work of the one thread.

latency: one query of 50 items, top 100 of 100,000. What a query costs does not depend on what was
learned, so `slist` and `content` are given random weights of the right shapes, `semantic_id` random
codes, and the others learn for one round from few people. rank: the top 100 of all 6,040 users of
ml-1m, for RecBole by its own loader, its own masking and torch's top-k, without its metrics. epoch:
SASRec of equal size (64, two blocks, one head, window 200, 256 negatives, batches of 128) on the
first 1,280 people of ml-1m; the second of two rounds.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
sys.path.insert(0, str(HERE.parent))
RESULTS = HERE.parent / "results" / "sequences.json"
PARTS = ("latency", "rank", "epoch")
N_ITEMS, SIZE, TAUGHT, NEAR = 100_000, 192, 20_000, 10
PEOPLE = 1280
SHAPE = {"embedding_size": 64, "blocks": 2, "heads": 1, "window": 200, "dropout": 0.1}
QUICK = {"text": "none", "epochs": 1, "patience": 0, "refit": False, "threads": 1}
ONE = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS"), "1"
)

Json = dict[str, Any]


def latency(name: str) -> Json:
    """Time a hundred queries, each of 50 items."""
    from sommelier.engines.query import Query

    model = MADE[name]()
    rng = np.random.default_rng(5)
    fame = (N_ITEMS * rng.random((101, 50)) ** 3).astype(np.int32)
    asked = [Query(np.unique(row)) for row in fame]
    model.recommend(asked[:1], 100)
    clock, cpu = [], []
    for query in asked[1:]:
        before = time.perf_counter(), time.process_time()
        model.recommend([query], 100)
        clock.append(time.perf_counter() - before[0])
        cpu.append(time.process_time() - before[1])
    p50, p95 = (np.quantile(clock, [0.5, 0.95]) * 1e3).round(3).tolist()
    low, high = (np.quantile(cpu, [0.5, 0.95]) * 1e3).round(3).tolist()
    memory = _resident_gb()
    return {"p50_ms": p50, "p95_ms": p95, "cpu_p50_ms": low, "cpu_p95_ms": high, "gb": memory}


def slist() -> Any:
    from sommelier.engines.linear.slist import SLIST, SLISTConfig

    rng = np.random.default_rng(1)
    engine, vectors = SLIST(SLISTConfig(threads=1)), _units(SIZE)
    arrays = {
        "taught": np.arange(TAUGHT, dtype=np.int32),
        "dense": rng.random((1, TAUGHT, TAUGHT), np.float32) - np.float32(0.5),
        "thin": vectors[None] * np.float32(0.05),
        "near_data": np.full(NEAR * (N_ITEMS - TAUGHT), 1 / NEAR, np.float32),
        "near_indices": rng.integers(0, TAUGHT, NEAR * (N_ITEMS - TAUGHT), np.int32),
        "near_indptr": NEAR * np.maximum(np.arange(N_ITEMS + 1, dtype=np.int32) - TAUGHT, 0),
        "everyone": np.zeros(N_ITEMS, np.float32),
        "vectors": vectors,
        "mean": np.zeros(384, np.float32),
        "whitening": np.zeros((384, SIZE), np.float32),
        "encoder": np.zeros(0, np.uint8),
    }
    engine.restore(arrays, _bare([0, 1], [0, 1]))
    engine.n_items = N_ITEMS
    return engine


def content() -> Any:
    from sommelier.engines.content import Content, ContentConfig

    rng = np.random.default_rng(2)
    arrays = {
        "vectors": _units(SIZE),
        "mean": np.zeros(384, np.float32),
        "whitening": np.zeros((384, SIZE), np.float32),
        "encoder": np.zeros(0, np.uint8),
        "data": np.full(4 * N_ITEMS, 0.5, np.float32),
        "indices": rng.integers(0, 500, 4 * N_ITEMS).astype(np.int32),
        "starts": np.arange(0, 4 * N_ITEMS + 1, 4, dtype=np.int32),
        "n_words": np.array([500]),
    }
    engine = Content(ContentConfig(threads=1))
    engine.restore(arrays, _bare([0, 1], [0, 1]))
    engine.n_items, engine._index = N_ITEMS, None  # as `fit` leaves it
    return engine


def taught(name: str, people: int, **settings: object) -> Any:
    """Return an engine that learned for one round from made-up people."""
    from sommelier.engines.making import make_engine

    rng = np.random.default_rng(3)
    items = (N_ITEMS * rng.random((people, 20)) ** 2).astype(np.int32)
    data = _bare(np.repeat(np.arange(people), 20), items.ravel())
    return make_engine(name, settings).fit(data)


def coded() -> Any:
    """Return a `semantic_id` that learned from a small catalogue, with the codes of a large one."""
    from sommelier.engines.making import make_engine

    rng, few = np.random.default_rng(3), 2000
    items = rng.integers(0, few, (500, 20))
    settings = {name: value for name, value in QUICK.items() if name != "text"}
    engine: Any = make_engine("semantic_id", settings)
    engine.fit(_bare(np.repeat(np.arange(500), 20), items.ravel(), few))
    parts, n_codes = engine.parts, engine.config.codes
    drawn = np.unique(rng.integers(0, n_codes, (N_ITEMS + 5000, engine.config.levels)), axis=0)
    codes = np.zeros((N_ITEMS, parts.codes.shape[1]), parts.codes.dtype)
    codes[:, : engine.config.levels] = rng.permutation(drawn)[:N_ITEMS]
    vectors = rng.choice(parts.items, N_ITEMS)
    engine.parts = replace(parts, codes=codes, items=vectors)
    engine.vectors, engine.n_items = rng.choice(engine.vectors, N_ITEMS), N_ITEMS
    return engine


MADE: dict[str, Callable[[], Any]] = {
    "slist": slist,
    "content": content,
    "sasrec": lambda: taught("sasrec", 500, **QUICK),
    "semantic_id": coded,
    "popularity": lambda: taught("popularity", 20_000),
    "als": lambda: taught("als", 20_000, epochs=1, threads=1),
    "knn": lambda: taught("knn", 20_000, threads=1),
    "ease": lambda: taught("ease", 20_000, threads=1),
}


def rank(events: str) -> Json:
    """Rank for all users with engines of the peer's sizes; no encoder, so no texts."""
    from sommelier.engines.making import make_engine
    from sommelier.engines.query import Query

    data = _read(events)
    asked = [Query(history) for history in data.interactions.histories()]
    few = _bare(data.interactions.users[:2000], data.interactions.items[:2000], data.n_items)
    found: Json = {}
    for name, settings in {
        "ease": {"reg": 300.0},
        "slist": {"text": 0.0},
        "sasrec": {**QUICK, **SHAPE},
    }.items():
        engine = make_engine(name, {**settings, "threads": 1})
        engine.fit(few if name == "sasrec" else data)
        engine.recommend(asked[:100], 100)
        found[f"ours {name}"] = _took(lambda engine=engine: engine.recommend(asked, 100))
    return found


def epoch(events: str) -> Json:
    """Train our SASRec for two rounds."""
    from sommelier.engines.sasrec import SASRec, SASRecConfig

    log = _read(events).interactions
    data = _bare(*(part[log.users < PEOPLE] for part in (log.users, log.items)), log.n_items)
    rounds: list[tuple[float, float]] = [(time.perf_counter(), time.process_time())]
    config = SASRecConfig(**{**QUICK, **SHAPE, "epochs": 2, "negatives": 256, "in_batch": 0})
    tell = lambda _: rounds.append((time.perf_counter(), time.process_time()))  # noqa: E731
    SASRec(config, progress=tell).fit(data)
    clock, cpu = np.diff(rounds[-2:], axis=0)[0].tolist()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    return {"seconds": clock, "cpu": cpu, "events": len(data.interactions), "gb": peak}


CHILDREN: dict[str, Callable[[str], Json]] = {"latency": latency, "rank": rank, "epoch": epoch}


def _units(size: int) -> np.ndarray:
    vectors = np.random.default_rng(0).standard_normal((N_ITEMS, size), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def _bare(users: Any, items: Any, n_items: int = N_ITEMS) -> Any:
    from engines import dataset

    return dataset(np.asarray(users), np.asarray(items), n_items)


def _read(events: str) -> Any:
    frame = pl.read_csv(events)
    users, items = frame["user_id"].to_numpy(), frame["item_id"].to_numpy()
    return _bare(users, items, int(items.max()) + 1)


def _took(work: Callable[[], object]) -> Json:
    before = time.perf_counter(), time.process_time()
    work()
    return {"seconds": time.perf_counter() - before[0], "cpu": time.process_time() - before[1]}


def _resident_gb() -> float:
    """Return what this process holds now, shared pages too."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1024**3, 3)


def run(python: Path | str, *words: object) -> Json:
    done = subprocess.run(
        [str(python), *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ONE},
    )
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    found: Json = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def in_turn(sides: list[Callable[[], Json]], repeat: int) -> Json:
    """Run every side `repeat` times, in turn; return the medians of what each one tells."""
    rows: dict[str, list[Json]] = {}
    for _ in range(repeat):
        for side in sides:
            for name, row in side().items():
                rows.setdefault(name, []).append(row)
    return {
        name: {key: round(statistics.median(row[key] for row in found), 3) for key in found[0]}
        for name, found in rows.items()
    }


def part(name: str, options: argparse.Namespace, events: Path) -> Json:
    peers = options.peers
    script = HERE.with_name("sequences_peers.py")

    def ours(what: object) -> Json:
        return run(sys.executable, HERE, "--child", name, what)

    if name == "latency":
        return {engine: ours(engine) for engine in options.engines.split(",")}
    if name == "rank":
        theirs = [lambda: run(peers / "recbole" / "bin" / "python", script, "rank", events)]
        return in_turn([lambda: ours(events), *(theirs if peers else [])], options.repeat)
    python = peers and peers / "rectools" / "bin" / "python"
    theirs = [lambda: {"rectools sasrec": run(python, script, "epoch", events, PEOPLE)}]
    sides = [lambda: {"ours sasrec": ours(events)}, *(theirs if peers else [])]
    return in_turn(sides, options.repeat)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--peers", type=Path, help="folder of the peers' environments")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--engines", default=",".join(MADE), help="for latency")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CHILDREN[options.child[0]](options.child[1])))
        return
    report: Json = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with TemporaryDirectory() as folder:
        events = Path(folder) / "events.csv"
        from engines import movielens

        log = movielens().interactions
        pl.DataFrame({"user_id": log.users, "item_id": log.items}).write_csv(events)
        for name in options.only.split(","):
            load = round(os.getloadavg()[0], 2)
            found = part(name, options, events)
            report[name] = {**report.get(name, {}), **found}
            report.setdefault("runs", {})[name] = {
                "date": f"{datetime.now(UTC):%Y-%m-%d}",
                "load_before": load,
                "repeat": options.repeat,
            }
            RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
            for row, values in found.items():
                print(name, row, values, flush=True)


if __name__ == "__main__":
    main()
