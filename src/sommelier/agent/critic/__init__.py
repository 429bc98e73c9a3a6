"""The second pair of eyes: on what is shown, on the plan behind it, and on what to do about it."""

from sommelier.agent.critic.evidence import Evidence
from sommelier.agent.critic.findings import Finding, advice
from sommelier.agent.critic.judge import Judge
from sommelier.agent.critic.plans import PlanCritic
from sommelier.agent.critic.review import Reviewed, reviewed
from sommelier.agent.critic.rows import holds
from sommelier.agent.critic.verify import kept, verify

__all__ = [
    "Evidence",
    "Finding",
    "Judge",
    "PlanCritic",
    "Reviewed",
    "advice",
    "holds",
    "kept",
    "reviewed",
    "verify",
]
