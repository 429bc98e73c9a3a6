"""What came of a plan, as plain evidence. The reply is written from it, and only from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sommelier.agent.plan import Ask, Plan, Say
from sommelier.data.predicates import Predicate
from sommelier.tools.candidates import Candidates
from sommelier.tools.explain import Reason
from sommelier.tools.lookup import Answer
from sommelier.types import Json

__all__ = ["Card", "Explained", "Facts", "Outcome"]


@dataclass(frozen=True)
class Card:
    """One shown item: its whole row, its place, its score, and the evidence for it."""

    item_id: str
    row: dict[str, Any]
    rank: int  # from 1
    score: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Rows that were looked up, for these fields (none: the main ones)."""

    rows: tuple[dict[str, Any], ...]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Explained:
    """Why one item was shown."""

    card: Card


@dataclass
class Outcome:
    """Filled by the executor, step by step."""

    plan: Plan  # as it was run: references resolved
    cards: Sequence[Card] = ()
    n_fit: int = 0  # how many candidates were left when ranking began
    listed: bool = False  # whether a list was asked for
    candidates: Candidates | None = None
    facts: list[Facts] = field(default_factory=list)
    answers: list[tuple[Answer, Json | None]] = field(default_factory=list)  # with its condition
    explained: list[Explained] = field(default_factory=list)
    compared: list[Facts] = field(default_factory=list)
    said: list[Say] = field(default_factory=list)
    asked: Ask | None = None
    unmet: int = 0  # shown items that miss a soft wish
    reactions: list[tuple[str, str]] = field(default_factory=list)  # (item_id, feedback)
    repeated: bool = False  # only items shown before were left, and a new wish led to them
    again: bool = False  # an earlier list shown once more
    withheld: int = 0  # fitting items left out because they were shown or met before
    avoided: Sequence[Predicate] = ()  # standing refusals that held besides what was asked
    sponsored: tuple[str, ...] = ()  # shown or told items that are paid for
    for_adults: int = 0  # fitting or named items left out until the person's age is confirmed
    faults: list[str] = field(default_factory=list)  # what the critic took out, and why

    @property
    def item_ids(self) -> tuple[str, ...]:
        """The shown items, first place first."""
        return tuple(card.item_id for card in self.cards)
