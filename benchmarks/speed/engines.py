"""Speed and memory of the collaborative engines, beside the libraries they compete with.

    .venv/bin/python benchmarks/speed/engines.py [--repeat 5] [--peers FOLDER] [--only fit,latency]

Every fit runs in a process of its own, ours and the peer's in turn, and the medians are compared.
RecTools and LensKit are installed into throw-away environments (kept in --peers where given).
"""

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
ML_1M = ROOT.parent / "shared" / "data" / "ml-1m" / "sequences.csv.gz"
RESULTS = HERE.parent / "results" / "engines.json"
PEERS = {"rectools": ["rectools"], "lenskit": ["torch==2.13.0", "lenskit"]}
PARTS = ("fit", "ease", "rank", "latency", "wide")
REG = 100.0

Json = dict[str, Any]


def dataset(users: np.ndarray, items: np.ndarray, n_items: int) -> Any:
    from sommelier.data.catalog import Catalog
    from sommelier.data.dataset import Dataset
    from sommelier.data.interactions import Interactions
    from sommelier.data.schema import Field, Kind, Schema

    table = pl.DataFrame({"item_id": [str(number) for number in range(n_items)]})
    names = [str(number) for number in range(int(users.max()) + 1)]
    log = Interactions(names, users.astype(np.int32), items.astype(np.int32), n_items)
    return Dataset(Catalog(table, Schema(fields=(Field(name="item_id", kind=Kind.ID),))), log)


def movielens() -> Any:
    frame = pl.read_csv(ML_1M)
    _, users = np.unique(frame["user_id"].to_numpy(), return_inverse=True)
    known, items = np.unique(frame["movie_id"].to_numpy(), return_inverse=True)
    return dataset(users, items, len(known))


def synthetic(n_items: int, n_users: int, length: int) -> Any:
    """Events with fame and taste: half of each user's events are near the user's own place."""
    rng = np.random.default_rng(11)
    places = rng.permutation(n_items)
    fame = places[(n_items * rng.random((n_users, length)) ** 3).astype(np.int64)]
    taste = rng.integers(0, n_items, (n_users, 1)) + rng.integers(0, 200, (n_users, length))
    items = np.where(rng.random((n_users, length)) < 0.5, fame, taste % n_items)
    return dataset(np.repeat(np.arange(n_users), length), items.ravel(), n_items)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def peak_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


# ---- children: one measurement in one process --------------------------------------------------


def engine(name: str, **settings: Any) -> Any:
    from sommelier import registry

    kind = registry.load("engines", name)
    return kind(kind.Config(**settings))


def child_ours(name: str) -> Json:
    settings = {"als": {"alpha": 1.0}, "knn": {"weighting": "cosine"}, "ease": {"reg": REG}}[name]
    data = movielens()
    engine(name, **settings).fit(synthetic(50, 40, 5))  # loads what loads late
    before = peak_gb()
    seconds = timed(lambda: engine(name, **settings).fit(data))
    return {"seconds": seconds, "peak_gb": peak_gb(), "before_gb": before}


def child_implicit(name: str) -> Json:
    """What `engines` does, written with implicit directly."""
    from implicit.als import AlternatingLeastSquares
    from implicit.nearest_neighbours import CosineRecommender
    from threadpoolctl import threadpool_limits

    def fit(data: Any) -> None:
        matrix = data.interactions.matrix()
        with threadpool_limits(1, "blas"):
            if name == "als":
                model = AlternatingLeastSquares(factors=64, iterations=15, random_state=0)
                model.fit(2.0 * matrix, show_progress=False)
            else:
                CosineRecommender(K=101).fit(matrix, show_progress=False)

    data = movielens()
    fit(synthetic(50, 40, 5))
    before = peak_gb()
    return {"seconds": timed(lambda: fit(data)), "peak_gb": peak_gb(), "before_gb": before}


def child_rank(repeat: str) -> Json:
    """All users' top 100: ours and implicit's in turn, from the same factors."""
    from implicit.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    from sommelier.engines.query import Query

    data = movielens()
    matrix = data.interactions.matrix()
    asked = [Query.of(history) for history in data.interactions.histories()]
    with threadpool_limits(1, "blas"):
        peer = AlternatingLeastSquares(factors=64, iterations=15, random_state=0)
        peer.fit(2.0 * matrix, show_progress=False)
    ours = {
        "als, as implicit (alpha 1, decay 1)": engine("als", alpha=1.0, decay=1.0),
        "als, defaults": engine("als"),
        "knn, defaults": engine("knn"),
        "ease, defaults": engine("ease"),
        "popularity": engine("popularity"),
    }
    found: dict[str, list[float]] = {name: [] for name in ("implicit als", *ours)}
    for model in ours.values():
        model.fit(data)
    for _ in range(int(repeat) + 1):
        with threadpool_limits(1, "blas"):
            found["implicit als"].append(
                timed(lambda: peer.recommend(np.arange(len(asked)), matrix, N=100))
            )
        for name, model in ours.items():
            found[name].append(timed(lambda model=model: model.recommend(asked, 100)))
    return {name: times[1:] for name, times in found.items()}


def child_latency(n_items: str) -> Json:
    """One query of 50 items, top 100, out of many items."""
    from sommelier.engines.query import Query

    size = int(n_items)
    data = synthetic(size, size // 2, 20)
    rng = np.random.default_rng(5)
    asked = [Query.of(rng.choice(data.interactions.items, 50)) for _ in range(100)]
    found = {}
    for name in ("popularity", "knn", "als", "ease"):
        model = engine(name, **({"epochs": 3} if name == "als" else {}))
        if name == "ease" and size > 200_000:
            _pretend(model, size)
            fit = None
        else:
            fit = timed(lambda model=model: model.fit(data))
        model.recommend(asked[:1], 100)
        times = [timed(lambda q=q, m=model: m.recommend([q], 100)) for q in asked]
        low, middle, high = np.quantile(times, [0.1, 0.5, 0.95]) * 1e3
        found[name] = {"fit_s": fit, "p10_ms": low, "p50_ms": middle, "p95_ms": high}
    return found


def _pretend(model: Any, size: int) -> None:
    """Give a sparse EASE random weights: what a query costs does not depend on their values."""
    from scipy import sparse

    rng = np.random.default_rng(3)
    rows = (size * rng.random(100 * size) ** 2).astype(np.int32)
    columns = np.repeat(np.arange(size, dtype=np.int32), 100)
    values = rng.random(100 * size, np.float32)
    model.weights = sparse.csr_matrix((values, (rows, columns)), shape=(size, size))
    model.everyone = np.zeros(size, np.float32)
    model.n_items = size


def child_wide(n_items: str) -> Json:
    """EASE, dense, on the shape of MovieLens 20M; memory counts the log too."""
    data = synthetic(int(n_items), 138_000, 145)
    engine("ease").fit(synthetic(50, 40, 5))
    events, before = len(data.interactions), peak_gb()
    seconds = timed(lambda: engine("ease").fit(data))
    return {"seconds": seconds, "peak_gb": peak_gb(), "before_gb": before, "events": events}


CHILDREN: dict[str, Callable[[str], Json]] = {
    "ours": child_ours,
    "implicit": child_implicit,
    "rank": child_rank,
    "latency": child_latency,
    "wide": child_wide,
}


# ---- the parent --------------------------------------------------------------------------------


def run(python: Path, *words: object) -> Json:
    done = subprocess.run(
        [str(python), *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: Json = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def child(kind: str, what: object) -> Json:
    return run(Path(sys.executable), HERE, "--child", kind, what)


def peer(folder: Path, name: str) -> Path:
    """Return the Python of a peer's environment, made if it is not there."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        venv.create(folder / name, with_pip=True)
        for package in PEERS[name]:
            run_pip = [str(python), "-m", "pip", "install", "--quiet", package]
            subprocess.run(run_pip, check=True, stdout=sys.stderr)
    return python


def in_turn(jobs: dict[str, Callable[[], Json]], repeat: int) -> Json:
    rows: dict[str, list[Json]] = {name: [] for name in jobs}
    for _ in range(repeat):
        for name, job in jobs.items():
            rows[name].append(job())
    return {name: _summary(found) for name, found in rows.items()}


def _summary(found: list[Json]) -> Json:
    seconds = [row["seconds"] for row in found]
    return {
        "seconds": statistics.median(seconds),
        "all_seconds": seconds,
        "peak_gb": statistics.median(row["peak_gb"] for row in found),
    }


def fits(repeat: int) -> Json:
    both = {
        f"{side} {name}": (lambda side=side, name=name: child(side, name))
        for name in ("als", "knn")
        for side in ("ours", "implicit")
    }
    return in_turn(both, repeat)


def ease(repeat: int, folder: Path, peers: Path) -> Json:
    log = movielens().interactions
    path = folder / "ml-1m.csv"
    pl.DataFrame({"user_id": log.users, "item_id": log.items}).write_csv(path)
    script = HERE.with_name("engines_peers.py")
    jobs: dict[str, Callable[[], Json]] = {"ours ease": lambda: child("ours", "ease")}
    for name in PEERS:
        python = peer(peers, name)
        jobs[f"{name} ease"] = lambda python=python, name=name: run(python, script, name, path, REG)
    return in_turn(jobs, repeat)


def machine() -> Json:
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        cpu = names[0].partition(":")[2].strip() if names else cpu
    names = ("numpy", "scipy", "implicit", "polars")
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in names},
    }


def table(report: Json) -> None:
    for part in ("fit", "ease", "wide"):
        for name, row in report.get(part, {}).items():
            print(f"{part:8} {name:38} {row['seconds']:8.2f} s  peak {row['peak_gb']:.2f} GB")
    for name, times in report.get("rank", {}).items():
        print(f"{'rank':8} {name:38} {statistics.median(times):8.3f} s  best {min(times):.3f} s")
    for size, rows in report.get("latency", {}).items():
        for name, row in rows.items():
            shown = "  ".join(
                f"{key} {value:.2f}" for key, value in row.items() if value is not None
            )
            print(f"{'latency':8} {size + ' items, ' + name:38} {shown}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="keep the peers' environments here")
    parser.add_argument("--only", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--items", default="100000,1000000", help="catalogue sizes for latency")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(CHILDREN[options.child[0]](options.child[1])))
        return
    report: Json = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    report |= {"machine": machine()}
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        parts: dict[str, Callable[[], Json]] = {
            "fit": lambda: fits(options.repeat),
            "ease": lambda: ease(options.repeat, folder, options.peers or folder),
            "rank": lambda: child("rank", options.repeat),
            "latency": lambda: {n: child("latency", n) for n in options.items.split(",")},
            "wide": lambda: {"ease, 27,000 items, 20 M events": child("wide", 27_000)},
        }
        for part in options.only.split(","):
            load = os.getloadavg()[0]
            report[part] = parts[part]()
            report.setdefault("runs", {})[part] = {
                "command": " ".join(["python benchmarks/speed/engines.py", *sys.argv[1:]]),
                "date": datetime.now(UTC).date().isoformat(),
                "load_before": load,
            }
            RESULTS.parent.mkdir(exist_ok=True)
            RESULTS.write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))
    table(report)


if __name__ == "__main__":
    main()
