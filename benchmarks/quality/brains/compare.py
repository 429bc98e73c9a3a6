"""Brains side by side on messages whose meaning is known: plans, conditions met, time, tokens.

    .venv/bin/python -m benchmarks.quality.brains.compare --testset rows/test.jsonl
        [--brains rules,embedded,rules+embedded,untuned] [--limit N] [--adapter FILE] [--wrong FILE]

Two sets: generated rows over domains that no training saw (`sommelier tune planner make`), and with
`--real` the labelled turns of real people (`dev/guide.md`), read from the shared sets where they
are. Writes `../results/brains.json` and the tables of `../brains.md`, a section a set; a run
replaces only its own section.
"""

import argparse
import json
import platform
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.quality.brains.dev.load import cases as labelled

from sommelier import shop as shops
from sommelier.cli.brain.comparing import compared, write_wrong
from sommelier.evaluation.brains import Case, make_report, table
from sommelier.tuning.planner.testset import read_cases

HERE = Path(__file__).parent
RESULTS, PAGE = HERE.parent / "results" / "brains.json", HERE.parent / "brains.md"
HEADS = {
    "generated": "Generated messages over held-out domains, words and patterns",
    "real": "Labelled turns of real dialogues over the bundled films",
}
BRAINS = "rules,embedded,rules+embedded"


def real(folder: Path) -> list[Case]:
    """Return the labelled turns; a dialogue is a group."""
    box = shops.open_demo(folder).box
    return [
        Case(one.id, one.id.rpartition("/")[0], one.source, one.message, one.view, one.frames, box)
        for one in labelled(box.lexicon)
    ]


def page(kept: dict[str, dict]) -> str:
    parts = ["# Brains\n"]
    for name, head in HEADS.items():
        if name in kept:
            parts += [f"## {head}\n", table(kept[name])]
            parts += [f"`{kept[name]['command']}` on {kept[name]['machine']}.\n"]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--testset", type=Path)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--brains", default=BRAINS)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--wrong", type=Path)
    given = parser.parse_args()
    sets = {}
    with TemporaryDirectory() as folder:
        if given.testset:
            sets["generated"] = read_cases(given.testset, given.limit)
        if given.real:
            sets["real"] = real(Path(folder))[: given.limit]
        made = {}
        for name, cases in sets.items():
            results = compared(given.brains.split(","), cases, adapter=given.adapter)
            of = "--real" if name == "real" else f"--testset rows/test.jsonl --limit {len(cases)}"
            command = f"python -m benchmarks.quality.brains.compare {of} --brains {given.brains}"
            machine = f"{platform.machine()}, one core each, Python {platform.python_version()}"
            made[name] = make_report(results) | {"command": command, "machine": machine}
            print(HEADS[name], table(made[name]), sep="\n\n")
            if given.wrong:
                write_wrong(results, given.wrong.with_suffix(f".{name}.jsonl"))
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    kept |= made  # read only now: another set may have been measured meanwhile
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    PAGE.write_text(page(kept), "utf-8")


if __name__ == "__main__":
    main()
