"""Kills the service in the midst of a storm of feedback, again and again, and counts what is left.

    python -m benchmarks.service.storm WORKSPACE [--times 20]

Every event that was acknowledged must be in the store, none twice, whatever moment `kill -9` meets.
Use a workspace of its own: the events stay in it. Results go to `results/storm.json`.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import uuid
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.service.serving import Served, serving
from benchmarks.service.wire import Line
from sommelier import shop

RESULTS = Path(__file__).parent / "results" / "storm.json"
_SENDERS = 16


async def storm(served: Served, items: list[str], seconds: float) -> tuple[set[str], set[str]]:
    """Send events until the service is killed; return the ids sent and those acknowledged."""
    sent: set[str] = set()
    known: set[str] = set()

    async def send(number: int) -> None:
        line, draw = Line("127.0.0.1", served.port), random.Random(uuid.uuid4().int)
        while True:
            batch = [
                {
                    "event_id": uuid.uuid4().hex,
                    "user_id": f"storm-{number}",
                    "item_id": draw.choice(items),
                    "feedback_type": draw.choice(["seen", "like", "view"]),
                }
                for _ in range(draw.choice([1, 1, 1, 20]))
            ]
            ids = {event["event_id"] for event in batch}
            sent.update(ids)
            body = batch if len(batch) > 1 else batch[0]
            try:
                answer = await line.ask("POST", "/v1/feedback", body)
            except (OSError, asyncio.IncompleteReadError):
                return
            if answer.status == 200:
                known.update(ids)

    senders = [asyncio.create_task(send(number)) for number in range(_SENDERS)]
    await asyncio.sleep(seconds)
    os.kill(served.process.pid, signal.SIGKILL)
    await asyncio.gather(*senders)
    return sent, known


def main() -> None:
    """Kill so many times, then compare the store with what was acknowledged."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--port", type=int, default=8766)
    parsed = parser.parse_args()
    opened = shop.open(parsed.workspace)
    items = opened.dataset.catalog.ids[:200]
    sent: set[str] = set()
    known: set[str] = set()
    draw = random.Random(0)
    config = str(Path(__file__).with_name("load.toml"))
    for _ in range(parsed.times):
        with serving(
            parsed.workspace, parsed.port, "--brain", "rules", "--no-page", "--config", config
        ) as served:
            new, acknowledged = asyncio.run(storm(served, items, draw.uniform(0.5, 3.0)))
        sent |= new
        known |= acknowledged
        print(f"{len(sent):,} sent, {len(known):,} acknowledged", flush=True)
    stored = [
        event.event_id
        for number in range(_SENDERS)
        for event in opened.store.feedback(f"storm-{number}")
        if event.event_id in sent
    ]
    found = {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "command": "python -m benchmarks.service.storm WORKSPACE",
        "kills": parsed.times,
        "sent": len(sent),
        "acknowledged": len(known),
        "acknowledged_and_lost": len(known - set(stored)),
        "stored_twice": len(stored) - len(set(stored)),
        "stored_without_acknowledgement": len(set(stored) - known),  # the answer was on its way
    }
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
