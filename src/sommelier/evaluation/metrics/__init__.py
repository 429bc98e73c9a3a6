"""Measures over arrays: no engine, no model, no file."""

from sommelier.evaluation.metrics.accuracy import ACCURACY, Values, hits
from sommelier.evaluation.metrics.beyond import (
    coverage,
    diversity,
    gini,
    novelty,
    popularity_percentile,
)

__all__ = [
    "ACCURACY",
    "Values",
    "coverage",
    "diversity",
    "gini",
    "hits",
    "novelty",
    "popularity_percentile",
]
