"""`sommelier describe`: what a workspace holds, in tables and in pictures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from sommelier import extras
from sommelier.cli.screen import err, out, safe

if TYPE_CHECKING:
    from sommelier.data.interactions import Interactions
    from sommelier.data.schema import Field, Schema
    from sommelier.data.workspace import Workspace
    from sommelier.types import Ints

__all__ = ["command", "counts_table", "draw", "schema_table", "tail_table"]

_EPOCH = date(1970, 1, 1).toordinal()


def command(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    plot: Annotated[
        Path | None, typer.Option(help="Draw the tails into this PNG (needs sommelier[plot]).")
    ] = None,
) -> None:
    """Show a workspace: fields, counts, sparsity, time span, the tails of items and users."""
    from sommelier.data.workspace import Workspace

    place = Workspace.open(workspace)
    log = place.dataset().interactions
    out.print(schema_table(place.schema))
    out.print(counts_table(place, log))
    per_item, per_user = _counts(log)
    if len(log):
        out.print(tail_table(f"Events per {place.schema.noun}", per_item))
        out.print(tail_table("Events per user", per_user))
    for note in place.manifest.get("notes", []):
        out.print(f"[dim]· {safe(note)}[/]")
    if plot:
        draw(plot, place.name, per_item, per_user)
        err.print(f"Drawn: {plot}")


def _counts(log: Interactions) -> tuple[Ints, Ints]:
    import numpy as np

    return np.bincount(log.items, minlength=log.n_items), np.diff(log.starts)


def schema_table(schema: Schema) -> Table:
    """Return the fields as a table: name, kind, what it is, what its values are like."""
    table = Table(title=f"Fields of the {schema.plural}", title_justify="left")
    for heading in ("field", "kind", "description", "values", "missing"):
        table.add_column(heading, overflow="fold")
    for field in schema:
        kind = f"{field.kind.value}{' (people)' * field.people}{' (hidden)' * field.hidden}"
        missing = f"{field.missing:.1%}" if field.missing else ""
        cells = (field.name, kind, field.description, _values(field), missing)
        table.add_row(*map(safe, cells), style="dim" if field.hidden else "")
    return table


def _values(field: Field) -> str:
    low, high = field.minimum, field.maximum
    match field.kind.value:
        case "number" if low is not None and high is not None:
            return f"{_number(low)} to {_number(high)} {field.unit}"
        case "date" if low is not None and high is not None:
            days = [date.fromordinal(_EPOCH + int(day)) for day in (low, high)]
            return f"{days[0]} to {days[1]}"
        case "text" | "id" | "title":
            return f"{field.distinct:,} different"
    return f"{field.distinct:,}: {', '.join(field.examples[:5])}"


def _number(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:,.2f}"


def counts_table(place: Workspace, log: Interactions) -> Table:
    """Return counts, sparsity, time span, engines."""
    table = Table(title=safe(place.name), title_justify="left", show_header=False)
    rows = {
        place.schema.plural: f"{log.n_items:,}",
        "users": f"{log.n_users:,}",
        "events": f"{len(log):,}",
        **(_log_rows(log) if len(log) else {}),
        "engines": ", ".join(place.fitted()) or "none fitted yet",
        "default engine": place.default_engine or "none chosen yet",
    }
    for name, value in rows.items():
        table.add_row(name, safe(value))
    return table


def _log_rows(log: Interactions) -> dict[str, str]:
    met = log.matrix().nnz / (log.n_users * log.n_items)
    rows = {"sparsity": f"{1 - met:.3%} of all pairs of user and item never met"}
    if log.times is not None:
        days = [datetime.fromtimestamp(int(t), UTC) for t in (log.times.min(), log.times.max())]
        rows["time span"] = f"{days[0]:%Y-%m-%d} to {days[1]:%Y-%m-%d}"
    if log.event_types:
        rows["kinds of event"] = ", ".join(log.event_types)
    if log.values is not None:
        known = log.values[log.values == log.values]  # NaN, the unknown, differs from itself
        rows["values"] = f"{known.min():g} to {known.max():g}, mean {known.mean():.2f}"
    return rows


def tail_table(title: str, counts: Ints) -> Table:
    """Return a histogram of counts in doubling steps, with bars."""
    import numpy as np

    table = Table(title=title, title_justify="left")
    for heading in ("events", "how many", ""):
        table.add_column(heading, justify="right" if heading else "left")
    edges = np.concatenate([[0], 2 ** np.arange(0, int(counts.max()).bit_length() + 1)])
    held, _ = np.histogram(counts, bins=edges)
    for low, high, number in zip(edges[:-1], edges[1:] - 1, held, strict=True):
        if number or low >= counts.min():
            label = f"{low:,}" if low == high else f"{low:,} to {high:,}"
            bar = "█" * round(30 * number / held.max()) or ("▏" if number else "")
            table.add_row(label, f"{number:,}", f"[cyan]{bar}[/]")
    top = np.sort(counts)[::-1]
    tenth = top[: max(1, len(top) // 10)].sum() / max(1, top.sum())
    table.caption = f"median {np.median(counts):g}; the busiest tenth has {tenth:.0%} of events"
    return table


def draw(path: Path, name: str, per_item: Ints, per_user: Ints) -> None:
    """Draw both tails, most events first, on logarithmic scales, as a PNG."""
    import numpy as np

    figures = extras.load("matplotlib.figure", extra="plot")
    figure = figures.Figure(figsize=(9, 4), layout="constrained")
    for axes, (what, counts) in zip(
        figure.subplots(1, 2), (("items", per_item), ("users", per_user)), strict=True
    ):
        ranked = np.sort(counts[counts > 0])[::-1]
        axes.plot(np.arange(1, len(ranked) + 1), ranked)
        axes.set(xscale="log", yscale="log", xlabel=f"{what}, busiest first", ylabel="events")
        axes.set_title(f"{name}: {what}")
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(path, dpi=120)
