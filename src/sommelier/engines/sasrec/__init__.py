"""A sequential transformer over learned and text vectors: trained with torch, served without it."""

from sommelier.engines.sasrec.config import SASRecConfig
from sommelier.engines.sasrec.engine import SASRec
from sommelier.engines.sequence.run import Progress

__all__ = ["Progress", "SASRec", "SASRecConfig"]
