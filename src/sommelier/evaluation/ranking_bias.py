"""What a language model's rankings owe to the order of the list and to fame, not to the person.

Made from the records that the engine `prompted` tells. Where a list stood decides much with small
models and some with large ones; it can be told only where the orders shown were drawn at random,
so from several rounds or from candidates that came shuffled. Knows no model and no right answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sommelier.engines.prompted import Ranked, Round
from sommelier.errors import UsageError
from sommelier.types import Ints

__all__ = ["PopularityBias", "PositionBias", "popularity_bias", "position_bias"]


@dataclass(frozen=True)
class PositionBias:
    """Looks at lists of one length; all by the slot in which a candidate was shown, from the first.

    Without bias every slot has the mean rank (n + 1) / 2 and the share 1 / n, `slope` is 0, and
    `tau` is 1 if the model is sure of its order.
    """

    looks: int
    mean_rank: tuple[float, ...]  # where a slot's candidate came out, 1 is the top
    first: tuple[float, ...]  # the share of looks in which a slot's candidate came out on top
    slope: float  # Spearman of slot and rank: 1 repeats the list, -1 turns it round
    tau: float | None  # mean Kendall correlation of two looks at the same candidates; None: no two


@dataclass(frozen=True)
class PopularityBias:
    """Mean Spearman correlation of a high place and the number of events; 1: the best known first.

    Over queries whose candidates are not all equally well known.
    """

    queries: int
    model: float
    base: float  # of the order that the candidates came in


def position_bias(records: Iterable[Ranked]) -> PositionBias:
    """Return what became of each slot, over all looks of the commonest length.

    UsageError if there is no look at all.
    """
    told = [record for record in records if record.rounds]
    if not told:
        raise UsageError("No list was put in order, so nothing can be said of its slots.")
    (n, _), *_ = Counter(len(record.candidates) for record in told).most_common(1)
    told = [record for record in told if len(record.candidates) == n]
    looks = [look for record in told for look in record.rounds]
    ranks = np.stack([_ranks(look)[list(look.shown)] for look in looks])  # [n_looks, n_slots]
    slots = np.arange(n)
    return PositionBias(
        looks=len(looks),
        mean_rank=tuple((ranks.mean(axis=0) + 1).round(3).tolist()),
        first=tuple((ranks == 0).mean(axis=0).round(4).tolist()),
        slope=round(float(np.mean([_spearman(slots, row) for row in ranks])), 4),
        tau=_agreement(told),
    )


def popularity_bias(records: Iterable[Ranked], counts: Ints) -> PopularityBias:
    """Return how far fame explains the model's orders, and those that it was given.

    `counts` [n_items] are training events. UsageError if no list tells the two apart.
    """
    pairs = []
    for record in records:
        fame = counts[record.candidates]
        if record.rounds and len(np.unique(fame)) > 1:
            places = -np.arange(len(fame))
            pairs.append((_spearman(counts[record.order], places), _spearman(fame, places)))
    if not pairs:
        raise UsageError("No list with items of different popularity was put in order.")
    model, base = np.mean(pairs, axis=0).round(4).tolist()
    return PopularityBias(len(pairs), model, base)


def _ranks(look: Round) -> Ints:
    """Return the rank of each candidate [n], from 0, by its place in the base's order."""
    ranks = np.empty(len(look.ranked), np.int64)
    ranks[list(look.ranked)] = np.arange(len(ranks))
    return ranks


def _agreement(records: Sequence[Ranked]) -> float | None:
    from scipy.stats import kendalltau

    found = [
        float(kendalltau(_ranks(one), _ranks(other)).statistic)
        for record in records
        for one, other in combinations(record.rounds, 2)
    ]
    return round(float(np.mean(found)), 4) if found else None


def _spearman(one: Ints, other: Ints) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)
