"""How quick the text encoder is: python benchmarks/speed/encoder.py [--threads N] > result.json

Prints the median and quartiles of one short query, and texts a second for titles and paragraphs
made of common words. Engines ask with one thread and fit with all. Needs the installed model:
`sommelier models install`.
"""

import argparse
import json
import os
import platform
import time

import numpy as np

from sommelier.llm.encoder import open_encoder

QUERIES = ["cosy village mystery", "a funny film about two friends who cross a desert by train"]
SENTENCES = (
    "the of a and in to his her young old city love war family friend world secret story night",
    "murder school house island king robot summer winter music dance river mountain doctor",
)


WORDS = " ".join(SENTENCES).split()
SIZES = ((1, 10), (32, 10), (4000, 10), (400, 120))  # texts, words in each


def texts(count, words, seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(max(1, words // 2), words * 3 // 2 + 1, count)
    return [" ".join(rng.choice(WORDS, size)) for size in sizes]


def query_ms(encoder, query, repeats=200):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        encoder.encode([query])
        times.append((time.perf_counter() - start) * 1e3)
    low, middle, high = np.percentile(times, [25, 50, 75]).round(2).tolist()
    return {"words": len(query.split()), "p25": low, "p50": middle, "p75": high}


def per_second(encoder, count, words):
    given = texts(count, words, seed=1)
    start = time.perf_counter()
    encoder.encode(given)
    seconds = time.perf_counter() - start
    return {"texts": count, "words": words, "per_second": round(count / seconds, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=0, help="0 is one per core")
    threads = parser.parse_args().threads
    start = time.perf_counter()
    encoder = open_encoder(threads=threads)
    opened = time.perf_counter() - start
    encoder.encode(QUERIES)  # the first call also prepares the weights
    result = {
        "encoder": encoder.name,
        "cores": os.cpu_count(),
        "threads": threads,
        "python": platform.python_version(),
        "open_ms": round(opened * 1e3, 1),
        "query_ms": [query_ms(encoder, query) for query in QUERIES],
        "batch": [per_second(encoder, count, words) for count, words in SIZES],
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
