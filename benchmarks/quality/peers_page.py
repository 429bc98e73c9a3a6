"""The lists that `peers` gathered: measured as our own are, and told as JSON, a page, a plot."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sommelier.engines.ranking import Ranking
from sommelier.evaluation import Task, make_report, measure
from sommelier.evaluation.measure import attributes
from sommelier.types import Json, Nums

HERE = Path(__file__).parent
COLOURS = {
    "ours": "#7b2d43",
    "implicit": "#2f6f9f",
    "lenskit": "#3f8f4f",
    "rectools": "#c77f1a",
    "recbole": "#6b5ca5",
}


@dataclass(frozen=True)
class Config:
    """What `measure` asks of an engine's settings."""

    settings: Json

    def model_dump(self, mode: str) -> Json:
        return self.settings


@dataclass(frozen=True, eq=False)
class Lists:
    """A model's lists for the users asked, which answer as an engine would."""

    name: str
    settings: Json
    items: Nums  # [n_users asked, 100]
    card: Json

    @classmethod
    def read(cls, name: str, path: Path) -> "Lists":
        card = json.loads(path.read_text("utf-8"))
        return cls(name, card["settings"], np.load(path.with_suffix(".npy")), card)

    @property
    def config(self) -> Config:
        return Config(self.settings)

    def recommend(self, queries: list[object], k: int) -> Ranking:
        found = self.items[:, :k]
        return Ranking(found, np.zeros(found.shape, np.float32))

    def check(self, task: Task) -> None:
        """Refuse lists that show what a user has met, or an item twice: they are of other rules."""
        rows = np.repeat(np.arange(len(self.items)), self.items.shape[1])
        items = self.items.ravel()
        rows, items = rows[items >= 0], items[items >= 0]
        if len(self.items) != len(task):
            raise ValueError(f"{self.name} answers {len(self.items)} users, not {len(task)}.")
        if task.past.matrix()[task.users][rows, items].any():
            raise ValueError(f"{self.name} recommends items of the history.")
        if len(np.unique(rows * task.train.n_items + items)) != len(items):
            raise ValueError(f"{self.name} recommends an item twice.")


def write_result(name: str, task: Task, folder: Path, titles: list[str], out: Path) -> None:
    """Measure everything that has been run on a set's test events; write JSON and plot."""
    found, trials = [], {}
    for title in titles:
        chosen = folder / f"{title}.chosen.json"
        if chosen.exists():
            told = json.loads(chosen.read_text("utf-8"))
            found.append(Lists.read(title, folder / told["card"]))
            trials[title] = told["trials"]
    if not found:
        return
    vectors = attributes(task.train.catalog)
    measured = [measure(one, task, vectors) for one in found]
    report = make_report(measured, task)
    for row, one in zip(report["rows"], found, strict=True):
        row |= {key: one.card[key] for key in ("runs", "versions", "run")}
        row["seconds"] = {what: round(value, 4) for what, value in one.card["seconds"].items()}
        row["trials"] = trials[one.name]
    kept = out / "results" / f"peers-{name}.json"
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps({"set": name, "report": report}, indent=1) + "\n", "utf-8")
    draw(name, report, kept.with_suffix(".svg"))


def write_page(out: Path) -> None:
    """Write the page from the results that there are."""
    lines = [(HERE / "peers.head.md").read_text("utf-8").rstrip()]
    for path in sorted((out / "results").glob("peers-*.json")):
        lines += ["", *_section(json.loads(path.read_text("utf-8")))]
    (out / "peers.md").write_text("\n".join(lines) + "\n", "utf-8")


def _section(result: Json) -> list[str]:
    name, report = result["set"], result["report"]
    rows = sorted(report["rows"], key=lambda row: -row["accuracy"]["N@10"]["mean"])
    data, machine = report["data"], report["machine"]
    versions = {lib: v for row in rows for lib, v in row["versions"].items()}
    newest = max(rows, key=lambda row: row["run"]["date"])["run"]
    return [
        f"## {name}",
        "",
        f"{data['users']:,} users, {data['items']:,} items, {data['train_events']:,} events "
        f"learned from, {data['evaluated_users']:,} users asked. {newest['date']}, commit "
        f"{newest['commit']}, {machine['cores']} cores of {machine['processor']}, Python "
        f"{machine['python']}; "
        + ", ".join(f"{lib} {versions[lib]}" for lib in sorted(versions) if lib in _NAMED)
        + ".",
        "",
        f"![N@10 against seconds on {name}](results/peers-{name}.svg)",
        "",
        "| model | R@10 | N@10 | coverage | fit (s) | all users' top 100 (s) | settings | tried |",
        "|---|---|---|---|---|---|---|---|",
        *map(_row, rows),
    ]


_NAMED = ("sommelier", "implicit", "lenskit", "rectools", "recbole", "torch", "scikit-learn")


def _row(row: Json) -> str:
    cells = [
        row["engine"].replace(".", " "),
        *(_cell(row["accuracy"][f"{name}@10"]) for name in ("R", "N")),
        f"{row['lists']['coverage']:.1%}",
        f"{row['seconds']['fit']:.2f}",
        f"{row['seconds']['rank']:.2f}",
        ", ".join(f"{key} {value}" for key, value in row["config"].items()) or "–",
        str(len(row["trials"])),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(cell: Json) -> str:
    mark = "\\*" if cell["p"] is not None and cell["p"] < 0.05 else ""
    return f"{cell['mean']:.4f}{mark} ({cell['low']:.4f}–{cell['high']:.4f})"


def draw(name: str, report: Json, path: Path) -> None:
    """Plot N@10 with its interval against the seconds for all users; needs the extra `plot`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 5.0), layout="constrained")
    axes = figure.subplots()
    top = max(row["accuracy"]["N@10"]["mean"] for row in report["rows"])
    for row in report["rows"]:
        cell, seconds = row["accuracy"]["N@10"], row["seconds"]["rank"]
        peer, _, model = row["engine"].partition(".")
        mean, low, high = cell["mean"], cell["low"], cell["high"]
        around = [[mean - low], [high - mean]]
        axes.errorbar(seconds, mean, around, fmt="o", color=COLOURS[peer], elinewidth=0.7)
        crowded = any(  # the next point to the right would lie under the name
            seconds < other["seconds"]["rank"] < 1.4 * seconds
            and abs(other["accuracy"]["N@10"]["mean"] - mean) < 0.05 * top
            for other in report["rows"]
        )
        axes.annotate(
            model,
            (seconds, mean),
            xytext=(-5 if crowded else 5, 3),
            ha="right" if crowded else "left",
            textcoords="offset points",
            fontsize=8,
            color=COLOURS[peer],
        )
    for peer in dict.fromkeys(row["engine"].partition(".")[0] for row in report["rows"]):
        axes.plot([], [], "o", color=COLOURS[peer], label=peer)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("processor seconds for all users' top 100, one thread")
    axes.set_ylabel("N@10 on test, 95 % interval")
    axes.set_title(f"{name}, {report['data']['evaluated_users']:,} users", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "none"}):  # the same file every time
        figure.savefig(path, metadata={"Date": None})
