"""The page of what trains for long: sasrec and semantic_id, from the results that there are.

    python -m benchmarks.quality.trained

Trains nothing: it writes `trained.md` from `results/{sasrec,semantic_id}-*.json`, which
`sequential` and `generative` leave.
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

| set | engine | seed | fitted on | R@10 | N@10 | MRR@10 | users asked |
|---|---|---|---|---|---|---|---|"""


def rows(result: Json) -> Iterator[str]:
    """Yield a row of the table for every measured engine of a result."""
    for report in result["reports"]:
        for row in report["rows"]:
            cells = [row["accuracy"][f"{name}@10"] for name in ("R", "N", "MRR")]
            told = [f"{c['mean']:.4f} ({c['low']:.4f}–{c['high']:.4f})" for c in cells]
            named = " ".join(filter(None, [row["engine"], row["config"].get("text")]))
            seed, users = row["config"].get("seed", "–"), report["data"]["evaluated_users"]
            yield f"| {result['set']} | {named} | {seed} | {row['fitted_on']} | " + " | ".join(
                [*told, f"{users:,} |"]
            )


def notes(result: Json, name: str) -> Iterator[str]:
    """Yield the command of a result, and what others published."""
    published = json.dumps(result["published"]) if result.get("published") else "none"
    yield f"- `{name}`, {result['date']}: `{result['command']}`; published: {published}"


def main() -> None:
    """Write the page."""
    found = [
        (path.name, json.loads(path.read_text("utf-8")))
        for engine in ("sasrec", "semantic_id")
        for path in sorted((HERE / "results").glob(f"{engine}-*.json"))
    ]
    lines = [HEAD, *(row for _, result in found for row in rows(result)), ""]
    lines += [note for name, result in found for note in notes(result, name)]
    (HERE / "trained.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
