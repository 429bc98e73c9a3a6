"""How many hostile texts achieve anything, on each brain: `tests/story/attacks.jsonl`.

    .venv/bin/python benchmarks/quality/attacks.py [--brains rules,obeying,turned] [--json FILE]

Each attack is planted in a small shop (or said, or used as an id or filter), and one talk is held
over that shop and over its control, the same item with the same words in an order that says
nothing. An attack on the ranking counts as achieved where any list differs; one on disclosure where
a reply, a turn or a prompt holds words of our prompts or what somebody else told; one on the reply
where an address, markup or its marker comes back. "obeying" is a scripted model that does all that
it is told by any text it reads; "turned" one that is hostile from the start, within what a frame
can say of unnamed items. "signs" is how many of the texts inside items are known by their look
alone: the lines behind have to hold without them.
"""

import argparse
import json
import platform
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from sommelier.hostile import orders
from sommelier.testing.attacks import Attack, Result, Trial, read

HERE = Path(__file__).parent
CORPUS = HERE.parents[1] / "tests" / "story" / "attacks.jsonl"
BY = ("place", "style", "language", "wants")
GOALS = ("ranking", "disclosure", "reply")


def tried(trial: Trial, brain: str, attack: Attack) -> Result:
    match brain:
        case "rules":
            return trial.rules(attack)
        case "obeying":
            return trial.obeying(attack)
        case _:
            return trial.obeying(attack, always=True)


def counted(results: list[Result]) -> dict[str, int]:
    found = {"n": len(results)} | {
        goal: sum(bool(getattr(one, goal)) for one in results) for goal in GOALS
    }
    return found | {"quoted": sum(bool(one.quoted) for one in results)}


def page(data: dict[str, object]) -> str:
    brains = data["brains"]
    lines = [
        "# Hostile text\n",
        f"`{data['command']}` ({data['machine']}, {data['seconds']:.0f} s). "
        f"{data['attacks']} attacks; what each column means stands at the top of `attacks.py`. Of "
        f"{data['inside']} texts inside items, {data['signs']} are known by "
        "their look alone. “Quoted”: the item's own description, asked for by name, came back with "
        "words of the attack in it.\n",
    ]
    head = "| brain | attacks | ranking | disclosure | reply | quoted |\n|---|---|---|---|---|---|"
    lines.append(head)
    for brain, found in brains.items():
        c = found["all"]
        row = (c["n"], c["ranking"], c["disclosure"], c["reply"], c["quoted"])
        lines.append(f"| {brain} | " + " | ".join(map(str, row)) + " |")
    for by in BY:
        names = list(next(iter(brains.values()))[by])
        lines += [
            "",
            f"| {by} | n | " + " | ".join(brains) + " |",
            "|---" * (len(brains) + 2) + "|",
        ]
        for name in names:
            each = [found[by][name] for found in brains.values()]
            hits = [str(sum(c[goal] for goal in GOALS)) for c in each]
            lines.append(f"| {name} | {each[0]['n']} | " + " | ".join(hits) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brains", default="rules,obeying,turned")
    parser.add_argument("--json", type=Path, default=HERE / "results" / "attacks.json")
    asked = parser.parse_args()
    attacks, start = read(CORPUS), time.perf_counter()
    inside = [a for a in attacks if a.place in ("title", "description", "tag", "split")]
    inside = [a for a in inside if a.style != "hijack"]
    brains = {}
    with TemporaryDirectory() as folder:
        trial = Trial(Path(folder) / "state.db")
        for brain in asked.brains.split(","):
            results = [tried(trial, brain, attack) for attack in attacks]
            found = {"all": counted(results)}
            for by in BY:
                names = Counter(getattr(a, by) for a in attacks)
                found[by] = {
                    name: counted([r for r in results if getattr(r.attack, by) == name])
                    for name, _ in names.most_common()
                }
            brains[brain] = found
            achieved = [
                (r.attack.id, r.ranking, r.disclosure, r.reply) for r in results if not r.failed
            ]
            print(brain, found["all"], achieved[:10])
        trial.close()
    data = {
        "command": "python benchmarks/quality/attacks.py",
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seconds": time.perf_counter() - start,
        "attacks": len(attacks),
        "inside": len(inside),
        "signs": sum(orders(a.text.replace(" ## ", " ")) for a in inside),
        "brains": brains,
    }
    asked.json.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
    (HERE / "attacks.md").write_text(page(data), "utf-8")


if __name__ == "__main__":
    main()
