"""Top k of a large catalogue where a score is a product of two vectors, without scoring it all."""

from sommelier.engines.nearest.base import VectorConfig, VectorEngine
from sommelier.engines.nearest.exact import Exact
from sommelier.engines.nearest.graph import Graph
from sommelier.engines.nearest.index import Index, build_index, open_index

__all__ = [
    "Exact",
    "Graph",
    "Index",
    "VectorConfig",
    "VectorEngine",
    "build_index",
    "open_index",
]
