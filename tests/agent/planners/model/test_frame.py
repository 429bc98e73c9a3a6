"""Frames and clauses: what models write is read back as meant, or refused with a reason."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.agent.planners.model.frame import ACTS, Clause, Frame
from sommelier.errors import UsageError

names = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
values = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9 '.-]{0,10}[A-Za-z0-9]", fullmatch=True).filter(
    lambda text: ".." not in text
)


@given(field=names, sign=st.sampled_from(["=", "<", "<=", ">", ">=", "~"]), value=values)
def test_a_clause_is_read_as_it_was_written(field: str, sign: str, value: str) -> None:
    clause = Clause(field, sign, (value,))  # type: ignore[arg-type]
    assert Clause.read(str(clause)) == clause


@given(field=names, several=st.lists(values, min_size=2, max_size=4))
def test_several_values_mean_any_of_them(field: str, several: list[str]) -> None:
    assert Clause.read(f"{field}={'|'.join(several)}") == Clause(field, "=", tuple(several))


def test_a_range_has_two_ends() -> None:
    clause = Clause.read("year=1990..1999")
    assert clause.between
    assert clause.values == ("1990", "1999")
    assert str(clause) == "year=1990..1999"


@pytest.mark.parametrize(
    ("text", "relative"), [("price<#", "#"), ("price<#2", "#2"), ("price<2", None)]
)
def test_a_clause_may_compare_with_what_was_shown(text: str, relative: str | None) -> None:
    assert Clause.read(text).relative == relative


@pytest.mark.parametrize("text", ["", "genres", "genres=", "=Comedy", "cheap please"])
def test_what_is_no_clause_is_refused_with_the_way_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match="no condition"):
        Clause.read(text)


def test_a_frame_is_written_short_and_read_back() -> None:
    frame = Frame(do="find", told=("like Heat",), like=("Heat",), must=("runtime<120",), n=3)
    assert frame.to_text() == (
        '{"do":"find","told":["like Heat"],"like":["Heat"],"must":["runtime<120"],"n":3}'
    )
    assert Frame.from_json(json.loads(frame.to_text())) == frame


@pytest.mark.parametrize("act", ACTS)
def test_every_act_makes_a_frame_by_itself(act: str) -> None:
    assert Frame.from_json({"do": act}).to_text() == f'{{"do":"{act}"}}'


@pytest.mark.parametrize(
    "data", [{}, {"do": "dance"}, {"do": "find", "n": 0}, {"do": "find", "x": 1}]
)
def test_a_broken_frame_is_refused_with_the_place(data: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="not valid at"):
        Frame.from_json(data)
