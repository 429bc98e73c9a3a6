"""A generative engine: items have short sequences of codes, and the next one is written in them."""

from sommelier.engines.semantic_id.config import SemanticIdConfig
from sommelier.engines.semantic_id.engine import SemanticId
from sommelier.engines.sequence.run import Progress

__all__ = ["Progress", "SemanticId", "SemanticIdConfig"]
