"""What single cells say, in the many ways in which files say it."""

import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.infer.cells import as_date, as_flag, as_list, as_number, as_text, split


@pytest.mark.parametrize(
    ("cells", "numbers", "unit"),
    [
        (["$12.99", "$1,299.00", ""], [12.99, 1299.0, None], "USD"),
        (["12,99 €", "3,50 €"], [12.99, 3.5], "EUR"),
        (["142 min", "90 min"], [142.0, 90.0], "minutes"),
        (["1h 20m", "2 h", "PT1H5M"], [80.0, 120.0, 65.0], "minutes"),
        (["$5.00 - $9.00", "$2"], [5.0, 2.0], "USD"),
        (["28,341,469", "-3", "1e3"], [28341469.0, -3.0, 1000.0], ""),
        (["12 pages", "soon", None], [12.0, None, None], "pages"),
        (["n/a", "nan", "5%"], [None, None, 5.0], "percent"),
    ],
)
def test_quantities_are_read_with_their_unit(cells, numbers, unit):
    found, said = as_number(pl.Series("n", cells))
    assert (found.to_list(), said) == (numbers, unit)


@given(st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False)))
def test_any_number_written_plainly_is_read_back(numbers):
    cells = [None if number is None else repr(number) for number in numbers]
    assert as_number(pl.Series("n", cells, pl.String))[0].to_list() == numbers


def test_numbers_that_are_none_are_missing():
    assert as_number(pl.Series([1.0, float("nan"), float("inf")]))[0].to_list() == [1, None, None]


@pytest.mark.parametrize(
    "cell",
    ["2001-02-03", "2001-02-03T10:00:00Z", "2001/02/03", "03-Feb-2001", "3 Feb 2001",
     "Feb 3, 2001", "February 3, 2001", "02 3, 2001", "02/03/2001", "03.02.2001"],
)  # fmt: skip
def test_days_are_read_in_the_usual_forms(cell):
    assert as_date(pl.Series([cell, None, "soon"])).to_list() == [dt.date(2001, 2, 3), None, None]


def test_seconds_and_milliseconds_are_days():
    day = [dt.date(2001, 9, 9)]
    assert as_date(pl.Series([1_000_000_000])).to_list() == day
    assert as_date(pl.Series([1_000_000_000_000])).to_list() == day


def test_yes_and_no_are_read_in_the_usual_words():
    cells = ["Yes", "n", "1", "FALSE", "perhaps", None]
    assert as_flag(pl.Series(cells)).to_list() == [True, False, True, False, None, None]


def test_html_is_taken_out_of_prose():
    cells = ["<p>Fish &amp; <b>chips</b></p><script>x</script>", "a < b", "&lt;i&gt;x&lt;/i&gt;"]
    assert as_text(pl.Series(cells)).to_list() == ["Fish & chips", "a < b", "x"]


def test_empty_words_are_missing():
    assert as_text(pl.Series(["", "  ", "N/A", "null", "None", "0"])).to_list() == [None] * 5 + [
        "0"
    ]


@pytest.mark.parametrize(
    ("cells", "lists"),
    [
        (['[{"id": 1, "name": "Action"}]', "[]"], [["Action"], []]),
        (["['a', 'b']", '["c"]'], [["a", "b"], ["c"]]),
        ([["x", "x", " y "], None], [["x", "y"], None]),
        ([[["Toys", "Games"]], []], [["Toys", "Games"], []]),
    ],
)
def test_lists_in_cells_are_read(cells, lists):
    assert as_list(pl.Series("t", cells)).to_list() == lists


def test_splitting_keeps_order_and_drops_repeats_and_blanks():
    cells = pl.Series("t", ["a| b||a", None, "(no genres listed)"])
    assert split(cells, "|").to_list() == [["a", "b"], None, []]
