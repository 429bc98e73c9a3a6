"""How long a turn takes with the rules brain, in process, at several sizes of catalogue.

    .venv/bin/python benchmarks/speed/turns.py [--sizes 10000 100000 1000000] [--json FILE]

Films of `sommelier.testing.worlds` with a log; each size runs in a process of its own. The ranker
is ALS and text is matched by the content engine, as a shop of that size has them. The items'
vectors are random ones of the encoder's width, since only the time counts here: encoding a million
texts takes hours. What people say is encoded by the real model where it is installed. Every turn
is committed to a state file. Also timed: opening (the indexes of names), the commit alone, and one
hard filter of three conditions, checked and scanned.
"""

import argparse
import asyncio
import json
import platform
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sommelier.agent.agent import Agent
from sommelier.agent.turn import Turn
from sommelier.data.dataset import Dataset
from sommelier.data.where import parse
from sommelier.engines.als import ALS
from sommelier.engines.content import Content
from sommelier.errors import NotInstalled
from sommelier.llm.encoder import open_encoder
from sommelier.state import Session
from sommelier.testing import agents, worlds
from sommelier.testing.encoder import BagOfWords
from sommelier.testing.talk import Talker
from sommelier.tools.candidates import Candidates
from sommelier.tools.filter import filter_items
from sommelier.types import Floats

TARGETS_MS = {10_000: 15, 100_000: 50, 1_000_000: 250}
MIX = {  # what conversations consist of; 10 of these make a round
    "filter": 2,
    "people": 1,
    "range": 1,
    "negation": 1,
    "follow": 2,
    "more": 1,
    "title": 1,
    "fact": 1,
}
FILTER = "year >= 1990 AND runtime < 120 AND genres CONTAINS 'Comedy'"


class Sparing:
    """The real encoder for what is said; random vectors for whole catalogues."""

    def __init__(self) -> None:
        try:
            self.real: Any = open_encoder(threads=1)
        except NotInstalled:
            self.real = BagOfWords()
        self.name, self.size = self.real.name, self.real.size

    def encode(self, texts: Sequence[str]) -> Floats:
        if len(texts) < 100:
            found: Floats = self.real.encode(texts)
            return found
        vectors = np.random.default_rng(1).standard_normal((len(texts), self.size), np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def messages(dataset: Dataset, rounds: int, seed: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, message); a fourth of the messages has a typo, told apart in the result."""
    talker, rng = Talker(dataset.catalog), random.Random(seed)
    for _ in range(rounds):
        for kind, times in MIX.items():
            for _ in range(times):
                seed = rng.randrange(2**31)
                slips = rng.random() < 0.25
                _, message = talker.say(seed, kind, slips=float(slips))
                yield (f"{kind}, typo" if slips else kind), message


async def converse(agent: Agent, dataset: Dataset, rounds: int) -> dict[str, list[float]]:
    """Return the milliseconds of every turn by kind; ten turns a conversation."""
    users = dataset.interactions.user_ids
    taken: dict[str, list[float]] = {}
    chat = agent.chat()
    for number, (kind, message) in enumerate(messages(dataset, rounds, seed=7)):
        if number % 10 == 0:  # every second one is with a person of the log
            chat = agent.chat(user_id=users[number % len(users)] if number % 20 else None)
        start = time.perf_counter()
        turn: Turn = await chat.say(message)
        taken.setdefault(kind, []).append((time.perf_counter() - start) * 1e3)
        assert not turn.faults, turn.faults
    return taken


def spread(times: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(times, [50, 95]).round(2).tolist()
    return {"n": len(times), "p50_ms": p50, "p95_ms": p95}


def measure(n_items: int, rounds: int) -> dict[str, Any]:
    start = time.perf_counter()
    dataset = worlds.films(n_items, n_events=min(20 * n_items, 5_000_000))
    made = time.perf_counter()
    ranker = ALS(ALS.Config(epochs=2)).fit(dataset)  # the quality does not matter here
    reader = Content(encoder=Sparing()).fit(dataset)
    fitted = time.perf_counter()
    box = agents.toolbox(dataset, ranker, reader)
    box.warm()
    opened = time.perf_counter()
    with TemporaryDirectory() as folder:
        agent = agents.agent(box, Path(folder) / "state.db")
        asyncio.run(converse(agent, dataset, 1))  # the first turns fill caches
        taken = asyncio.run(converse(agent, dataset, rounds))
        commits = list(stored(agent))
    every = [ms for listed in taken.values() for ms in listed]
    return {
        "items": n_items,
        "events": len(dataset.interactions),
        "encoder": reader.encoder.name if reader.encoder else "",
        "make_s": round(made - start, 1),
        "fit_s": round(fitted - made, 1),
        "open_s": round(opened - fitted, 2),
        "all": spread(every),
        "target_p50_ms": TARGETS_MS.get(n_items),
        "by_kind": {kind: spread(listed) for kind, listed in sorted(taken.items())},
        "commit": spread(commits),
        "hard_filter": spread(list(filters(box))),
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2, 2),
    }


def stored(agent: Agent, repeats: int = 60) -> Iterator[float]:
    """Yield the milliseconds of storing an empty turn: a part of every turn, and the disk's."""
    session = Session.new()
    for _ in range(repeats):
        start = time.perf_counter()
        agent.store.commit_turn(session, "x", {})
        yield (time.perf_counter() - start) * 1e3


def filters(box: Any, repeats: int = 60) -> Iterator[float]:
    """Yield the milliseconds of a hard filter with three conditions over the whole catalogue."""
    condition, everything = parse(FILTER), Candidates.everything(len(box.catalog))
    for _ in range(repeats):
        start = time.perf_counter()
        filter_items(box, everything, condition)
        yield (time.perf_counter() - start) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(TARGETS_MS))
    parser.add_argument("--rounds", type=int, default=20, help="of ten messages each")
    parser.add_argument("--json", type=Path, help="write the result here")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.child, options.rounds)))
        return
    rows = []
    for size in options.sizes:
        command = [sys.executable, __file__, "--child", str(size), "--rounds", str(options.rounds)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout))
        print(json.dumps({k: v for k, v in rows[-1].items() if k != "by_kind"}), flush=True)
    result = {
        "command": "python benchmarks/speed/turns.py",
        "machine": f"{platform.machine()}, 2 cores, Python {platform.python_version()}",
        "filter": FILTER,
        "sizes": rows,
    }
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
