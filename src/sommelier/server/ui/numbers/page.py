"""The page of numbers: engines side by side, and what the data are like."""

import asyncio
from typing import Any

import numpy as np
from nicegui import ui

from sommelier.agent.replies.describe import label
from sommelier.server.ui.frame import frame
from sommelier.server.ui.numbers.charts import bars, columns, intervals, scatter
from sommelier.server.ui.numbers.reports import FOLDER, Report, reports_of
from sommelier.server.ui.parts import part
from sommelier.server.ui.seat import Seat

__all__ = ["build"]

_KINDS = 12  # values of the main field that are drawn


async def build(seat: Seat) -> None:
    """Build the page."""
    path = seat.hosted.shop.workspace.path
    reports = await asyncio.to_thread(reports_of, path)
    with frame(seat, "numbers"), part("div", "column wide"):
        part("h1", "title", seat.say("numbers", "title"))
        _facts(seat)
        if reports:
            _measured(seat, reports)
        else:
            with part("section", "panel"):
                part("h2", "subtitle", seat.say("numbers", "engines"))
                part("p", text=seat.say("numbers", "none"))
                here = path if seat.open else path.name  # where it lies is nobody else's matter
                command = f"sommelier evaluate engines {here} --json {here}/{FOLDER}/first.json"
                part("pre", "code", command, tabindex="0")
        _data(seat)


def _facts(seat: Seat) -> None:
    say, shop = seat.say, seat.hosted.shop
    log = shop.dataset.interactions
    told = [
        (f"{shop.dataset.n_items:,}", say.replies.nouns(shop.dataset.catalog.schema)["things"]),
        (f"{log.n_users:,}", say("numbers", "users")),
        (f"{len(log):,}", say("numbers", "events")),
        (seat.hosted.lists.engine, say("numbers", "engine")),
        (seat.hosted.brain.name, say("numbers", "brain")),
    ]
    with part("dl", "facts-of-shop"):
        for value, name in told:
            with part("div"):
                part("dt", text=name)
                part("dd", text=value)
    if shop.workspace.label:
        part("p", "note", say("numbers", "label", label=shop.workspace.label))


def _measured(seat: Seat, reports: list[Report]) -> None:
    say, newest = seat.say, reports[0]
    with part("section", "panel"):
        part("h2", "subtitle", say("numbers", "engines"))
        part("p", "note", say("numbers", "measured", name=newest.name, protocol=newest.sentence))
        cells = {engine: row[newest.best] for engine, row in newest.accuracy.items()}
        best = max(cells, key=lambda name: cells[name].mean)
        _chart(intervals(cells, best), say("numbers", "accuracy", measure=newest.best), len(cells))
        _table(seat, newest)
    points = {
        engine: (newest.lists[engine]["coverage"], cells[engine].mean)
        for engine in cells
        if "coverage" in newest.lists.get(engine, {})
    }
    if points:
        with part("section", "panel"):
            part("h2", "subtitle", say("numbers", "balance"))
            part("p", "note", say("numbers", "balance_note"))
            told = say("numbers", "balance")
            _chart(scatter(points, say("numbers", "coverage"), newest.best), told, 9)
    _over_time(seat, reports)


def _over_time(seat: Seat, reports: list[Report]) -> None:
    """Compare the reports by their best engine, oldest first."""
    by = reports[0].best
    same = [r for r in reversed(reports) if all(by in row for row in r.accuracy.values())]
    if len(same) < 2:
        return
    bests = [max(row[by].mean for row in report.accuracy.values()) for report in same]
    with part("section", "panel"):
        part("h2", "subtitle", seat.say("numbers", "reports"))
        told = seat.say("numbers", "reports_note", measure=by)
        part("p", "note", told)
        _chart(columns([report.name for report in same], bests), told, 7)


def _table(seat: Seat, report: Report) -> None:
    measures = list(next(iter(report.accuracy.values())))
    ordered = sorted(report.accuracy, key=lambda e: -report.accuracy[e][report.best].mean)
    told = seat.say("numbers", "table")
    scroll = part("div", "scroll", tabindex="0", role="region", aria_label=told)
    with scroll, part("table", "rows"):
        with part("thead"), part("tr"):
            part("th", text=seat.say("numbers", "engine"), scope="col")
            for name in measures:
                part("th", "number", name, scope="col")
        with part("tbody"):
            for engine in ordered:
                with part("tr"):
                    part("th", text=engine, scope="row")
                    for name in measures:
                        cell = report.accuracy[engine][name]
                        interval = f"{cell.low:.4f}–{cell.high:.4f}"
                        part("td", "number", f"{cell.mean:.4f}", title=interval)


def _data(seat: Seat) -> None:
    say, box = seat.say, seat.hosted.lists.box
    values = box.lexicon.main_values(_KINDS)
    field = next((f for f in box.lexicon.value_fields if not f.people), None)
    with part("section", "panel"):
        part("h2", "subtitle", say("numbers", "data"))
        if values and field is not None:
            postings = box.lexicon.postings(field.name)
            known = [value for value in values if postings.count(value)]
            told = say("numbers", "kinds", field=label(field, say.replies))
            part("h3", "small-title", told)
            known.reverse()  # the most frequent on top
            _chart(bars(known, [postings.count(value) for value in known]), told, len(known))
        names, counts = _fame(np.sort(box.counts)[::-1])
        told = say("numbers", "fame")
        part("h3", "small-title", told)
        part("p", "note", say("numbers", "fame_note"))
        _chart(columns(names, counts, " %"), told, 6)


def _fame(counts: Any) -> tuple[list[str], list[float]]:
    """Return which share of all events falls to each tenth of the items, best known first."""
    whole = max(1.0, float(counts.sum()))
    tenths = np.array_split(counts, 10)
    names = [str(place + 1) for place in range(10)]
    return names, [round(100 * float(tenth.sum()) / whole, 2) for tenth in tenths]


def _chart(options: dict[str, Any], told: str, rows: int) -> None:
    """Draw a chart; who cannot see it is told what it shows."""
    height = min(460, 50 + 27 * rows)
    with part("figure", "figure", role="img", aria_label=told):
        ui.echart(options, renderer="svg").style(f"height: {height}px")
