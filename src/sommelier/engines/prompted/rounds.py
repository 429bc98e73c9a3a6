"""Orders to show candidates in, drawn anew for each round, and one ranking made of several.

A model that likes the first of a list, whatever stands there, is told apart from one that likes the
candidate by showing the list in several orders (bootstrapping). Orders are drawn in pairs, each
second one the first one backwards: with an even number of rounds every candidate stands in the
middle of the list on average, so a pull towards either end that grows evenly cancels out wholly,
not only in the long run. Arrays of places only: knows no model and no item.
"""

from collections.abc import Sequence
from itertools import permutations
from math import factorial

import numpy as np

__all__ = ["borda", "shown_orders"]

_FEW = 6  # candidates up to which all orders can be listed


def shown_orders(n: int, rounds: int, seed: Sequence[int]) -> list[tuple[int, ...]]:
    """Return for each round the places 0 to n - 1 in an order; one round is the order as it is.

    No order comes twice, as long as there are enough of them.
    """
    if rounds == 1:
        return [tuple(range(n))]
    rng = np.random.default_rng(list(seed))
    if n <= _FEW and factorial(n) <= rounds:
        everyone = list(permutations(range(n)))
        return [everyone[number % len(everyone)] for number in range(rounds)]
    drawn: dict[tuple[int, ...], None] = {}  # keeps the order in which they came
    while len(drawn) < rounds:
        one = tuple(rng.permutation(n).tolist())
        if one not in drawn:
            drawn[one] = drawn[one[::-1]] = None
    return list(drawn)[:rounds]


def borda(rankings: Sequence[Sequence[int]], n: int) -> list[int]:
    """Return the places 0 to n - 1 by their mean rank over the rankings; ties rise."""
    total = np.zeros(n, np.int64)
    for ranking in rankings:
        total[list(ranking)] += np.arange(n)
    return [int(place) for place in np.argsort(total, kind="stable")]
