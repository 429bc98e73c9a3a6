"""Which search serves a catalogue: the exact scan, or a graph where it is worth its building."""

from pathlib import Path
from typing import TypeAlias

from sommelier.engines.nearest.asked import Vectors, finite
from sommelier.engines.nearest.exact import Exact
from sommelier.engines.nearest.graph import FILE, Graph
from sommelier.errors import NotInstalled
from sommelier.types import Floats

__all__ = ["GRAPH_FROM", "RECALL", "Index", "build_index", "open_index"]

Index: TypeAlias = Exact | Graph

GRAPH_FROM = 20_000_000  # items x size; below it the scan takes about as long: speed/nearest.py
RECALL = 0.98  # of the best 100: a graph that misses more is not kept


def build_index(
    vectors: Vectors, samples: Floats, *, graph_from: int = GRAPH_FROM, threads: int = 0
) -> Index:
    """Return a search of `vectors` [n_items, size]: a graph for `graph_from` numbers and more.

    The exact scan serves for fewer, without faiss, and where a graph finds too little of what
    `samples` of queries [n, size] should. DataError for vectors that are not finite.
    """
    if vectors.size >= graph_from and vectors.size:
        try:
            graph = Graph.build(vectors, samples, threads=threads)
        except NotInstalled:
            pass
        else:
            if graph.recall >= RECALL:
                return graph
    finite(vectors, "item")
    return Exact(vectors, threads)


def open_index(folder: Path, vectors: Vectors, *, threads: int = 0) -> Index:
    """Return the search of what a folder holds: its graph, or the exact scan without one or faiss.

    WorkspaceError for a graph that cannot be read or is of other vectors.
    """
    path = folder / FILE
    if path.exists():
        try:
            return Graph.open(path, vectors, threads=threads)
        except NotInstalled:
            pass
    return Exact(vectors, threads)
