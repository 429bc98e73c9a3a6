"""Brains side by side: what their plans mean, how often that is right, and what it takes."""

from sommelier.evaluation.brains.cases import Case
from sommelier.evaluation.brains.meaning import Meaning, meaning
from sommelier.evaluation.brains.measure import Result, measure
from sommelier.evaluation.brains.report import make_report, table

__all__ = ["Case", "Meaning", "Result", "make_report", "meaning", "measure", "table"]
