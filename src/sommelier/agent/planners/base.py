"""The contract of every brain."""

from dataclasses import dataclass
from typing import Protocol

from sommelier.agent.plan import Plan
from sommelier.agent.working import Working
from sommelier.state.profiles import Profile
from sommelier.tools.lexicon import Lexicon

__all__ = ["Planner", "View"]


@dataclass(frozen=True)
class View:
    """What a planner may look at: vocabulary, conversation and profile; never the candidates."""

    lexicon: Lexicon
    working: Working
    profile: Profile
    known: bool = False  # whether the person has a history or a profile to rank by
    n: int = 5  # how many items a list has unless asked otherwise


class Planner(Protocol):
    """Turns one message into a plan."""

    name: str

    async def plan(self, message: str, view: View) -> Plan:
        """Return a plan for the message; never raises for what a person may write."""
