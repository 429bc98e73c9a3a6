"""What one worker of the service carries: lists, turns, both for long, and many talks at once.

    python -m benchmarks.service.load WORKSPACE [--only lists,turns,mixed,talks] [--minutes 10]

The load comes from this process over loopback. Results go to `results/load.json`; the page beside
it is written by hand from them.
"""

import argparse
import asyncio
import json
import platform
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.quality.sets import called
from benchmarks.service.serving import Served, serving
from benchmarks.service.wire import Answer, Request, call, load

RESULTS = Path(__file__).parent / "results" / "load.json"
_MESSAGES = (
    "a comedy from the 90s",
    "something newer",
    "not the first",
    "why the second?",
    "two thrillers, please",
    "something like the first",
    "more",
    "I like the second",
    "go back",
    "no horror",
)


def lists(users: list[str], seed: int) -> Callable[[int], Iterator[Request]]:
    """Return endless requests for lists of random users."""

    def endless(number: int) -> Iterator[Request]:
        draw = random.Random(seed * 1_000 + number)
        while True:
            yield "GET", f"/v1/recommend/{draw.choice(users)}?n=10", None

    return endless


def talks(
    users: list[str], seed: int, *, stream: bool = False
) -> Callable[[int], Iterator[Request]]:
    """Return endless conversations of ten messages, one session each."""

    def endless(number: int) -> Iterator[Request]:
        draw = random.Random(seed * 1_000 + number)
        while True:
            user, session = draw.choice(users), f"load-{seed}-{number}-{draw.random()}"
            for message in _MESSAGES:
                told = {"message": message, "user_id": user, "session_id": session}
                yield "POST", "/v1/chat", told | {"stream": stream}

    return endless


def mixed(users: list[str], items: list[str], seed: int) -> Callable[[int], Iterator[Request]]:
    """Return lists, likes, searches and turns as a shop's day mixes them: 70, 15, 5, 10 in 100."""

    def endless(number: int) -> Iterator[Request]:
        draw = random.Random(seed * 1_000 + number)
        turns, count = talks(users, seed + 1)(number), 0
        while True:
            kind, user, count = draw.random(), draw.choice(users), count + 1
            if kind < 0.7:
                yield "GET", f"/v1/recommend/{user}?n=10", None
            elif kind < 0.85:
                event: dict[str, Any] = {"event_id": f"{seed}-{number}-{count}", "user_id": user}
                event |= {"item_id": draw.choice(items), "feedback_type": "seen"}
                yield "POST", "/v1/feedback", event
            elif kind < 0.9:
                yield "GET", f"/v1/items/{draw.choice(items)}/similar?n=5", None
            else:
                yield next(turns)

    return endless


async def measured(served: Served, users: list[str], items: list[str], told: Any) -> dict[str, Any]:
    """Run the parts asked for, one after the other."""
    found: dict[str, Any] = {}
    port, only = served.port, told.only.split(",")
    await load(port, lists(users, 1), connections=8, seconds=3)  # warm
    if "lists" in only:
        most = await load(port, lists(users, 2), connections=16, seconds=20)
        paced = await load(port, lists(users, 3), connections=32, seconds=30, rate=800)
        found["lists"] = {"as fast as it can": most.told(), "800 a second": paced.told()}
    if "turns" in only:
        most = await load(port, talks(users, 4), connections=8, seconds=20)
        paced = await load(port, talks(users, 5), connections=32, seconds=30, rate=100)
        found["turns"] = {"as fast as it can": most.told(), "100 a second": paced.told()}
    if "talks" in only:
        many = talks(users, 6, stream=True)
        taken = await load(port, many, connections=500, seconds=60, rate=50)
        found["500 talks at once, 50 turns a second"] = taken.told()
    if "mixed" in only:
        found["mixed"] = await long_mixed(served, users, items, told.minutes)
    return found


async def long_mixed(
    served: Served, users: list[str], items: list[str], minutes: float
) -> dict[str, Any]:
    """Load for long, and look at the memory every half minute."""
    memory: list[float] = [served.resident()]

    async def watch() -> None:
        while True:
            await asyncio.sleep(30)
            memory.append(served.resident())

    watcher = asyncio.create_task(watch())
    requests = mixed(users, items, int(datetime.now(UTC).timestamp()))
    taken = await load(served.port, requests, connections=32, seconds=60 * minutes, rate=200)
    watcher.cancel()
    return {"minutes": minutes, **taken.told(), "resident_mb": memory}


async def known(port: int) -> tuple[list[str], list[str]]:
    """Return users and items to ask for, from the service itself."""
    users = [str(number) for number in range(1, 6001)]
    answer: Answer = await call(port, "GET", "/v1/items?limit=100")
    items = [row["item_id"] for row in json.loads(answer.body)["items"]]
    return users, items


def main() -> None:
    """Measure, and keep what was found beside what was found before."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--only", default="lists,turns,talks,mixed")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--core", default="", help="the service's core, for taskset")
    parsed = parser.parse_args()

    async def run(served: Served) -> dict[str, Any]:
        return await measured(served, *await known(served.port), parsed)

    more = ("--brain", "rules", "--no-page", "--config", str(Path(__file__).with_name("load.toml")))
    with serving(parsed.workspace, parsed.port, *more, core=parsed.core) as served:
        found = asyncio.run(run(served))
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    head = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": called("benchmarks.service.load", ["WORKSPACE"]),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
    }
    RESULTS.write_text(json.dumps({**kept, **head, **found}, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
