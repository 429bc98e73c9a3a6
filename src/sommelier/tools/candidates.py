"""The candidate bus: what is still in the running, and how it came to be so.

Immutable. Every tool takes one and returns another, with one more step in its funnel. Thousands of
candidates travel here, and none of them through a prompt.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from sommelier.types import Floats, Json, Nums

__all__ = ["Candidates", "FunnelStep"]


@dataclass(frozen=True)
class FunnelStep:
    """One tool's work: what it was asked, how many items came in and went out, and the time."""

    tool: str
    arguments: Json
    before: int
    after: int
    ms: float

    def to_json(self) -> Json:
        """Return the step as a JSON object; times are rounded to microseconds."""
        return {
            "tool": self.tool,
            "arguments": self.arguments,
            "before": self.before,
            "after": self.after,
            "ms": round(self.ms, 3),
        }


@dataclass(frozen=True, eq=False)
class Candidates:
    """Items in the running; ordered, best first, once they carry scores."""

    nums: Nums  # [n]
    scores: Floats | None = None  # [n], parallel to nums
    parts: dict[str, Floats] = field(default_factory=dict)  # what the scores are made of, each [n]
    funnel: tuple[FunnelStep, ...] = ()

    @classmethod
    def everything(cls, n_items: int) -> Self:
        """Return the whole catalogue as candidates."""
        return cls(np.arange(n_items, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.nums)

    def narrowed(self, nums: Nums, tool: str, arguments: Json, ms: float) -> Self:
        """Return these `nums`, unordered, as the outcome of one more step."""
        step = FunnelStep(tool, arguments, len(self), len(nums), ms)
        return replace(self, nums=nums, scores=None, parts={}, funnel=(*self.funnel, step))

    def ordered(
        self,
        nums: Nums,
        scores: Floats,
        parts: dict[str, Floats],
        *,
        arguments: Json,
        ms: float,
    ) -> Self:
        """Return `nums` in order with their scores, as the outcome of ranking."""
        step = FunnelStep("rank", arguments, len(self), len(nums), ms)
        return replace(self, nums=nums, scores=scores, parts=parts, funnel=(*self.funnel, step))

    def funnel_json(self) -> list[dict[str, Any]]:
        """Return the funnel, first step first."""
        return [step.to_json() for step in self.funnel]
