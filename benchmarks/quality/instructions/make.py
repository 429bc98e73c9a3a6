"""Instructions from the shared sets: `python -m benchmarks.quality.instructions.make --n 250000`.

Writes to the folder `--out`; what people asked for on Reddit stands beside it in `requests.jsonl`.
"""

import argparse
import time
from pathlib import Path

from benchmarks.quality.instructions.sources import SETS, films, requests, source

from sommelier.tuning.instructions.make import make


def main() -> None:
    """Make the data and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(SETS))
    parser.add_argument("--n", type=int, default=250_000)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    began = time.perf_counter()
    sources = [source(name, parsed.data) for name in parsed.sets.split(",")]
    print(f"{len(sources)} sources in {time.perf_counter() - began:.0f} s", flush=True)
    began = time.perf_counter()
    made = make(sources, parsed.out, parsed.n, parsed.seed, report=print)
    told = requests(films(parsed.data), parsed.data)
    lines = "".join(row.model_dump_json() + "\n" for row in told)
    (parsed.out / "requests.jsonl").write_text(lines, "utf-8")
    print(f"{made.card['rows']:,} rows in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
