"""Where to look: which settings of an engine are searched, and within which bounds.

Declared in `spaces.toml`, or else derived from the engine's Config: literals and flags by choice,
numbers between their bounds, and where there is none above, from a tenth of the default to ten
times it on a log scale. Knows no data and no sampler.
"""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from math import ceil, floor, isfinite
from typing import Any, Final, Literal, TypeAlias, get_args, get_origin

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from sommelier import registry
from sommelier.engines.base import Engine, EngineConfig
from sommelier.errors import UsageError
from sommelier.evaluation.select import DECAYS
from sommelier.types import Json

__all__ = ["Choices", "Range", "Space", "derived", "space_of"]

Choices: TypeAlias = tuple[bool | int | float | str, ...]

# What held-out events cannot judge: who works and how, and what words and dislikes weigh.
_UNSEEN: Final = {
    *("threads", "seed", "device", "precision", "graph_from"),
    *("disliked", "said", "words"),
}
_TENFOLD: Final = 10
_WIDE: Final = 1000  # bounds so many times apart are searched on a log scale


class Range(BaseModel):
    """Numbers from `low` to `high`, both among them; whole ones if both bounds are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    low: int | float
    high: int | float
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    def holds(self, value: object) -> bool:
        """Tell whether a value lies in it."""
        return isinstance(value, int | float) and self.low <= value <= self.high


class Space(BaseModel):
    """The settings searched: those that `fit` looks at, and those that only shape a query."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fit: dict[str, Range | Choices] = {}
    ask: dict[str, Choices] = {}

    @property
    def names(self) -> set[str]:
        """The names of all settings searched."""
        return {*self.fit, *self.ask}

    def holds(self, fit: Json) -> bool:
        """Tell whether settings of `fit` are all there, each in its place."""
        return fit.keys() == self.fit.keys() and all(
            place.holds(fit[name]) if isinstance(place, Range) else fit[name] in place
            for name, place in self.fit.items()
        )

    def asked(self, *first: Json) -> list[Json]:
        """Return all ways to ask a fitted engine, `first` before the others, each once."""
        ways = [{name: way[name] for name in self.ask} for way in first]
        ways += [dict(zip(self.ask, way, strict=True)) for way in product(*self.ask.values())]
        return [way for number, way in enumerate(ways) if way not in ways[:number]]


def space_of(name: str) -> Space:
    """Return where to look for an engine; UnknownName, or UsageError if there is nothing to."""
    kind: type[Engine] = registry.load("engines", name)
    declared = _declared().get(name)
    space = derived(kind.Config) if declared is None else Space.model_validate(declared)
    if not space.names:
        raise UsageError(
            f"The engine {name!r} has no settings that held-out events could judge.",
            hint=f"Its settings: {', '.join(kind.Config.model_fields)}.",
        )
    return space


def derived(config: type[EngineConfig]) -> Space:
    """Return the space that the declared types, bounds and defaults of a Config suggest."""
    found = dict(_places(config))
    ask: dict[str, Choices] = {"decay": DECAYS} if "decay" in found else {}
    return Space(fit={name: at for name, at in found.items() if name not in ask}, ask=ask)


def _places(config: type[EngineConfig]) -> Iterator[tuple[str, Range | Choices]]:
    for name, field in config.model_fields.items():
        if name in _UNSEEN:
            continue
        if get_origin(field.annotation) is Literal:
            yield name, get_args(field.annotation)
        elif field.annotation is bool:
            yield name, (False, True)
        elif field.annotation in (int, float) and (place := _range(field)) is not None:
            yield name, place


def _range(field: FieldInfo) -> Range | None:
    """Return a range for a number; None if nothing tells how far it could go."""
    low, high = _bound(field, "ge", "gt"), _bound(field, "le", "lt")
    bounded = isfinite(low) and isfinite(high)
    if not bounded:
        if field.default <= 0:
            return None
        low, high = max(low, field.default / _TENFOLD), min(high, field.default * _TENFOLD)
    step = (high - low) / 100
    if field.annotation is int:
        step, low, high = 1, ceil(low), floor(high)
    if low == _bound(field, "gt"):  # not itself allowed
        low += step
    if high == _bound(field, "lt"):
        high -= step
    return Range(low=low, high=high, log=low > 0 and (not bounded or high >= _WIDE * low))


def _bound(field: FieldInfo, *kinds: str) -> float:
    """Return the declared bound of these kinds; minus or plus infinity without one."""
    for rule in field.metadata:
        for kind in kinds:
            if getattr(rule, kind, None) is not None:
                return float(getattr(rule, kind))
    return float("-inf") if kinds[0].startswith("g") else float("inf")


@cache
def _declared() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("spaces.toml").read_text("utf-8"))
