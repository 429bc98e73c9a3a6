"""How well a ranker follows instructions: one right item among many that are nearly right.

The wrong ones are what an engine ranks first for the same person ("hard"), or the whole catalogue.
A ranker is any engine: it gets the history where the instruction has one, and the words spoken.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.engines.instruct.form import Preference
from sommelier.engines.query import Query
from sommelier.errors import DataError
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.evaluation.metrics import Values
from sommelier.types import Floats, Nums

__all__ = ["Followed", "Trial", "follow", "make_trial"]

_TOGETHER = 256  # queries scored at once


@dataclass(frozen=True, eq=False)
class Trial:
    """Instructions and what is to be put in order for each: column 0 is the right item."""

    rows: Sequence[InstructionRow]
    queries: Sequence[Query]
    items: Nums  # [n_rows, 1 + wrong]; without columns beyond the first, the whole catalogue

    @property
    def whole(self) -> bool:
        """Whether the whole catalogue competes."""
        return bool(self.items.shape[1] == 1)


@dataclass(frozen=True, eq=False)
class Followed:
    """Where the right item came to stand for each row, from 0; ties count half."""

    places: Floats

    @property
    def ndcg(self) -> Values:
        """NDCG@10 of each row, one relevant item."""
        return np.where(self.places < 10, 1 / np.log2(self.places + 2), 0.0).astype(np.float64)

    @property
    def hits(self) -> Values:
        """Whether the right item stands among the first ten."""
        return (self.places < 10).astype(np.float64)


def make_trial(
    rows: Sequence[InstructionRow],
    dataset: Dataset,
    proposer: Engine | None = None,
    *,
    wrong: int = 0,
    seed: int = 0,
) -> Trial:
    """Return a trial of `wrong` hard items each, or of the whole catalogue for 0.

    `proposer` ranks for the history alone, the whole of it, whatever the instruction shows; without
    one, or where it has too few, wrong items are drawn at random. DataError without rows.
    """
    if not rows:
        raise DataError("There are no instructions to measure on.")
    if wrong >= dataset.n_items:
        raise DataError(f"{wrong} wrong items were asked for of {dataset.n_items} in all.")
    catalog = dataset.catalog
    targets = catalog.nums(row.target for row in rows)
    met = [catalog.nums(row.history) for row in rows]
    queries = [
        Query(past if row.preference is Preference.IMPLICIT else past[:0], text=row.spoken)
        for row, past in zip(rows, met, strict=True)
    ]
    items = np.empty((len(rows), 1 + wrong), np.int32)
    items[:, 0] = targets
    rng = np.random.default_rng(seed)
    for begin in range(0, len(rows) if wrong else 0, _TOGETHER):
        some = slice(begin, begin + _TOGETHER)
        near = _near(proposer, met[some], wrong)
        for row, found in enumerate(near, begin):
            items[row, 1:] = _wrong(found, targets[row], met[row], wrong, dataset.n_items, rng)
    return Trial(rows, queries, items)


def follow(ranker: Engine, trial: Trial, queries: Sequence[Query] | None = None) -> Followed:
    """Return where a fitted ranker puts the right items; `queries` stand in for the trial's."""
    asked = trial.queries if queries is None else queries
    places = np.empty(len(asked), np.float32)
    for begin in range(0, len(asked), _TOGETHER):
        some = list(asked[begin : begin + _TOGETHER])
        scores = ranker.score(some)
        items = trial.items[begin : begin + _TOGETHER]
        for row, query in enumerate(some):
            right = scores[row, items[row, 0]]
            if trial.whole:
                others = np.delete(scores[row], np.append(query.seen, items[row, 0]))
            else:
                others = scores[row, items[row, 1:]]
            places[begin + row] = (others > right).sum() + (others == right).sum() / 2
    return Followed(places)


def _near(proposer: Engine | None, met: Sequence[Nums], wrong: int) -> Sequence[Nums]:
    if proposer is None:
        return [np.empty(0, np.int32)] * len(met)
    return list(proposer.recommend([Query(past) for past in met], wrong + 1).items)


def _wrong(
    found: Nums, target: int, met: Nums, wrong: int, n_items: int, rng: np.random.Generator
) -> Nums:
    """Return so many wrong items: the engine's, then random ones."""
    kept = found[(found >= 0) & (found != target)][:wrong]
    if len(kept) < wrong:
        rest = np.setdiff1d(np.arange(n_items), np.concatenate([kept, met, [target]]))
        more = rng.choice(rest, min(wrong - len(kept), len(rest)), replace=False)
        kept = np.concatenate([kept, more]).astype(np.int32)
    if len(kept) < wrong:
        raise DataError(f"Only {len(kept)} of {wrong} wrong items are left beside a history.")
    return np.asarray(kept, np.int32)
