"""Promises kept over thousands of generated conversations with the rules brain.

    .venv/bin/python benchmarks/quality/conversations.py [--n 5000] [--seed 1] [--json FILE]

Conversations of 5 to 10 messages over the worlds of `sommelier.testing`: requests in each
catalogue's own words with typos, ranges, negations, follow-ups, reactions, questions and junk; half
of them with a person of the log. `sommelier.testing.judge` looks at every turn from outside: items
that do not exist, break a condition of the plan, of the person or of the operator, were shown,
refused or consumed before, stand twice; titles in the reply that nothing gave reason to name;
faults that the agent's own critic found; errors. The number to see is 0.
"""

import argparse
import asyncio
import json
import platform
import random
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sommelier.agent.agent import Agent
from sommelier.agent.policy import Policy
from sommelier.data.dataset import Dataset
from sommelier.data.where import parse
from sommelier.errors import SommelierError
from sommelier.testing import agents, cinema, worlds
from sommelier.testing.judge import Judge
from sommelier.testing.talk import Talker

POLICIES = {"products": Policy(require="in_stock = true", list_length=4)}
SHOWN = 5  # examples of each kind of broken promise that are kept


class Tally:
    def __init__(self) -> None:
        self.turns = self.items = 0
        self.broken: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.examples: dict[str, list[Any]] = {}

    def note(self, kind: str, example: Any) -> None:
        self.broken[kind] += 1
        listed = self.examples.setdefault(kind, [])
        if len(listed) < SHOWN:
            listed.append(example)


async def converse(
    dataset: Dataset, agent: Agent, policy: Policy, rng: random.Random, tally: Tally
) -> None:
    users, talker = dataset.interactions.user_ids, Talker(dataset.catalog)
    user_id = rng.choice(users) if rng.random() < 0.5 else None
    chat = agent.chat(user_id=user_id)
    require = parse(policy.require) if policy.require else None
    judge = Judge(dataset, user_id, require, policy.list_length, chat.profile())
    said: list[str] = []
    for _ in range(rng.randint(5, 10)):
        kind, message = talker.say(rng.randrange(2**31))
        said.append(message)
        tally.kinds[kind] += 1
        try:
            turn = await chat.say(message)
        except (SommelierError, ArithmeticError, LookupError, TypeError, ValueError) as error:
            tally.note("error", [said, repr(error)])
            return
        tally.turns += 1
        tally.items += len(turn.items)
        for broken in judge.broken(turn):
            tally.note(broken.kind, [said[:], broken.what, turn.reply])


def run(n: int, seed: int, size: int, folder: Path) -> Tally:
    made = {name: make(size) for name, make in worlds.WORLDS.items()} | {"cinema": cinema.dataset()}
    shops = []
    for name, dataset in made.items():
        policy = POLICIES.get(name, Policy())
        box = agents.small_toolbox(dataset)
        shops.append((dataset, agents.agent(box, folder / f"{name}.db", policy), policy))
    tally = Tally()
    for number in range(n):
        dataset, agent, policy = shops[number % len(shops)]
        rng = random.Random(seed * 1_000_003 + number)
        asyncio.run(converse(dataset, agent, policy, rng, tally))
        if number % 500 == 499:
            print(f"{number + 1:,} conversations, broken: {dict(tally.broken)}", flush=True)
    return tally


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=5000, help="conversations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=300, help="items of each generated world")
    parser.add_argument("--json", type=Path, help="write the result here")
    options = parser.parse_args()
    start = time.perf_counter()
    with TemporaryDirectory() as folder:
        tally = run(options.n, options.seed, options.size, Path(folder))
    result = {
        "command": f"python benchmarks/quality/conversations.py --n {options.n} "
        f"--seed {options.seed} --size {options.size}",
        "machine": f"{platform.machine()}, 2 cores, Python {platform.python_version()}",
        "conversations": options.n,
        "turns": tally.turns,
        "items_shown": tally.items,
        "violations": sum(tally.broken.values()),
        "violations_by_kind": dict(tally.broken),
        "messages_by_kind": dict(tally.kinds.most_common()),
        "seconds": round(time.perf_counter() - start),
        "examples": tally.examples,
    }
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
        options.json.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
