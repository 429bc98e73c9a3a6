"""Import of a large log from CSV: wall time and peak memory of the whole, in its own process.

    .venv/bin/python benchmarks/speed/import_csv.py [--events 10000000] [--quoted] [--repeat 3]

Writes a log (user, item, rating, time; skewed like real ones, rows in random order) and an items
file into a temporary folder, then runs `Workspace.create` on them, then opens the workspace anew.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

LIMIT_S, LIMIT_GB = 60, 4


def generate(folder: Path, n_events: int, quoted: bool) -> None:
    rng = np.random.default_rng(7)
    n_users, n_items = n_events // 60 + 10, 30_000
    users = (n_users * rng.random(n_events) ** 1.5).astype(np.int64)
    items = (n_items * rng.random(n_events) ** 3).astype(np.int64)
    frame = pl.DataFrame(
        {
            "user_id": "u" + pl.Series(users).cast(pl.String),
            "item_id": "B00" + pl.Series(items).cast(pl.String).str.zfill(7),
            "rating": rng.integers(1, 11, n_events) / 2,
            "timestamp": rng.integers(1_000_000_000, 1_700_000_000, n_events),
        }
    )
    frame.write_csv(folder / "events.csv", quote_style="always" if quoted else "necessary")
    ids = "B00" + pl.Series(np.arange(n_items)).cast(pl.String).str.zfill(7)
    items_frame = pl.DataFrame(
        {"item_id": ids, "title": "Thing " + ids, "price": rng.random(n_items)}
    )
    items_frame.write_csv(folder / "items.csv")


def measure(folder: Path) -> None:
    """Run in the child: import, report, open again."""
    from sommelier.data.sources import read_named
    from sommelier.data.workspace import Workspace

    start = time.perf_counter()
    imported = read_named(items=folder / "items.csv", events=folder / "events.csv")
    read_s = time.perf_counter() - start
    Workspace.create(folder / f"shop-{time.time_ns()}", imported)
    total_s = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    cpu = time.process_time()
    print(json.dumps({"read_s": read_s, "import_s": total_s, "cpu_s": cpu, "peak_gb": peak}))


def reopen(folder: Path) -> None:
    from sommelier.data.workspace import Workspace

    start = time.perf_counter()
    dataset = Workspace.open(next(folder.glob("shop-*"))).dataset()
    print(json.dumps({"open_s": time.perf_counter() - start, "events": len(dataset.interactions)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000_000)
    parser.add_argument("--quoted", action="store_true", help="every cell in quotes: the slow path")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--child", choices=["measure", "reopen"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        (measure if options.child == "measure" else reopen)(options.folder)
        return
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        generate(folder, options.events, options.quoted)
        size = (folder / "events.csv").stat().st_size / 1e6
        print(
            f"{options.events:,} events, {size:,.0f} MB of CSV; at most {LIMIT_S} s, {LIMIT_GB} GB"
        )
        for child in ["measure"] * options.repeat + ["reopen"]:
            command = [sys.executable, __file__, "--child", child, "--folder", str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            print({k: round(v, 2) for k, v in json.loads(done.stdout).items()}, flush=True)


if __name__ == "__main__":
    main()
