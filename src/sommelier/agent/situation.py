"""Whom a plan is run for, and where the conversation stands."""

from dataclasses import dataclass

from sommelier.agent.working import Working
from sommelier.state.profiles import Profile
from sommelier.tools.base import Person

__all__ = ["Situation"]


@dataclass(frozen=True)
class Situation:
    """The person as the engines take them, their profile, and the conversation so far."""

    person: Person
    profile: Profile
    working: Working
