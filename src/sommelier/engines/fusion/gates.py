"""How much each member counts: for how long a history, and for how well known an item.

A member's weight for a query and an item is base + (by the length of the history) + (by the item's
training events); the last two are drawn as straight lines between knots on a log scale. No part is
negative: a member can be ignored but never contradicted.

Learned by a listwise softmax over candidates with L-BFGS-B; each person counts 1 / log2(1 + best
rank of the right item among the members), because nobody can lift what all members put low. Knows
arrays only.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sommelier.types import Floats, Ints, Nums

__all__ = ["Lesson", "Weights", "learn"]

_LENGTHS = (1, 4, 16, 64, 256)
_COUNTS = (0, 1, 4, 16, 64, 256, 1024)
_ROUNDS = 200


@dataclass(frozen=True, eq=False)
class Lesson:
    """Candidates of people whose right item is known and listed by some member."""

    scores: Floats  # [n_candidates, n_members], as they are summed; people one after another
    starts: Ints  # [n_people] where each one's candidates begin
    right: Ints  # [n_people] which candidate is right
    best: Ints  # [n_people] the best rank, from 1, that a member gives the right one
    lengths: Ints  # [n_people] of the histories
    counts: Ints  # [n_candidates] training events of the items


@dataclass(frozen=True, eq=False)
class Weights:
    """The learned weights, none negative."""

    base: NDArray[np.float64]  # [n_members]
    lengths: NDArray[np.float64]  # [n_members, n_knots]
    counts: NDArray[np.float64]  # [n_members, n_knots]

    @classmethod
    def equal(cls, n_members: int) -> "Weights":
        """Return weight 1 for every member: what stands where nothing can be learned."""
        return cls(
            np.ones(n_members),
            np.zeros((n_members, len(_LENGTHS))),
            np.zeros((n_members, len(_COUNTS))),
        )

    def of_queries(self, lengths: Ints) -> Floats:
        """Return the part that depends on the query, float32 [n_queries, n_members]."""
        return np.asarray(self.base + _hats(lengths, _LENGTHS) @ self.lengths.T, np.float32)

    def of_items(self, counts: Ints) -> Floats:
        """Return the part that depends on the item, float32 [n_items, n_members]."""
        return np.asarray(_hats(counts, _COUNTS) @ self.counts.T, np.float32)


def learn(lesson: Lesson, *, reg: float, reg_gates: float) -> Weights:
    """Return the weights that best put the right candidates first; equal ones for no people."""
    from scipy.optimize import minimize

    start = Weights.equal(lesson.scores.shape[1])
    if not len(lesson.starts):
        return start
    scores = lesson.scores.astype(np.float64)
    short, known = _hats(lesson.lengths, _LENGTHS), _hats(lesson.counts, _COUNTS)
    person = np.repeat(
        np.arange(len(lesson.starts)), np.diff([*lesson.starts.tolist(), len(scores)])
    )
    share = 1.0 / np.log2(1.0 + lesson.best)
    share /= share.sum()
    first = _joined(start)
    ridge = np.repeat([reg, reg_gates], [len(start.base), len(first) - len(start.base)])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = _parted(flat, len(start.base))
        gates = (weights.base + short @ weights.lengths.T)[person] + known @ weights.counts.T
        total = np.einsum("ij,ij->i", scores, gates)
        highest = np.maximum.reduceat(total, lesson.starts)
        mass = np.exp(total - highest[person])
        whole = np.add.reduceat(mass, lesson.starts)
        missed = share @ (np.log(whole) + highest - total[lesson.right])
        pull = mass / whole[person] * share[person]
        pull[lesson.right] -= share
        pulled = scores * pull[:, None]
        by_person = np.add.reduceat(pulled, lesson.starts)
        slope = _joined(Weights(by_person.sum(axis=0), by_person.T @ short, pulled.T @ known))
        away = flat - first
        return float(missed + ridge @ away**2), slope + 2 * ridge * away

    bounds = [(0.0, None)] * len(first)
    found = minimize(
        loss, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _ROUNDS}
    )
    return _parted(found.x, len(start.base))


def _hats(amounts: Ints | Nums, knots: tuple[int, ...]) -> NDArray[np.float64]:
    """Return how near each amount is to each knot [n, n_knots]; rows sum to one."""
    places = np.log2(1.0 + np.asarray(knots, np.float64))
    given = np.log2(1.0 + np.asarray(amounts, np.float64))
    return np.stack([np.interp(given, places, peak) for peak in np.eye(len(knots))], axis=1)


def _joined(weights: Weights) -> NDArray[np.float64]:
    return np.concatenate([weights.base, weights.lengths.ravel(), weights.counts.ravel()])


def _parted(flat: NDArray[np.float64], n: int) -> Weights:
    middle = n * (1 + len(_LENGTHS))
    return Weights(flat[:n], flat[n:middle].reshape(n, -1), flat[middle:].reshape(n, -1))
