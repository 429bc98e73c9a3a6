"""Plug-ins by entry point. Built-in engines, tools, planners and sources use the same door.

A plug-in declares, in its own package, an entry point in the group `sommelier.<kind>`; the name is
what people type (`--engine ease`) and the value is the object to load.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal

from sommelier.errors import UnknownName

__all__ = ["Kind", "load", "names"]

Kind = Literal["engines", "tools", "planners", "sources"]


@cache
def _points(kind: Kind) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"sommelier.{kind}")}


def names(kind: Kind) -> list[str]:
    """Return the sorted names of everything registered under `kind`."""
    return sorted(_points(kind))


@cache
def load(kind: Kind, name: str) -> Any:
    """Import and return the object registered as `name`; UnknownName suggests the nearest."""
    points = _points(kind)
    if name not in points:
        raise UnknownName(kind.rstrip("s"), name, points)
    return points[name].load()
