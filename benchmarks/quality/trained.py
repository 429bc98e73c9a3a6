"""The page of what trains for long, what is made of it, and cold items, from the results there are.

    python -m benchmarks.quality.trained

Trains nothing: it writes `trained.md` from `results/{sasrec,semantic_id,fusion}-*.json` and
`results/cold.json`, which `sequential`, `generative`, `fusion` and `cold` leave.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from sommelier.types import Json

HERE = Path(__file__).parent
HEAD = """# Engines that train for long

Protocol as in [engines.md](engines.md): leave-last-out, full ranking, a list that is lacking counts
as zero, 95 % bootstrap interval over users. "train": validation events stopped the training and
taught nothing. Test was read once. Published figures are of the same protocol, where they say it.
A `fusion` learns its members' weights from the validation events, its members do not; in its row
"train+validation" the members learned again from both, but for `sasrec`. They follow it.

| set | engine | seed | fitted on | R@10 | N@10 | MRR@10 | users asked |
|---|---|---|---|---|---|---|---|"""


def rows(result: Json) -> Iterator[str]:
    """Yield a row of the table for every measured engine of a result."""
    for report in result["reports"]:
        for row in report["rows"]:
            cells = [row["accuracy"][f"{name}@10"] for name in ("R", "N", "MRR")]
            told = [f"{c['mean']:.4f} ({c['low']:.4f}–{c['high']:.4f})" for c in cells]
            config, users = row["config"], report["data"]["evaluated_users"]
            text = config.get("text") if row["engine"] == "sasrec" else None
            alone = "of the fusion" if config.get("alone") else None
            named = " ".join(filter(None, [row["engine"], text, alone]))
            seed = config.get("seed", "–")
            yield f"| {result['set']} | {named} | {seed} | {row['fitted_on']} | " + " | ".join(
                [*told, f"{users:,} |"]
            )


def notes(result: Json, name: str) -> Iterator[str]:
    """Yield the command of a result, and what others published."""
    published = json.dumps(result["published"]) if result.get("published") else "none"
    yield f"- `{name}`, {result['date']}: `{result['command']}`; published: {published}"
    if "weights" in result:
        yield f"  Weights before what varies by history and item: {json.dumps(result['weights'])}"


def cold(result: Json) -> Iterator[str]:
    """Yield the section about items that no event taught."""
    yield f"""
## Cold items

Amazon Beauty, {result["date"]}: `{result["command"]}`. Held out: {result["items_held_out"]} items
that are somebody's answer, gone from training and from all histories. Not met: answers without an
event in what was fitted. Cold: people whose answer is such an item; warm: all others. The factor
raises the scores of untaught items; {result["factor"]:g} is the largest that costs the warm no more
than 2 % of the R@10 they have on validation where no such item is shown (0). In brackets the 95 %
bootstrap interval over people.

| what is cold | engine | factor | people | R@10 cold | R@10 warm | N@10 cold | N@10 warm |
|---|---|---|---|---|---|---|---|"""
    tried = [{"engine": "slist", **row} for row in result["validation"]]
    for part, found in [("held out, validation", tried), *result["parts"].items()]:
        for row in found:
            one, other, factor = row["cold"], row["warm"], row["factor"]
            yield (
                f"| {part} | {row['engine']} | {'–' if factor is None else f'{factor:g}'} | "
                f"{one['people']:,} | {one['R@10']:.4f} ({one['low']:.4f}–{one['high']:.4f}) | "
                f"{other['R@10']:.4f} | {one['N@10']:.4f} | {other['N@10']:.4f} |"
            )


def main() -> None:
    """Write the page."""
    found = [
        (path.name, json.loads(path.read_text("utf-8")))
        for engine in ("sasrec", "semantic_id", "fusion")
        for path in sorted((HERE / "results").glob(f"{engine}-*.json"))
    ]
    lines = [HEAD, *(row for _, result in found for row in rows(result)), ""]
    lines += [note for name, result in found for note in notes(result, name)]
    if (told := HERE / "results" / "cold.json").exists():
        lines += cold(json.loads(told.read_text("utf-8")))
    (HERE / "trained.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
