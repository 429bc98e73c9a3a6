"""How much memory a process holds that opens a catalogue, its engines and a brain, and talks.

    python benchmarks/speed/resident.py [WORKSPACE] [--brain embedded]

Without a workspace the bundled films. Resident memory as Linux tells it, after ten turns; each
brain in a process of its own.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from pathlib import Path

from sommelier import shop

RESULTS = Path(__file__).parent / "results" / "resident.json"
MESSAGES = (
    "two quiet films about childhood, but no war films",
    "something like the second, but newer and under 90 minutes",
    "why the first?",
    "I loved The Third Man, what else could I watch tonight?",
    "nothing in black and white, please",
    "what have you got from Japan?",
    "more of those",
    "not the first one, I've seen it",
    "compare the first two",
    "thanks, I'll take the second",
)


def resident(workspace: Path | None, brain: str) -> dict[str, float]:
    """Talk, then return what this process holds and the most it held, in kB."""
    opened = shop.open(workspace) if workspace else shop.open_demo()
    chat = opened.agent(brain).chat()

    async def talk() -> None:
        for message in MESSAGES:
            await chat.say(message)

    asyncio.run(talk())
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    sizes = {line.split(":")[0]: float(line.split()[1]) for line in lines if line.endswith("kB")}
    return {"resident_kB": sizes["VmRSS"], "most_kB": sizes["VmHWM"]}


def main() -> None:
    """Measure the brains asked for, each in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workspace", nargs="?", type=Path)
    parser.add_argument("--brain", default="")
    parsed = parser.parse_args()
    if parsed.brain:
        print(json.dumps(resident(parsed.workspace, parsed.brain)))
        return
    found = {}
    for brain in ("rules", "embedded", "rules+embedded"):
        command = [sys.executable, __file__, "--brain", brain]
        command += [str(parsed.workspace)] if parsed.workspace else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[brain] = json.loads(done.stdout)
        print(brain, found[brain], flush=True)
    RESULTS.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
