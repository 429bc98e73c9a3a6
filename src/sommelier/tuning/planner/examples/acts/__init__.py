"""Messages of every act, with the frames that they mean."""

from sommelier.tuning.planner.examples.acts.draft import Draft
from sommelier.tuning.planner.examples.acts.mix import MIX, Acts

__all__ = ["MIX", "Acts", "Draft"]
