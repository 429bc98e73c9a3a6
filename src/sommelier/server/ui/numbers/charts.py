"""Options of the charts. The style sheet colours words and lines, for light and for dark."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sommelier.server.ui.numbers.reports import Cell

__all__ = ["bars", "columns", "intervals", "scatter"]

_WINE: Final = "#a8516b"  # seen well on paper and in the dark
_OTHERS: Final = "#8f7f74"
_INK: Final = "#010203"  # the style sheet makes it the colour of words
_FAINT: Final = {"splitLine": {"lineStyle": {"color": "rgba(128, 118, 108, 0.25)"}}}
_TICKLESS: Final = {"axisTick": {"show": False}, "axisLine": {"show": False}}


def intervals(cells: Mapping[str, Cell], best: str) -> dict[str, Any]:
    """Return bars with 95 % intervals as lines, the best engine on top."""
    order = sorted(cells, key=lambda name: cells[name].mean)
    values = [round(cells[name].mean, 4) for name in order]
    lines = [
        [
            {"coord": [cells[name].low, name], "symbol": "none"},
            {"coord": [cells[name].high, name], "symbol": "none"},
        ]
        for name in order
    ]
    made = bars(order, values, own=order.index(best))
    made["series"][0]["markLine"] = {
        "silent": True,
        "animation": False,
        "label": {"show": False},
        "lineStyle": {"type": "solid", "width": 2.5, "color": _INK},
        "data": lines,
    }
    made["series"][0]["label"] = {"show": False}
    return made


def bars(names: Sequence[str], values: Sequence[float], own: int = -1) -> dict[str, Any]:
    """Return lying bars with their numbers, from below; only the bar `own` is wine where named."""
    data = [
        {"value": value, "itemStyle": {"color": _WINE if own in (-1, place) else _OTHERS}}
        for place, value in enumerate(values)
    ]
    series = {
        "type": "bar",
        "data": data,
        "barMaxWidth": 18,
        "label": {"show": True, "position": "right"},
    }
    return {
        "animation": False,
        "grid": {"left": 16 + max(map(_width, names)), "right": 48, "top": 8, "bottom": 28},
        "xAxis": {"type": "value", "min": 0, "splitNumber": 4, **_FAINT},
        "yAxis": {"type": "category", "data": list(names), **_TICKLESS},
        "series": [series],
    }


def scatter(points: Mapping[str, tuple[float, float]], x: str, y: str) -> dict[str, Any]:
    """Return engines between two measures: what one gains costs the other."""
    data = [{"name": name, "value": [round(a, 4), round(b, 4)]} for name, (a, b) in points.items()]
    series = {
        "type": "scatter",
        "symbolSize": 11,
        "data": data,
        "label": {"show": True, "position": "right", "formatter": "{b}"},
        "labelLayout": {"moveOverlap": "shiftY"},
        "itemStyle": {"color": _WINE},
    }
    named = {"nameLocation": "middle", "scale": True, "splitNumber": 4, **_FAINT}
    return {
        "animation": False,
        "grid": {"left": 68, "right": 40, "top": 26, "bottom": 52},
        "xAxis": {"type": "value", "name": x, "nameGap": 30, **named},
        "yAxis": {"type": "value", "name": y, "nameGap": 44, **named},
        "series": [series],
    }


def columns(names: Sequence[str], values: Sequence[float], unit: str = "") -> dict[str, Any]:
    """Return standing columns, in an order that means something."""
    series = {
        "type": "bar",
        "data": list(values),
        "barCategoryGap": "20%",
        "itemStyle": {"color": _WINE},
    }
    shown = {"formatter": "{value}" + unit}
    return {
        "animation": False,
        "grid": {"left": 52, "right": 16, "top": 12, "bottom": 28},
        "xAxis": {"type": "category", "data": list(names), "axisTick": {"show": False}},
        "yAxis": {"type": "value", "splitNumber": 3, "axisLabel": shown, **_FAINT},
        "series": [series],
    }


def _width(text: str) -> int:
    """Return about how many pixels a name takes."""
    return sum(7 if letter.isascii() else 13 for letter in text)
