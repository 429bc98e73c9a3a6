"""How sure a number is, and whether a difference is one. Arrays only, seeded.

Per-user values take few different values (a leave-last-out list of ten has eleven), and both
methods below depend on the users only through how often each value occurs. Drawing those counts
instead of the users gives the same distribution at a thousandth of the work.
"""

import numpy as np

from sommelier.evaluation.metrics import Values

__all__ = ["difference", "holm", "interval"]

_DRAWS = 2_000
_CELLS = 4_000_000  # counts held at once


def interval(values: Values, *, seed: int, level: float = 0.95) -> tuple[float, float]:
    """Return the bootstrap percentile interval of the mean over users (Efron 1979)."""
    if not len(values):
        return 0.0, 0.0
    distinct, counts = np.unique(values, return_counts=True)
    rng = np.random.default_rng(seed)
    n = len(values)
    step = max(1, _CELLS // len(distinct))
    means = [
        rng.multinomial(n, counts / n, size=min(step, _DRAWS - done)) @ distinct / n
        for done in range(0, _DRAWS, step)
    ]
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(np.concatenate(means), [tail, 1.0 - tail])
    return float(low), float(high)


def difference(one: Values, other: Values, *, seed: int) -> float:
    """Return the two-sided p of a paired randomisation test: same users, two engines.

    If the engines were alike, each user's difference could as well have the other sign (Smucker,
    Allan and Carterette 2007). The smallest p that can come out is 1 / 2,001.
    """
    distinct, counts = np.unique(np.abs(np.round(one - other, 12)), return_counts=True)
    observed = abs(float(np.sum(one - other)))
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // max(1, len(distinct)))
    as_large = 0
    for done in range(0, _DRAWS, step):
        size = (min(step, _DRAWS - done), len(distinct))
        sums = (2.0 * rng.binomial(counts, 0.5, size=size) - counts) @ distinct
        as_large += int(np.count_nonzero(np.abs(sums) >= observed - 1e-9))
    return (1 + as_large) / (1 + _DRAWS)


def holm(p_values: list[float]) -> list[float]:
    """Return p values corrected for having made several comparisons (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for place, index in enumerate(order.tolist()):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        corrected[index] = highest
    return corrected
