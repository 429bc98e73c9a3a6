"""Any language model as a ranker: prompts, four ways to ask, answers as letters, no tuning."""

from sommelier.engines.prompted.engine import Prompted
from sommelier.engines.prompted.records import Counts, Ranked, Round
from sommelier.engines.prompted.settings import PromptedConfig

__all__ = ["Counts", "Prompted", "PromptedConfig", "Ranked", "Round"]
