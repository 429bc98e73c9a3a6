"""How long it takes to put 100 candidates in the order of what was said.

    python -m benchmarks.speed.instruct

The bundled films, engine `instruct` as the chat uses it, one query at a time: the words are new
each time, so nothing is remembered. Writes `results/instruct.json`.
"""

import json
import platform
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sommelier.engines.query import Query
from sommelier.shop import open_demo

HERE = Path(__file__).parent
WISHES = ("a rainy evening with my parents", "something slow and sad", "robots, but funny")
ROUNDS = 200


def main() -> None:
    """Time it, print it, write it."""
    shop = open_demo()
    engine, rng = shop.engine("instruct"), np.random.default_rng(0)
    engine.score([Query(text="warm")], np.arange(10, dtype=np.int32))
    spent = []
    for number in range(ROUNDS):
        few = rng.choice(engine.n_items, 100, replace=False).astype(np.int32)
        query = Query(text=f"{WISHES[number % len(WISHES)]}, number {number}")
        began = time.perf_counter()
        engine.score([query], few)
        spent.append((time.perf_counter() - began) * 1e3)
    p50, p95 = np.percentile(spent, [50, 95]).round(2).tolist()
    told = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "python -m benchmarks.speed.instruct",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "candidates": 100,
        "items": engine.n_items,
        "p50_ms": p50,
        "p95_ms": p95,
    }
    print(told)
    (HERE / "results" / "instruct.json").write_text(json.dumps(told, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
