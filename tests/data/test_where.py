"""The SQL door: what it reads, and that everything else is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.data.predicates import All, Any_, Compare, Not
from sommelier.data.where import parse
from sommelier.errors import PredicateError


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("year = 1999", Compare("year", "=", 1999.0)),
        ("year <> 1999", Compare("year", "!=", 1999.0)),
        ("1990 <= year", Compare("year", ">=", 1990.0)),
        ("price < -2.5", Compare("price", "<", -2.5)),
        ("year BETWEEN 1990 AND 1999", Compare("year", "between", (1990.0, 1999.0))),
        ("year NOT BETWEEN 1 AND 2", Not(Compare("year", "between", (1.0, 2.0)))),
        ("colour IN ('red', 'blue')", Compare("colour", "in", ("red", "blue"))),
        ("colour NOT IN ('red')", Not(Compare("colour", "in", ("red",)))),
        ("genres CONTAINS 'Sci-Fi'", Compare("genres", "contains", "Sci-Fi")),
        ('genres contains "Sci-Fi"', Compare("genres", "contains", "Sci-Fi")),
        ("genres CONTAINS_ANY ('A', 'B')", Compare("genres", "contains_any", ("A", "B"))),
        ("genres CONTAINS_ALL ('A')", Compare("genres", "contains_all", ("A",))),
        ("plot IS NULL", Compare("plot", "is_null")),
        ("plot IS NOT NULL", Not(Compare("plot", "is_null"))),
        ("new IS TRUE", Compare("new", "=", True)),
        ("new", Compare("new", "=", True)),
        ("NOT new", Not(Compare("new", "=", True))),
        ("title LIKE '%night%'", Compare("title", "contains", "night")),
        ("title ILIKE 'heat'", Compare("title", "=", "heat")),
        ('"release year" > 3', Compare("release year", ">", 3.0)),
        (
            "a = 1 AND (b = 2 OR NOT c = 3)",
            All(
                (
                    Compare("a", "=", 1.0),
                    Any_((Compare("b", "=", 2.0), Not(Compare("c", "=", 3.0)))),
                )
            ),
        ),
    ],
)
def test_it_reads(text, tree):
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "cannot be read"),
        ("year >", "cannot be read"),
        ("year = 1; DROP TABLE items", "DROP TABLE"),
        ("SELECT 1", "SELECT"),
        ("DROP TABLE items", "DROP"),
        ("year = (SELECT 1)", "SELECT"),
        ("year IN (SELECT 1)", "SELECT"),
        ("EXISTS (SELECT 1)", "EXISTS"),
        ("LOWER(title) = 'heat'", "LOWER"),
        ("year + 1 = 2000", r"year \+ 1"),
        ("year = other", "other"),
        ("items.year = 1", "items.year"),
        ("title LIKE 'a%b'", "LIKE"),
        ("title LIKE '%'", "LIKE"),
        ("year = -price", "price"),
        ("1 = 1", "1"),
        ("year", None),
        ("CASE WHEN year = 1 THEN 1 END", "CASE"),
        ("year = ?", r"\?"),
        ("@year = 1", "year"),
        ("year::text = '1'", "CAST"),
    ],
)
def test_everything_else_is_refused_with_its_place(text, place):
    if place is None:
        assert parse(text) == Compare("year", "=", True)
        return
    with pytest.raises(PredicateError, match=place):
        parse(text)


def test_a_condition_without_end_is_refused():
    with pytest.raises(PredicateError, match="10,000"):
        parse("a = 1 OR " * 2_000 + "a = 1")
    with pytest.raises(PredicateError, match="cannot be read"):
        parse("(" * 4_000 + "a = 1" + ")" * 4_000)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else_happens(text):
    try:
        parse(text)
    except PredicateError as error:
        assert error.hint


@given(st.text(st.characters(exclude_characters="\x00\\", codec="utf-8"), max_size=20))
def test_any_word_can_be_quoted(word):
    quoted = word.replace("'", "''")
    assert parse(f"genres CONTAINS '{quoted}'") == Compare("genres", "contains", word)


def test_a_long_chain_is_one_flat_list():
    tree = parse(" OR ".join(["a = 1"] * 1_000))
    assert tree == Any_((Compare("a", "=", 1.0),) * 1_000)
