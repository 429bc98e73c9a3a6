"""One turn as people and programs receive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sommelier.agent.plan import Ask, Plan
from sommelier.types import Json

__all__ = ["Item", "Turn", "Usage"]


@dataclass(frozen=True)
class Item:
    """One shown item: its catalogue row, and the reasons in words."""

    item_id: str
    title: str
    rank: int  # from 1
    score: float
    reasons: tuple[str, ...]
    row: dict[str, Any]

    def to_json(self) -> Json:
        """Return the item as surfaces show it."""
        return {
            "item_id": self.item_id,
            "title": self.title,
            "rank": self.rank,
            "score": self.score,
            "reasons": list(self.reasons),
        }


@dataclass(frozen=True)
class Usage:
    """What a turn cost."""

    calls: int = 0  # of a language model
    tokens: int = 0
    ms: float = 0.0


@dataclass(frozen=True)
class Turn:
    """A message, what was done about it, and the answer."""

    number: int  # from 1
    message: str
    plan: Plan
    funnel: Sequence[Json]
    items: tuple[Item, ...]
    reply: str
    usage: Usage
    brain: str = "rules"
    asked: Ask | None = None
    faults: tuple[str, ...] = ()  # what the critic took out

    def to_json(self) -> Json:
        """Return the turn as one JSON object; the keys are a promise to users."""
        return {
            "turn": self.number,
            "message": self.message,
            "plan": self.plan.to_json(),
            "funnel": list(self.funnel),
            "items": [item.to_json() for item in self.items],
            "reply": self.reply,
            "usage": {
                "calls": self.usage.calls,
                "tokens": self.usage.tokens,
                "ms": round(self.usage.ms, 1),
            },
        }
