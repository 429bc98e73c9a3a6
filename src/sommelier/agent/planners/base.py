"""The contract of every brain: `async plan(message, view) -> Planned`.

A brain returns its plan together with what it took and which brain answered after all, so that a
turn can tell. It never raises for what a person writes nor for what a language model does.
"""

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from sommelier.agent.plan import Plan
from sommelier.agent.working import Working
from sommelier.llm.chat.base import Usage
from sommelier.state.profiles import Profile
from sommelier.tools.lexicon import Lexicon

__all__ = ["Planned", "Planner", "View", "Warms"]


@dataclass(frozen=True)
class View:
    """What a planner may look at: vocabulary, conversation and profile; never the candidates."""

    lexicon: Lexicon
    working: Working
    profile: Profile
    known: bool = False  # whether the person has a history or a profile to rank by
    n: int = 5  # how many items a list has unless asked otherwise
    summary: str = ""  # what was said longer ago, in few words
    language: str = "en"  # of the message, or of the conversation where it cannot be told
    advice: str = ""  # what the critic found wrong with a first plan for this very message


@dataclass(frozen=True)
class Planned:
    """A plan, and how it was come by."""

    plan: Plan
    brain: str  # the one that made this plan
    spent: Usage = field(default_factory=Usage)  # what the calls that were answered took
    fell_back: str = ""  # why it is not the brain that was asked: a few words, or nothing
    repaired: bool = False  # whether the model's first answer broke the schema
    wrote: str = ""  # what the model wrote, a frame as text


class Planner(Protocol):
    """Turns one message into a plan."""

    @property
    def name(self) -> str:
        """What this brain is called."""

    async def plan(self, message: str, view: View) -> Planned:
        """Return a plan for the message; never raises for what a person may write."""


@runtime_checkable
class Warms(Protocol):
    """A brain that has something to read before the first message."""

    async def warm(self) -> None:
        """Read it now; what goes wrong shows with the first message."""
