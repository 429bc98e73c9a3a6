"""The same ten conversations with several brains, printed so that they can be read turn by turn.

    .venv/bin/python benchmarks/quality/brains/conversations.py
        [--brains rules,embedded,rules+embedded,http] [--only NAME] [--json FILE] [--texts FOLDER]

`http` is the embedded model served by llama.cpp over HTTP on loopback and met as any endpoint. The
scripts are in `conversations.toml`. Transcripts go to the terminal, or one file a brain into
`--texts`. The summary counts turns, calls, tokens, milliseconds, turns that fell back to the rules,
replies that did not understand, and items that break a promise (`sommelier.testing.judge`). What it
cannot count, whether an answer is any good, is for a reader.
"""

import argparse
import asyncio
import json
import platform
import statistics
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sommelier import shop as shops
from sommelier.agent.agent import Agent
from sommelier.agent.brains.settings import BrainSettings
from sommelier.agent.brains.wiring import open_brain
from sommelier.agent.plan import Say
from sommelier.agent.turn import Turn
from sommelier.data.dataset import Dataset
from sommelier.testing import agents, worlds
from sommelier.testing.judge import Judge

SCRIPTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["conversation"]
BRAINS = ("rules", "embedded", "rules+embedded", "http")
LOST = ("not_understood", "unknown_name", "unknown_title", "cannot_measure", "off_topic")
SIZE = 300  # items of a generated world
NOISE = "ungrounded title"  # real films are called "M" and "Close": every other sentence has one


@contextmanager
def settings_of(brain: str) -> Iterator[tuple[BrainSettings, str]]:
    """Give the settings of a brain and its key; for `http`, a server runs meanwhile."""
    if brain != "http":
        yield BrainSettings(name=brain), ""
        return
    from sommelier.llm.adapters import planner_adapter
    from sommelier.llm.chat.embedded.model import EMBEDDED
    from sommelier.llm.models import Store
    from sommelier.testing.servers import served

    manifest = Store().manifest(EMBEDDED)
    [file] = manifest.files
    with served(manifest.folder / file, adapter=planner_adapter()) as endpoint:
        settings = {"name": "openai", "base_url": str(endpoint.base_url), "model": endpoint.model}
        settings["prompt"] = "brief" if planner_adapter() else "full"
        yield BrainSettings.read(settings), endpoint.key.get_secret_value()


class Worlds:
    """The four catalogues, each with its tools and its log, opened when first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: dict[str, tuple[Agent, Dataset]] = {}

    def agent(self, world: str) -> tuple[Agent, Dataset]:
        if world not in self._open:
            self._open[world] = self._make(world)
        return self._open[world]

    def _make(self, world: str) -> tuple[Agent, Dataset]:
        if world == "films":
            shop = shops.open_demo(self._folder)
            return shop.agent("rules"), shop.dataset
        dataset = worlds.WORLDS[world](SIZE)
        box = agents.small_toolbox(dataset)
        return agents.agent(box, self._folder / f"{world}.db"), dataset


def converse(
    agent: Agent, dataset: Dataset, messages: list[str]
) -> Iterator[tuple[Turn, list[str]]]:
    """Yield each turn, with the promises it breaks."""
    chat = agent.chat()
    judge = Judge(dataset, None, None, agent.policy.list_length, chat.profile())
    with asyncio.Runner() as runner:
        for message in messages:
            turn = runner.run(chat.say(message))
            found = [one for one in judge.broken(turn) if one.kind != NOISE]
            yield turn, [f"{one.kind}: {one.what}" for one in found]


def shown(turn: Turn, broken: list[str]) -> str:
    """Return a turn as a reader sees it: message, how it was read, reply, items."""
    plan = json.dumps(turn.plan.to_json(), ensure_ascii=False)
    lines = [f"› {turn.message}", f"  [{plan}]"]
    spent = turn.usage
    lines.append(f"  [{turn.brain}, {spent.calls} calls, {spent.tokens} tokens, {spent.ms:.0f} ms]")
    if turn.fell_back:
        lines.append(f"  [fell back: {turn.fell_back}]")
    lines += [f"  [BROKEN {one}]" for one in broken]
    lines.append(f"  {turn.reply}")
    lines += [f"    {i.rank}. {i.title}  ({'; '.join(i.reasons)})" for i in turn.items]
    return "\n".join(lines)


def summary(turns: list[Turn], broken: list[list[str]]) -> dict[str, Any]:
    """Return what can be counted of a brain's turns."""
    times = sorted(turn.usage.ms for turn in turns)
    planned = [turn for turn in turns if turn.usage.calls]
    said = Counter(step.topic for turn in turns for step in turn.plan.of(Say))
    return {
        "turns": len(turns),
        "calls_per_turn": round(sum(t.usage.calls for t in turns) / len(turns), 2),
        "tokens_per_call": round(statistics.fmean(t.usage.tokens for t in planned))
        if planned
        else 0,
        "ms_p50": round(times[len(times) // 2], 1),
        "ms_p95": round(times[int(0.95 * (len(times) - 1))], 1),
        "brains": dict(Counter(turn.brain for turn in turns)),
        "fell_back": dict(Counter(turn.fell_back for turn in turns if turn.fell_back)),
        "with_items": sum(bool(turn.items) for turn in turns),
        "asked_back": sum(turn.asked is not None for turn in turns),
        "not_understood": sum(said[topic] for topic in LOST),
        "promises_broken": dict(Counter(b.split(":")[0] for found in broken for b in found)),
    }


def run(brain: str, only: str, folder: Path, out: Any) -> dict[str, Any]:
    """Hold all conversations with one brain; writes them to `out`."""
    turns, broken = [], []
    made = Worlds(folder)
    with settings_of(brain) as (settings, key), ExitStack() as after:
        for script in SCRIPTS:
            if only not in script["name"]:
                continue
            agent, dataset = made.agent(script["world"])
            opened = open_brain(settings, agent.box.lexicon, key=key)
            if hasattr(opened.model, "close"):
                after.callback(opened.model.close)
            agent = Agent(agent.box, opened.planner, agent.store, agent.policy, agent.writer)
            print(f"\n=== {brain}: {script['name']} ({script['world']}) ===", file=out)
            for turn, found in converse(agent, dataset, script["messages"]):
                print(f"\n{shown(turn, found)}", file=out, flush=True)
                turns.append(turn)
                broken.append(found)
    return summary(turns, broken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--brains", default=",".join(BRAINS), help="comma-separated")
    parser.add_argument("--only", default="", help="conversations whose name holds this")
    parser.add_argument("--json", type=Path, help="write the summary here")
    parser.add_argument("--texts", type=Path, help="write the transcripts into this folder")
    options = parser.parse_args()
    result: dict[str, Any] = {
        "command": "python benchmarks/quality/brains/conversations.py --brains " + options.brains,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "conversations": [s["name"] for s in SCRIPTS if options.only in s["name"]],
        "brains": {},
    }
    for brain in options.brains.split(","):
        with TemporaryDirectory() as folder, ExitStack() as stack:
            out: Any = sys.stdout
            if options.texts:
                options.texts.mkdir(parents=True, exist_ok=True)
                place = options.texts / f"{brain.replace('+', '_')}.txt"
                out = stack.enter_context(place.open("w", encoding="utf-8"))
            result["brains"][brain] = run(brain, options.only, Path(folder), out)
    print(json.dumps(result, indent=1, ensure_ascii=False))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
