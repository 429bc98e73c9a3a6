"""The cascade: rules for short plain messages they are sure of, and a model for all else."""

from sommelier.agent.plan import Ask, Plan, Rank, Say
from sommelier.agent.planners.base import Planned, Planner, View, Warms

__all__ = ["HybridPlanner", "sure"]

_UNSURE = frozenset(
    {"not_understood", "unknown_name", "unknown_title", "cannot_measure", "no_field"}
    | {"guessed", "took", "any_of", "unmeasured", "cut"}
)
_FREE = 0  # words that only the encoder reads; one is enough to doubt (measured on dev rows)
_SHORT = 3  # words; in longer messages rules are sure of what they misread (measured on dev rows)


def sure(plan: Plan) -> bool:
    """Return whether a plan of the rules brain shows no doubt."""
    said = {say.topic for say in (*plan.of(Say), *plan.notes)}
    wordy = any(len(rank.text.split()) > _FREE for rank in plan.of(Rank))
    return not (said & _UNSURE or plan.of(Ask) or wordy)


class HybridPlanner:
    """Asks the second brain only where the first is not sure."""

    def __init__(self, first: Planner, second: Planner, name: str = "") -> None:
        self._first, self._second = first, second
        self.name = name or f"{first.name}+{second.name}"

    async def warm(self) -> None:
        """Let both get ready."""
        for brain in (self._first, self._second):
            if isinstance(brain, Warms):
                await brain.warm()

    async def plan(self, message: str, view: View) -> Planned:
        """Return the first brain's plan of a short message where it stands, else the second's."""
        planned = await self._first.plan(message, view)
        answers = view.working.asked is not None  # "Krakow, thanks" is no new wish then
        if len(message.split()) <= _SHORT and not answers and sure(planned.plan):
            return planned
        return await self._second.plan(message, view)
