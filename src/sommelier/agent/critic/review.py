"""Actor and critic: a brain plans, the critic looks, and where it objects the brain plans anew.

Bounded: by one further plan unless the operator allows more. A brain that hears no advice (the
rules) or that failed is not asked again. Of two plans the better one stands.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, Generic, Protocol, TypeVar

from sommelier.agent.critic.findings import Finding, advice
from sommelier.agent.critic.judge import Judge
from sommelier.agent.critic.plans import PlanCritic
from sommelier.agent.outcome import Outcome
from sommelier.agent.planners.base import Planned, Planner, View
from sommelier.llm.chat.base import Usage

__all__ = ["Reviewed", "Tried", "reviewed"]

_NOTHING: Final = Usage()
_DEAF: Final = "rules"  # the brain that would make the same plan again


class Tried(Protocol):
    """A plan and what came of it."""

    @property
    def planned(self) -> Planned:
        """The plan, as the brain gave it."""

    @property
    def outcome(self) -> Outcome:
        """What came of it, verified."""


_Trial = TypeVar("_Trial", bound=Tried)


@dataclass(frozen=True)
class Reviewed(Generic[_Trial]):
    """The plan that stands, what is still wrong with it, and what all of it took."""

    tried: _Trial
    findings: tuple[Finding, ...] = ()
    spent: Usage = _NOTHING  # of every plan and every judgement
    rounds: int = 0  # plans made anew


async def reviewed(
    message: str,
    view: View,
    *,
    planner: Planner,
    work: Callable[[Planned], Awaitable[_Trial]],
    critic: PlanCritic,
    judge: Judge | None = None,
    rounds: int = 1,
) -> Reviewed[_Trial]:
    """Return the plan for a message that the critic lets pass, or the best of those made.

    `work` runs a plan and verifies what came of it; it must change nothing that lasts, for a plan
    may be put away afterwards. `rounds` is how often the brain may plan anew; 0 looks at nothing.
    """
    tried = await work(await planner.plan(message, view))
    found: tuple[Finding, ...] = ()
    spent, made = tried.planned.spent, 0
    while made < rounds and not tried.planned.fell_back and tried.planned.brain != _DEAF:
        found = tuple(critic.findings(message, view, tried.planned.plan))
        if not found and judge is not None and not made:
            judged = await judge.judge(message, view, tried.planned.plan, tried.outcome)
            found, spent = judged.findings, spent + judged.spent
        if not found:
            break
        made += 1
        again = await planner.plan(message, replace(view, advice=advice(found)))
        spent += again.spent
        if again.fell_back or again.plan == tried.planned.plan:
            break
        left = tuple(critic.findings(message, view, again.plan))
        if len(left) > len(found):
            break
        tried, found = await work(again), left
    return Reviewed(tried, found, spent, made)
