"""Engines set to one task: fitted, asked, measured, each in the same way and on the same users."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from sommelier.data.catalog import Catalog
from sommelier.data.schema import Kind
from sommelier.engines.base import Engine
from sommelier.engines.making import make_engine
from sommelier.evaluation import metrics
from sommelier.evaluation.protocols import Task
from sommelier.types import Json, Nums

__all__ = ["Measured", "Progress", "attributes", "measure", "measure_all"]

Progress = Callable[[str], None]  # told in words what begins


def _silent(_what: str) -> None:
    return None


@dataclass(frozen=True, eq=False)
class Measured:
    """One engine's outcome: a value per user for accuracy, one number for what lists are like."""

    engine: str
    config: Json
    accuracy: dict[str, metrics.Values]  # measure -> [n_users asked]
    lists: dict[str, float]
    seconds: dict[str, float] = field(
        default_factory=dict
    )  # fit, rank: wall-clock, for orientation

    def mean(self, name: str) -> float:
        """Return one accuracy measure over all users asked."""
        return float(self.accuracy[name].mean())


def measure(engine: Engine, task: Task, vectors: sparse.csr_matrix | None = None) -> Measured:
    """Ask a fitted engine for every user's list and measure it.

    `vectors` [n_items, d] are what diversity is computed from; without them it is left out.
    """
    began = time.perf_counter()
    ranked = engine.recommend(task.queries, task.protocol.k).items
    seconds = time.perf_counter() - began
    hit = metrics.hits(ranked, task.relevant)
    sizes = np.diff(task.relevant.indptr).astype(np.int64)
    return Measured(
        engine=engine.name,
        config=engine.config.model_dump(mode="json"),
        accuracy={name: value(hit, sizes) for name, value in metrics.ACCURACY.items()},
        lists=_lists(ranked, task, vectors),
        seconds={"rank": seconds},
    )


def measure_all(
    engines: Mapping[str, Mapping[str, object]] | Sequence[str],
    task: Task,
    *,
    progress: Progress = _silent,
) -> list[Measured]:
    """Fit and measure engines one after the other; the mapping gives settings by name."""
    wanted = engines if isinstance(engines, Mapping) else {name: {} for name in engines}
    made = [make_engine(name, settings) for name, settings in wanted.items()]
    vectors = attributes(task.train.catalog)
    rows = []
    while made:  # all names and settings are known to be right before the first hour passes
        engine = made.pop(0)  # so that only one engine is held at a time
        progress(f"{engine.name}: fitting on {len(task.train.interactions):,} events")
        began = time.perf_counter()
        engine.fit(task.train)
        fitted = time.perf_counter() - began
        progress(f"{engine.name}: ranking for {len(task):,} users")
        row = measure(engine, task, vectors)
        row.seconds["fit"] = fitted
        rows.append(row)
    return rows


def attributes(catalog: Catalog) -> sparse.csr_matrix | None:
    """Return which item carries which category or tag, CSR ones [n_items, n_words]; None if none.

    Items that share nothing are unlike; this is what diversity means here. A word that a single
    item carries (a number of its own, say) can tell nothing of likeness and is left out.
    """
    fields = [f.name for f in catalog.schema.of(Kind.CATEGORY, Kind.TAGS) if not f.hidden]
    blocks = []
    for name in fields:
        lists = catalog.packed.postings(name)
        cells = (np.ones(len(lists.items), np.float32), lists.items, lists.starts)
        blocks.append(sparse.csc_matrix(cells, shape=(len(catalog), len(lists.words))))
    if not blocks:
        return None
    words = sparse.hstack(blocks, format="csc")
    return words[:, np.diff(words.indptr) > 1].tocsr()


def _lists(ranked: Nums, task: Task, vectors: sparse.csr_matrix | None) -> dict[str, float]:
    n_items, counts = task.train.n_items, task.counts
    found = {
        "coverage": metrics.coverage(ranked, n_items),
        "novelty": metrics.novelty(ranked, counts),
        "popularity": metrics.popularity_percentile(ranked, counts),
        "gini": metrics.gini(ranked, n_items),
    }
    if vectors is not None:
        found["diversity"] = metrics.diversity(ranked, vectors)
    return found
