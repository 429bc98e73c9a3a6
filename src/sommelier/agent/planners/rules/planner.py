"""The rules brain: deterministic, no model, always there. It reads English and Chinese.

Which of them a message is in is seen from its letters; both readers make the same plans.
"""

from functools import cached_property

from sommelier.agent.plan import Plan
from sommelier.agent.planners.base import Planned, View
from sommelier.agent.planners.rules.chinese import chinese_reader
from sommelier.agent.planners.rules.reader import Parts, Reader
from sommelier.llm.language import guess, han
from sommelier.tools.lexicon import Lexicon

__all__ = ["RulesPlanner"]


class RulesPlanner:
    """The rules brain for one catalogue."""

    name = "rules"

    def __init__(self, lexicon: Lexicon, language: str = "en") -> None:
        """`language` is the one of messages without Chinese letters."""
        self._lexicon = lexicon
        self._reader = Reader(lexicon, Parts.english(lexicon, language))

    @cached_property
    def _chinese(self) -> Reader:
        return chinese_reader(self._lexicon)

    async def plan(self, message: str, view: View) -> Planned:
        """Return a plan for the message; anything unclear becomes a question back."""
        return Planned(self.read(message, view), self.name)

    def read(self, message: str, view: View) -> Plan:
        """Return the plan alone."""
        chinese = han(message) and guess(message) in ("zh", "")
        return (self._chinese if chinese else self._reader).read(message, view)
