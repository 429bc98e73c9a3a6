"""One message to be planned, and the plans that read it rightly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sommelier.agent.plan import Plan
from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.tools.base import Toolbox

__all__ = ["Case"]


@dataclass(frozen=True)
class Case:
    """A labelled message. Any of `frames` reads it rightly, the first is the one to prefer.

    Frames become plans as a model's frames do, so every brain is compared on plans.
    """

    id: str
    group: str  # cases of one group are not independent: a catalogue's, a dialogue's
    kind: str  # results are told by kind, too
    message: str
    view: View
    frames: Sequence[Frame]
    box: Toolbox

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The right plans, the preferred one first."""
        resolver = Resolver(self.view.lexicon)
        return tuple(resolver.plan(frame, self.message, self.view) for frame in self.frames)
