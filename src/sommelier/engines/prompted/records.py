"""What was shown to a model, what it answered, and what all of it took. Knows no model."""

from dataclasses import dataclass, field
from threading import Lock

from sommelier.llm.chat.base import Usage
from sommelier.types import Nums

__all__ = ["Counts", "Ranked", "Round"]


@dataclass(frozen=True)
class Round:
    """One look at all candidates. Both tuples hold places in the base's order, from 0."""

    shown: tuple[int, ...]  # in the order in which the model saw them
    ranked: tuple[int, ...]  # in the order that came of its answers, best first


@dataclass(frozen=True, eq=False)
class Ranked:
    """What became of one query that a model was asked about."""

    candidates: Nums  # item_nums, best first by the base engine
    order: Nums  # the same, best first in the end
    rounds: tuple[Round, ...] = ()  # those that came to an end; none: the base's order stands
    questions: int = 0
    broken: int = 0  # answers that were none, or named only some of the candidates
    note: str = ""  # why rounds are missing, or all of them


@dataclass
class Counts:
    """What an engine has asked since it was made. Safe between threads."""

    queries: int = 0  # all of them
    asked: int = 0  # those that the gate let through to the model
    kept: int = 0  # asked, but the base's order stands
    questions: int = 0
    broken: int = 0
    spent: Usage = field(default_factory=Usage)  # nothing for what was replayed
    notes: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def gated(self, queries: int) -> None:
        """Count queries, whether or not the model is asked about them."""
        with self._lock:
            self.queries += queries

    def took(self, usage: Usage) -> None:
        """Count what one answer took."""
        with self._lock:
            self.spent += usage

    def add(self, ranked: Ranked) -> None:
        """Count what became of one query."""
        with self._lock:
            self.asked += 1
            self.kept += not ranked.rounds
            self.questions += ranked.questions
            self.broken += ranked.broken
            if ranked.note:
                self.notes.add(ranked.note)
