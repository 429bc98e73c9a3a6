"""Nearest neighbours: the exact scan beside the graph, by size, filter and memory.

    .venv/bin/python benchmarks/speed/nearest.py [--keep FOLDER] [--queries 100]
        [--shapes engines100000,100000x64,100000x384,1000000x64]

The vectors are made up: tastes in coordinates of falling variance, of length one where they are
long (texts), of very different lengths where they are short (factors). A query is the faded sum of
eight random items, those it then leaves out. One thread; each shape runs in a process of its own.
Graphs are kept in --keep and opened from there; their building is timed once. On a busy machine the
clock counts the waiting too; `cpu` is the work of the one thread.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import polars as pl

HERE = Path(__file__).resolve()
RESULTS = HERE.parent / "results" / "nearest.json"
SHARES = (None, 0.5, 0.05, 0.001)
K = 100

Json = dict[str, Any]


def vectors(n_items: int, size: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    scale = (1 + np.arange(size)) ** -0.5
    scale = (scale / np.linalg.norm(scale)).astype(np.float32)
    tastes = rng.standard_normal((max(8, n_items // 500), size), np.float32)
    own = rng.integers(0, len(tastes), n_items)
    made = np.empty((n_items, size), np.float32)
    for first in range(0, n_items, 50_000):
        part = slice(first, min(n_items, first + 50_000))
        noise = rng.standard_normal((part.stop - first, size), np.float32)
        made[part] = (tastes[own[part]] + 0.8 * noise) * scale
        made[part] /= np.linalg.norm(made[part], axis=1, keepdims=True)
        if size < 100:
            made[part] *= rng.lognormal(0, 0.6, (len(noise), 1)).astype(np.float32)
    return made


def asked(known: np.ndarray, n_queries: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return queries, and the items they are made of."""
    picks = np.random.default_rng(seed).integers(0, len(known), (n_queries, 8)).astype(np.int32)
    sums = np.einsum("ijk,j->ik", known[picks], (0.8 ** np.arange(8)).astype(np.float32))
    return sums / np.linalg.norm(sums, axis=1, keepdims=True), picks


def memory_mb() -> float:
    """Return what this process alone holds; maps of files that others may share are not in it."""
    status = Path("/proc/self/status").read_text("ascii").splitlines()
    return sum(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1024


def measured(search: Callable[..., Any], queries: np.ndarray, known: np.ndarray, **how: Any) -> Any:
    """Return the lists and the milliseconds of each query alone, by the clock and of work."""
    lists, times, works = [], [], []
    for row in range(len(queries)):
        began, worked = time.perf_counter(), time.thread_time()
        found = search(queries[row : row + 1], K, exclude=known[row : row + 1], **how)
        times.append((time.perf_counter() - began) * 1e3)
        works.append((time.thread_time() - worked) * 1e3)
        lists.append(found.items[0])
    quantiles = {
        f"{kind}p{100 * level:.0f}_ms": round(float(np.quantile(values, level)), 2)
        for kind, values in (("", times), ("cpu_", works))
        for level in (0.5, 0.95)
    }
    return lists, quantiles


def graph(known: np.ndarray, folder: Path, name: str) -> tuple[Any, Json]:
    from sommelier.engines.nearest import Graph

    path, notes = folder / f"{name}.faiss", folder / f"{name}.json"
    if not path.exists():
        wall, cpu = time.perf_counter(), time.process_time()
        built = Graph.build(known, asked(known, 100, 5)[0], threads=1)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        built.write(path)
        told = {"build_s": round(wall, 1), "build_cpu_s": round(cpu, 1), "recall": built.recall}
        notes.write_text(json.dumps(told), "utf-8")
        del built
    before = memory_mb()
    opened = Graph.open(path, known, threads=1)
    told = json.loads(notes.read_text("utf-8"))
    told |= {"width": opened.width, "file_mb": round(path.stat().st_size / 1e6, 1)}
    return opened, told | {"anonymous_mb_opened": round(memory_mb() - before, 1)}


def child(shape: str, n_queries: int, folder: Path) -> Json:
    from sommelier.engines.nearest import Exact

    if shape.startswith("engines"):
        return engines(int(shape.removeprefix("engines")), n_queries, folder)
    n_items, size = map(int, shape.split("x"))
    known = vectors(n_items, size)
    queries, exclude = asked(known, n_queries, 1)
    opened, report = graph(known, folder, shape)
    report["vectors_mb"] = round(known.nbytes / 1e6, 1)
    for share in SHARES:
        mask = None if share is None else np.random.default_rng(2).random(n_items) < share
        truth, exact = measured(Exact(known, 1).search, queries, exclude, allowed=mask)
        lists, found = measured(opened.search, queries, exclude, allowed=mask)
        hits = sum(map(len, map(np.intersect1d, lists, truth)))
        found["recall"] = round(hits / (K * n_queries), 4)
        found["least"] = min(int((items >= 0).sum()) for items in lists)
        report[f"allowed {share or 1:.1%}"] = {"exact": exact, "graph": found}
    report["peak_gb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2)
    return report


class Told:
    """Stands for the text encoder: gives the vectors made up here."""

    name, size = "told", 384

    def __init__(self, known: np.ndarray) -> None:
        self.known = known

    def encode(self, texts: list[str]) -> np.ndarray:
        return self.known[[int(text.split()[-1]) for text in texts]]


def described(n_items: int) -> Any:
    """Return a catalogue of titles and tags, some tags rare and some common, with a log."""
    from engines import synthetic
    from sommelier.data.catalog import Catalog
    from sommelier.data.dataset import Dataset
    from sommelier.data.schema import Field, Kind, Schema

    rng = np.random.default_rng(4)
    tags = (300 * rng.random((n_items, 4)) ** 2).astype(int)
    columns = {
        "item_id": [str(number) for number in range(n_items)],
        "title": [f"item {number}" for number in range(n_items)],
        "tags": [[f"tag {tag}" for tag in row] for row in tags.tolist()],
    }
    kinds = {"item_id": Kind.ID, "title": Kind.TITLE, "tags": Kind.TAGS}
    schema = Schema(fields=tuple(Field(name=name, kind=kind) for name, kind in kinds.items()))
    log = synthetic(n_items, n_items // 2, 20).interactions
    return Dataset(Catalog(pl.DataFrame(columns), schema), log)


def engines(n_items: int, n_queries: int, folder: Path) -> Json:
    """One query of 50 items to the engines that know vectors, all scored or by a graph; top 100."""
    from sommelier.engines.als import ALS, ALSConfig
    from sommelier.engines.base import Engine
    from sommelier.engines.content import Content, ContentConfig
    from sommelier.engines.query import Query

    data, rng, report = described(n_items), np.random.default_rng(5), {}
    told = Told(vectors(n_items, Told.size))
    events = rng.choice(data.interactions.items, (n_queries, 50))
    factors = ALS(ALSConfig(epochs=3, threads=1, graph_from=0))
    texts = Content(ContentConfig(threads=1, graph_from=0), encoder=told)
    for model in (factors, texts):
        place = folder / f"{model.name}-{n_items}"
        if not place.exists():
            place.mkdir()
            model.fit(data).save(place)
        opened = type(model).load(place, data)
        if isinstance(opened, Content):
            opened.encoder = told
        asked = [Query.of(history) for history in events]
        for name, recommend in (
            ("all scored", lambda *what, one=opened: Engine.recommend(one, *what)),
            ("graph", opened.recommend),
        ):
            recommend(asked[:1], K)
            times, works, lists = [], [], []
            for query in asked:
                began, worked = time.perf_counter(), time.thread_time()
                lists.append(recommend([query], K).items[0])
                works.append((time.thread_time() - worked) * 1e3)
                times.append((time.perf_counter() - began) * 1e3)
            if name == "all scored":
                truth = lists
            hits = sum(map(len, map(np.intersect1d, lists, truth)))
            report[f"{model.name}, {name}"] = {
                "p50_ms": round(float(np.median(times)), 2),
                "cpu_p50_ms": round(float(np.median(works)), 2),
                "recall": round(hits / (K * n_queries), 4),
            }
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shapes", default="engines100000,100000x64,100000x384,1000000x64")
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--child")
    options = parser.parse_args()
    if options.child:
        print(json.dumps(child(options.child, options.queries, options.keep)))
        return
    report: Json = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    with TemporaryDirectory() as temporary:
        keep = options.keep or Path(temporary)
        for shape in options.shapes.split(","):
            words = [HERE, "--child", shape, "--keep", keep, "--queries", options.queries]
            load = os.getloadavg()[0]
            one = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
            done = subprocess.run(
                [sys.executable, *map(str, words)],
                stdout=subprocess.PIPE,
                text=True,
                env=one,
                check=True,
            )
            date = datetime.now(UTC).date().isoformat()
            report[shape] = {"date": date, "load_before": load, **json.loads(done.stdout)}
            RESULTS.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
            print(shape, json.dumps(report[shape], indent=1))


if __name__ == "__main__":
    main()
