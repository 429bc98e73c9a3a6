"""From frames to plans: clauses to conditions, entries to items, acts to steps."""

from sommelier.agent.planners.model.resolve.resolver import Resolver

__all__ = ["Resolver"]
