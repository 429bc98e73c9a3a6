"""Times of any form become seconds."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.sources.times import to_seconds

moments = st.datetimes(
    dt.datetime(1980, 1, 1),  # noqa: DTZ001  # hypothesis wants naive bounds
    dt.datetime(2090, 1, 1),  # noqa: DTZ001
)


@given(st.lists(moments, min_size=1), st.data())
def test_a_moment_is_the_same_in_every_form(found, data):
    cells, expected = [], []
    for moment in found:
        seconds = int(moment.replace(tzinfo=dt.UTC).timestamp())
        forms = [str(seconds * unit) for unit in (1, 1000, 10**6)]
        forms += [moment.isoformat(), moment.isoformat(" ")]
        forms += [moment.isoformat() + zone for zone in ("Z", "+00:00")]
        cells.append(data.draw(st.sampled_from(forms)))
        expected.append(seconds)
    read, bad = to_seconds(pl.Series(cells))
    assert (read.to_list(), bad.any()) == (expected, False)


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("1970-01-02", 86_400), ("1970-01-01T02:00:00+02:00", 0), ("01 2, 1970", 86_400),
     ("1970-01-01 00:01", 60), ("-5", -5), (" 7.0 ", 7)],
)  # fmt: skip
def test_written_forms(cell, seconds):
    assert to_seconds(pl.Series([cell, "x"]))[0].to_list() == [seconds, None]


def test_what_is_no_time_is_told_apart_from_what_is_unknown():
    _, bad = to_seconds(pl.Series(["soon", "", None, "2001-02-30", "5"]))
    assert bad.tolist() == [True, False, False, True, False]


def test_columns_that_are_times_already_are_taken():
    moment = dt.datetime(1970, 1, 1, 0, 1, tzinfo=dt.UTC)
    assert to_seconds(pl.Series([moment]))[0].to_list() == [60]
    assert to_seconds(pl.Series([60_000_000_000_000.0]))[0].to_list() == [60_000_000_000]
    assert to_seconds(pl.Series([dt.date(1970, 1, 2)]))[0].to_list() == [86_400]
