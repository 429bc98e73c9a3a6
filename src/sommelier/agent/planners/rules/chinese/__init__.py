"""The rules brain's Chinese: what differs in reading; plans are made by the same code."""

from sommelier.agent.planners.rules.chinese.reader import chinese_reader

__all__ = ["chinese_reader"]
