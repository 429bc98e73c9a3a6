"""The operator's policy fitted to one catalogue, and the questions that it makes the agent ask."""

from sommelier.agent.guard.answers import Answered, read_answer
from sommelier.agent.guard.demands import Demands
from sommelier.agent.guard.questions import age_question, another_question, first_question

__all__ = [
    "Answered",
    "Demands",
    "age_question",
    "another_question",
    "first_question",
    "read_answer",
]
