"""Titles become what people say."""

import polars as pl
import pytest

from sommelier.data.infer.titles import articles_in_front, without_years


def test_the_year_is_taken_out_of_the_title():
    bare, years = without_years(pl.Series(["Toy Story (1995)", "Roots (1977-)", "Nameless", None]))
    assert bare.to_list() == ["Toy Story", "Roots", "Nameless", None]
    assert years.to_list() == [1995.0, 1977.0, None, None]


def test_a_stray_year_stays_in_its_title():
    assert without_years(pl.Series(["Lamp (2019)", "Table", "Chair", "Bed"])) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Matrix, The", "The Matrix"),
        ("Bug's Life, A", "A Bug's Life"),
        ("Misérables, Les", "Les Misérables"),
        ("Atalante, L'", "L'Atalante"),
        (
            "City of Lost Children, The (Cité des enfants perdus, La)",
            "The City of Lost Children (La Cité des enfants perdus)",
        ),
        ("Good, the Bad and the Ugly, The", "The Good, the Bad and the Ugly"),
        ("Matrix, Themes", "Matrix, Themes"),
        ("Heat", "Heat"),
    ],
)
def test_articles_stand_in_front(written, said):
    assert articles_in_front(pl.Series([written, "Net, The"])).to_list() == [said, "The Net"]


def test_articles_stay_where_the_file_does_not_turn_them():
    titles = pl.Series(["Vitamin complex, A"] + ["Lamp"] * 300)
    assert articles_in_front(titles).to_list() == titles.to_list()
