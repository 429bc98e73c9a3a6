"""The default encoder, tuned.

    python -m benchmarks.quality.instructions.train --rows ROWS --base MINILM --out OUT

Learns from every shared set but Games, which stays a domain never met. `--base` is a folder with
the untuned MiniLM's `model.safetensors`. Stop with Ctrl-C; the same command goes on.
"""

import argparse
import json
from itertools import chain
from pathlib import Path

from benchmarks.quality.instructions.sources import films, load

from sommelier.evaluation.instructions.rows import read_rows
from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import open_encoder
from sommelier.tuning.instructions.encoder import EncoderSettings, Progress, train

LEARNED = ("beauty", "industrial", "ml-1m", "yelp", "films")


def tell(told: Progress) -> None:
    if told.step % 50 == 0 or told.dev:
        dev = " ".join(f"{name} {value:.4f}" for name, value in (told.dev or {}).items())
        print(f"step {told.step}  loss {told.loss:.3f}  {told.seconds:.0f} s  {dev}", flush=True)


def main() -> None:
    """Tune, and print what is told."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--sets", default=",".join(LEARNED))
    parser.add_argument("--settings", type=json.loads, default={}, help="a JSON object of others")
    parsed = parser.parse_args()
    encoder = CachedEncoder(open_encoder())
    catalogues = {}
    for name in parsed.sets.split(","):
        catalog = (films if name == "films" else lambda data, one=name: load(one, data))(
            parsed.data
        ).catalog
        catalogues[name] = (catalog.index, encoder.encode(catalog.texts()))
    files = ("instructions.jsonl", "requests.jsonl")
    rows = chain.from_iterable(read_rows(parsed.rows / file) for file in files)
    settings = EncoderSettings(**parsed.settings)
    made = train(parsed.base, rows, catalogues, parsed.out, settings=settings, report=tell)
    print(f"{made}: {made.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
