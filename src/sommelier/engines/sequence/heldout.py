"""Everybody's last event, held out: which they are, whom to ask, and what an answer is worth.

Full ranking, as in `sommelier.evaluation`: every item that the person has not met competes, and
whoever met the held-out item before is not asked.
"""

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.types import Bools, Floats, Ints, Nums

__all__ = ["asked", "gains", "last_events"]

_K = 10


def last_events(log: Interactions) -> Bools:
    """Return which events [n_events] are the last ones of somebody who has others."""
    last = np.zeros(len(log), bool)
    last[log.starts[1:][np.diff(log.starts) > 1] - 1] = True
    return last


def asked(log: Interactions, count: int, seed: int) -> Ints:
    """Return up to `count` people, rising, whose last event can be asked for."""
    people = np.flatnonzero([_new(history) for history in log.histories()])
    if len(people) > count:
        people = np.sort(np.random.default_rng(seed).choice(people, count, replace=False))
    return people


def gains(scores: Floats, wanted: Ints) -> Floats:
    """Return NDCG@10 of each row of scores [n, n_items] whose one right item is `wanted` [n].

    What must not be found has the score minus infinity.
    """
    reached = scores[np.arange(len(wanted)), wanted][:, None]
    better = (scores > reached).sum(axis=1)
    return np.where(better < _K, 1.0 / np.log2(better + 2.0), 0.0)


def _new(history: Nums) -> bool:
    """Say whether the last event of a history can be asked for: there are others, all different."""
    return len(history) > 1 and not np.any(history[:-1] == history[-1])
