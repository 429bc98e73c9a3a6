"""A picture of a report: engines side by side with their intervals. Needs the extra `plot`."""

from pathlib import Path

from sommelier import extras
from sommelier.types import Json

__all__ = ["draw"]


def draw(report: Json, path: Path) -> None:
    """Write one panel each for recall and NDCG; the suffix of `path` (png, svg, pdf) decides how.

    NotInstalled without matplotlib.
    """
    figure = extras.load("matplotlib.figure", extra="plot").Figure(
        figsize=(9.0, 1.6 + 0.45 * len(report["rows"])), layout="constrained"
    )
    k = report["protocol"]["k"]
    rows = sorted(report["rows"], key=lambda row: row["accuracy"][f"N@{k}"]["mean"])
    names = [row["engine"] for row in rows]
    for axes, measure in zip(figure.subplots(1, 2, sharey=True), (f"R@{k}", f"N@{k}"), strict=True):
        cells = [row["accuracy"][measure] for row in rows]
        means = [cell["mean"] for cell in cells]
        around = [
            [cell["mean"] - cell["low"] for cell in cells],
            [cell["high"] - cell["mean"] for cell in cells],
        ]
        axes.barh(names, means, xerr=around, color="#7b2d43", ecolor="#333333", capsize=3)
        axes.set_title(measure)
        axes.set_xlim(left=0)
        axes.locator_params(axis="x", nbins=5)
        axes.spines[["top", "right"]].set_visible(False)
    figure.supxlabel(report["protocol"]["sentence"], fontsize=6, wrap=True)
    figure.savefig(path, dpi=150)
