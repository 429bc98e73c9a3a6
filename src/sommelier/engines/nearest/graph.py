"""The largest inner products by walking a graph of neighbours (HNSW, Malkov & Yashunin 2018).

Built by faiss, whose plain graph of inner products misses items: long vectors draw all links. Here
the links are made between vectors whose length is the square root of their own, and are walked by
the true products. What a walk finds is scored anew from the engine's own vectors. How wide it must
be is measured when the graph is built; where even the widest walk misses too much, `recall` tells.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from sommelier.engines.nearest.asked import Allowed, Vectors, checked, finite, places, pool
from sommelier.engines.nearest.exact import Exact
from sommelier.engines.ranking import Ranking, best, each
from sommelier.errors import WorkspaceError
from sommelier.extras import load
from sommelier.types import Bools, Floats, Ints, Nums

__all__ = ["EXTRA", "FILE", "Graph"]

EXTRA = "index"  # of the package: what brings faiss
FILE = "nearest.faiss"

_LINKS, _CARE = 32, 100  # M and efConstruction: measured in benchmarks/speed/nearest.py
_WIDTHS = (100, 200, 300, 500, 800, 1200, 2000, 3000, 5000)  # efSearch, tried in turn
_RECALL = 0.99  # aimed at when the width is chosen, so that the .98 of the promise has a margin
_K = 100  # the length of list for which the width is measured
_STEP = 16  # vectors that a walk compares for each place of its width, about
_BLOCK = 65_536  # vectors added at once


@dataclass(frozen=True, eq=False)
class Graph:
    """Links between `vectors` [n_items, size]; searches as `Exact` does, but may miss a few.

    A list is never short of what exists: a search that finds fewer, or has few items to choose
    from, looks at every allowed vector.
    """

    vectors: Vectors
    threads: int
    links: Any  # faiss.IndexHNSW; its efSearch is the measured width
    recall: float = float("nan")  # at 100, as measured by `build`; not kept in the file

    @classmethod
    def build(cls, vectors: Vectors, samples: Floats, *, threads: int = 0) -> Self:
        """Link all vectors, then choose the width by `samples` of queries [n, size].

        NotInstalled without faiss; DataError for vectors that are not finite. One thread makes the
        same graph every time; several may link in another order.
        """
        faiss = load("faiss", extra=EXTRA)
        from threadpoolctl import threadpool_limits

        finite(vectors, "item")
        kind = faiss.ScalarQuantizer.QT_fp16
        links = faiss.IndexHNSWSQ(vectors.shape[1], kind, _LINKS, faiss.METRIC_INNER_PRODUCT)
        links.hnsw.efConstruction = _CARE
        with threadpool_limits(threads or None, "openmp"):
            _add(links, vectors, damped=True)
            links.storage.reset()
            _add(links.storage, vectors, damped=False)
        width, recall = _width(vectors, links, checked(samples, _K, vectors))
        links.hnsw.efSearch = width
        return cls(vectors, threads, links, recall)

    @classmethod
    def open(cls, path: Path, vectors: Vectors, *, threads: int = 0) -> Self:
        """Map the file that `write` made; NotInstalled without faiss, WorkspaceError if strange."""
        faiss = load("faiss", extra=EXTRA)
        try:
            links = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise _strange(path, "it cannot be read") from error
        if not isinstance(links, faiss.IndexHNSWSQ) or (links.ntotal, links.d) != vectors.shape:
            raise _strange(path, "it is of other vectors")
        return cls(vectors, threads, links)

    def write(self, path: Path) -> None:
        """Write the graph and its half-precision vectors."""
        load("faiss", extra=EXTRA).write_index(self.links, str(path))

    @property
    def width(self) -> int:
        """How many places the walk of a list of 100 has."""
        return int(self.links.hnsw.efSearch)

    def search(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: Allowed | None = None,
        exclude: Sequence[Nums] | None = None,
    ) -> Ranking:
        """Return k items of large products, as `Exact.search` does; a few may be missed."""
        asked = checked(queries, k, self.vectors)
        near = self.near(asked, k, allowed=allowed, exclude=exclude)
        items = np.full((len(asked), k), -1, np.int32)
        scores = np.full((len(asked), k), -np.inf, np.float32)
        for row, found in enumerate(near):
            if found is not None:
                products = self.vectors[found].astype(np.float32, copy=False) @ asked[row]
                chosen = best(products[None], k)[0]
                items[row, : len(chosen)], scores[row, : len(chosen)] = (
                    found[chosen],
                    products[chosen],
                )
        rest = [row for row, found in enumerate(near) if found is None]
        if rest:
            some = None if exclude is None else [exclude[row] for row in rest]
            exact = Exact(self.vectors, self.threads)
            whole = exact.search(asked[rest], k, allowed=allowed, exclude=some)
            items[rest], scores[rest] = whole.items, whole.scores
        return Ranking(items, scores)

    def near(
        self,
        queries: Floats,
        k: int,
        *,
        allowed: Allowed | None = None,
        exclude: Sequence[Nums] | None = None,
        spare: int = 2,
    ) -> list[Nums | None]:
        """Return up to `spare` x k items for each query, rising: surely k or all that exist.

        None where every allowed item should be looked at instead: they are few, the walk found
        fewer than there are, or the query is zero and nothing is near it.
        """
        asked, n_items = checked(queries, k, self.vectors), len(self.vectors)
        among = pool(allowed, n_items)
        mask = None if among is None else _mask(among, n_items)
        gone = places(exclude, among, asked, n_items)
        n_among = n_items if among is None else len(among)
        lists: list[Nums | None] = [None] * len(asked)

        def walk(row: int) -> None:
            width = self._wide(k + len(gone[row]), n_among)
            if width * _STEP < n_among and asked[row].any():
                hidden = gone[row] if among is None else among[gone[row]]
                found = self._walk(asked[row], spare * k, width, mask, hidden)
                if len(found) >= min(k, n_among - len(hidden)):
                    lists[row] = found

        each(walk, range(len(asked) if k else 0), self.threads)
        return lists

    def _wide(self, k: int, n_among: int) -> int:
        """Return the places of a walk for k items when only `n_among` of all may be found."""
        share = n_among / max(1, len(self.vectors))
        return int(self.width * max(1.0, k / _K) / max(share, 1e-9))

    def _walk(
        self, query: Floats, k: int, width: int, mask: Bools | None, gone: Ints | Nums
    ) -> Nums:
        """Return up to k items near the query, rising, none of `gone` nor outside of `mask`."""
        faiss = load("faiss", extra=EXTRA)

        selector = None
        if mask is not None or len(gone):
            left = np.ones(len(self.vectors), bool) if mask is None else mask.copy()
            left[gone] = False
            selector = faiss.IDSelectorBitmap(np.packbits(left, bitorder="little"))
        how = faiss.SearchParametersHNSW(efSearch=width, sel=selector)
        found = self.links.search(query[None], k, params=how)[1][0]
        return np.sort(found[found >= 0]).astype(np.int32)


def _mask(among: Nums, n_items: int) -> Bools:
    mask = np.zeros(n_items, bool)
    mask[among] = True
    return mask


def _add(index: Any, vectors: Vectors, *, damped: bool) -> None:
    """Add vectors in blocks, as they are or with the square root of their length."""
    for first in range(0, len(vectors), _BLOCK):
        block = np.array(vectors[first : first + _BLOCK], np.float32)
        if damped:
            length = np.linalg.norm(block, axis=1, keepdims=True)
            block /= np.sqrt(np.maximum(length, np.finfo(np.float32).tiny))
        index.add(block)


def _width(vectors: Vectors, links: Any, samples: Floats) -> tuple[int, float]:
    """Return the least width that finds enough of the true best, and the share that it finds."""
    faiss = load("faiss", extra=EXTRA)

    k = min(_K, len(vectors))
    right = Exact(vectors).search(samples, k).items
    recall = 0.0
    for width in _WIDTHS:
        how = faiss.SearchParametersHNSW(efSearch=width)
        found = links.search(samples, 2 * k, params=how)[1]
        hits = sum(map(len, map(np.intersect1d, found, right)))
        recall = hits / max(1, right.size)
        if recall >= _RECALL:
            break
    return width, recall


def _strange(path: Path, what: str) -> WorkspaceError:
    return WorkspaceError(
        f"The graph of neighbours {path} is of no use: {what}.",
        hint="Fit the engine again: sommelier fit WORKSPACE",
    )
