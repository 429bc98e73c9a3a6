"""The log: sorted by user, then time; whatever is read is what was written."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.interactions import Interactions
from sommelier.errors import DataError

ITEMS = ["a", "b", "c", "d"]
INDEX = pl.DataFrame({"item_id": ITEMS}).with_row_index("item_num")


@st.composite
def frames(draw):
    rows = draw(
        st.lists(
            st.tuples(st.sampled_from("xyz"), st.sampled_from(ITEMS), st.integers(0, 3)),
            min_size=0,
            max_size=12,
        )
    )
    frame = pl.DataFrame(
        rows,
        schema={"user_id": pl.String, "item_id": pl.String, "timestamp": pl.Int64},
        orient="row",
    )
    if draw(st.booleans()):
        frame = frame.with_columns(value=pl.lit(0.5), event_type=pl.lit("view"))
    return frame.drop("timestamp") if draw(st.booleans()) else frame


def log_of(frame):
    return Interactions.from_frame(frame, item_index=INDEX, n_items=len(ITEMS))


@given(frames())
def test_histories_are_each_users_items_in_order_of_time_ties_as_given(frame):
    log = log_of(frame)
    assert log.user_ids == list(dict.fromkeys(frame["user_id"]))
    for user_id, user in log.user_index.items():
        rows = [row for row in frame.to_dicts() if row["user_id"] == user_id]
        rows.sort(key=lambda row: row.get("timestamp", 0))
        assert [ITEMS[item] for item in log.history(user)] == [row["item_id"] for row in rows]
    assert [h.tolist() for h in log.histories()] == [
        log.history(user).tolist() for user in range(log.n_users)
    ]


@given(frames())
def test_codes_give_back_the_same_log(frame):
    log = log_of(frame)
    again = Interactions.from_codes(log.to_codes(), user_ids=log.user_ids, n_items=log.n_items)
    for name in ("users", "items", "times", "values", "events"):
        one, two = getattr(log, name), getattr(again, name)
        assert (one is None) == (two is None)
        assert one is None or (one.dtype == two.dtype and np.array_equal(one, two))
    assert again.event_types == log.event_types


@given(frames())
def test_the_matrix_counts_a_pair_once_and_leaves_the_log_as_it_was(frame):
    log = log_of(frame)
    before = log.items.copy()
    matrix = log.matrix()
    assert matrix.nnz == len(set(zip(log.users.tolist(), log.items.tolist(), strict=True)))
    assert set(matrix.data.tolist()) <= {1.0}
    assert np.array_equal(log.items, before)


@given(frames(), st.data())
def test_keeping_a_part_keeps_the_numbers(frame, data):
    log = log_of(frame)
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=len(log), max_size=len(log))), bool)
    part = log.keep(kept)
    assert part.n_users == log.n_users
    assert part.items.tolist() == log.items[kept].tolist()


def test_events_of_unknown_items_are_refused():
    frame = pl.DataFrame({"user_id": ["x"], "item_id": ["zz"]})
    with pytest.raises(DataError, match="does not have"):
        log_of(frame)


def test_events_that_are_not_sorted_by_user_are_refused():
    with pytest.raises(DataError, match="sorted by user"):
        Interactions(["x", "y"], np.array([1, 0], np.int32), np.array([0, 0], np.int32), 4)


def test_kinds_of_events_are_kept_as_words():
    frame = pl.DataFrame(
        {"user_id": ["x", "x"], "item_id": ["a", "b"], "event_type": ["view", None]}
    )
    log = log_of(frame)
    assert [log.event_types[code] for code in log.events] == ["view", ""]
