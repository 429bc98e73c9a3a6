"""Ways to divide a log into what is learned from and what is asked about.

Every split works on the log's own order (by user, then time, ties as the file gave them), so it is
the same on every run and machine. Parts keep the numbers of users and items. Knows no engine.
"""

from dataclasses import dataclass

import numpy as np

from sommelier.data.interactions import Interactions
from sommelier.errors import UsageError
from sommelier.types import Bools, Ints

__all__ = ["Split", "by_time", "k_core", "leave_last_out"]


@dataclass(frozen=True, eq=False)
class Split:
    """Three parts of one log; together they are the log."""

    train: Interactions
    validation: Interactions
    test: Interactions


def leave_last_out(log: Interactions) -> Split:
    """Each user's last event is test, the one before it validation, the others train.

    Users with fewer than three events stay in train whole, since nothing could be learned of them
    otherwise.
    """
    left = _events_left(log)
    long = np.repeat(np.diff(log.starts) >= 3, np.diff(log.starts))
    return _split(log, validation=long & (left == 1), test=long & (left == 0))


def by_time(log: Interactions, *, share: float = 0.1, at: tuple[int, int] | None = None) -> Split:
    """Events from one moment on are validation, from a later one on test; the same for all users.

    The last `share` of all events in time are test, the `share` before them validation; events of
    the same second stay together. Or `at` gives both moments in seconds since 1970. UsageError
    without times.
    """
    if log.times is None:
        raise UsageError(
            "This log has no times, so it cannot be divided at a moment.",
            hint="Use the protocol leave-last-out, which needs only the order of events.",
        )
    if not 0 < share < 0.5:
        raise UsageError(f"The share lies between 0 and a half, not {share}.")
    first, second = at or (_moment(log.times, 1 - 2 * share), _moment(log.times, 1 - share))
    if first > second:
        raise UsageError("Validation must begin before test.", hint="Swap the two moments.")
    later = log.times >= second
    return _split(log, validation=(log.times >= first) & ~later, test=later)


def k_core(log: Interactions, k: int) -> Interactions:
    """Return the largest part in which every user and every item has at least k events."""
    kept = np.ones(len(log), bool)
    while True:
        users = np.bincount(log.users[kept], minlength=log.n_users)
        items = np.bincount(log.items[kept], minlength=log.n_items)
        enough = kept & (users >= k)[log.users] & (items >= k)[log.items]
        if enough.sum() == kept.sum():
            return log.keep(kept)
        kept = enough


def _split(log: Interactions, *, validation: Bools, test: Bools) -> Split:
    return Split(log.keep(~(validation | test)), log.keep(validation), log.keep(test))


def _events_left(log: Interactions) -> Ints:
    """Return how many events of the same user follow each event."""
    ends = np.repeat(log.starts[1:], np.diff(log.starts))
    return ends - 1 - np.arange(len(log))


def _moment(times: Ints, quantile: float) -> int:
    """Return the time of the event that stands at a quantile."""
    return int(np.quantile(times, quantile, method="higher")) if len(times) else 0
