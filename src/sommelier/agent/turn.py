"""One turn as people and programs receive it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sommelier.agent.plan import Ask, Plan
from sommelier.llm.chat.base import Usage as Spent
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
    sponsored: bool = False  # somebody pays for it, which has to be said beside it

    def to_json(self) -> Json:
        """Return the item as surfaces show it; `sponsored` stands there only where it is true."""
        told = {
            "item_id": self.item_id,
            "title": self.title,
            "rank": self.rank,
            "score": self.score,
            "reasons": list(self.reasons),
        }
        return told | {"sponsored": True} if self.sponsored else told


@dataclass(frozen=True)
class Usage:
    """What a turn cost: calls of a language model, what they read and wrote, money, time."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0  # in the currency of the prices that were set
    ms: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    @classmethod
    def of(cls, spent: Spent, ms: float) -> Self:
        """Return what calls took, and how long the whole turn was."""
        return cls(spent.calls, spent.prompt_tokens, spent.completion_tokens, spent.cost, ms)

    def to_json(self) -> Json:
        """Return the usage as surfaces show it."""
        return {
            "calls": self.calls,
            "tokens": self.tokens,
            "ms": round(self.ms, 1),
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost": round(self.cost, 9),
        }


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
    brain: str = "rules"  # the one that answered
    fell_back: str = ""  # why not the one that was chosen
    phrased: bool = False  # whether a model worded the reply
    asked: Ask | None = None
    faults: tuple[str, ...] = ()  # what the critic took out
    language: str = "en"  # of the reply

    def to_json(self) -> Json:
        """Return the turn as one JSON object; the keys are a promise to users."""
        return {
            "turn": self.number,
            "message": self.message,
            "plan": self.plan.to_json(),
            "funnel": list(self.funnel),
            "items": [item.to_json() for item in self.items],
            "reply": self.reply,
            "usage": self.usage.to_json(),
            "brain": self.brain,
            "fell_back": self.fell_back,
            "phrased": self.phrased,
            "language": self.language,
        }
