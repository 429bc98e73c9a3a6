"""The rules brain: deterministic, no model, always there."""

from sommelier.agent.planners.rules.planner import RulesPlanner

__all__ = ["RulesPlanner"]
