"""Packing keeps every cell, in order, without overlaps. Needs no torch."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sommelier.engines.sequence.rows import newest, pack
from sommelier.testing import toy


@given(st.lists(st.integers(0, 9), max_size=30))
def test_every_sequence_lies_whole_in_one_row_behind_its_start_token(sizes):
    sizes = np.array(sizes, np.int64)
    places = np.arange(sizes.sum())
    rows = pack(places, sizes)
    assert rows.places.shape == rows.segments.shape == rows.positions.shape
    assert rows.places.shape[1] == sizes.max(initial=0) + 1
    assert (rows.segments >= 0).sum() == sizes.sum() + len(sizes) == len(rows.cells)
    begins = np.cumsum(sizes) - sizes
    for sequence, (begin, size) in enumerate(zip(begins, sizes, strict=True)):
        row, column = np.nonzero(rows.segments == sequence)
        assert len(set(row)) == 1
        assert rows.places[row, column].tolist() == [0, *range(begin + 1, begin + size + 1)]
        assert rows.positions[row, column].tolist() == list(range(size + 1))
        assert np.diff(column).tolist() == [1] * size
        assert rows.cells[rows.lasts[sequence]] == row[0] * rows.places.shape[1] + column[-1]


def test_many_short_histories_share_a_row():
    rows = pack(np.zeros(9 + 4 * 4, np.int64), np.array([9, 4, 4, 4, 4]))
    assert rows.places.shape == (3, 10)


def test_the_newest_events_are_taken_and_the_last_can_be_left_out():
    log = toy.dataset([[0, 1, 2, 3], [4], []]).interactions
    starts, sizes = newest(log, 2)
    assert (starts.tolist(), sizes.tolist()) == ([2, 4, 5], [2, 1, 0])
    starts, sizes = newest(log, 2, skip=1)
    assert (starts.tolist(), sizes.tolist()) == ([1, 4, 5], [2, 0, 0])
