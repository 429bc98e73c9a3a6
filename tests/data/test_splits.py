"""Splits divide a log without loss, without leak, and always the same way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.interactions import Interactions
from sommelier.data.splits import by_time, k_core, leave_last_out
from sommelier.errors import UsageError

N_ITEMS = 5


@st.composite
def logs(draw):
    sizes = draw(st.lists(st.integers(0, 6), max_size=5))
    users = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    items = draw(st.lists(st.integers(0, N_ITEMS - 1), min_size=len(users), max_size=len(users)))
    times = [
        time
        for size in sizes
        for time in sorted(draw(st.lists(st.integers(0, 9), min_size=size, max_size=size)))
    ]
    return Interactions(
        [f"u{user}" for user in range(len(sizes))],
        users,
        np.array(items, np.int32),
        N_ITEMS,
        times=np.array(times, np.int64),
    )


def events(log):
    return sorted(zip(log.users.tolist(), log.times.tolist(), log.items.tolist(), strict=True))


@given(logs())
def test_the_parts_together_are_the_log(log):
    for split in (leave_last_out(log), by_time(log), by_time(log, at=(3, 6))):
        parts = (split.train, split.validation, split.test)
        assert sorted(event for part in parts for event in events(part)) == events(log)


@given(logs())
def test_leaving_the_last_out_takes_the_last_two_of_those_with_three(log):
    split = leave_last_out(log)
    for user in range(log.n_users):
        whole = log.history(user).tolist()
        cut = len(whole) - 2 if len(whole) >= 3 else len(whole)
        assert split.train.history(user).tolist() == whole[:cut]
        assert split.validation.history(user).tolist() == whole[cut : cut + 1]
        assert split.test.history(user).tolist() == whole[cut + 1 :]


@given(logs())
def test_a_split_in_time_never_learns_from_the_future(log):
    split = by_time(log, share=0.2)
    for earlier, later in ((split.train, split.validation), (split.validation, split.test)):
        if len(earlier) and len(later):
            assert earlier.times.max() < later.times.min()


def test_a_share_of_the_events_is_held_out():
    log = Interactions(
        ["u"], np.zeros(100, np.int32), np.zeros(100, np.int32), 1, times=np.arange(100)
    )
    split = by_time(log, share=0.1)
    assert (len(split.train), len(split.validation), len(split.test)) == (80, 10, 10)


@given(logs(), st.integers(1, 3))
def test_a_core_has_k_events_for_each_that_is_left_and_is_the_largest_such(log, k):
    core = k_core(log, k)
    for counts in (np.bincount(core.users), np.bincount(core.items)):
        assert (counts[counts > 0] >= k).all()
    again = k_core(core, k)
    assert events(again) == events(core)
    if k == 1:
        assert events(core) == events(log)


def test_a_log_without_times_cannot_be_divided_at_a_moment():
    log = Interactions(["u"], np.zeros(1, np.int32), np.zeros(1, np.int32), 1)
    with pytest.raises(UsageError, match="leave-last-out"):
        by_time(log)


@pytest.mark.parametrize("wrong", [{"share": 0.5}, {"share": 0.0}, {"at": (5, 4)}])
def test_moments_that_make_no_sense_are_refused(wrong):
    log = Interactions(["u"], np.zeros(1, np.int32), np.zeros(1, np.int32), 1, times=np.array([1]))
    with pytest.raises(UsageError):
        by_time(log, **wrong)
