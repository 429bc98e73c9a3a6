"""Titles with accents and names in Chinese letters, and words that stand for values elsewhere."""

import polars as pl
import pytest

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.schema import Field, Kind, Schema
from sommelier.tools.lexicon import Lexicon

SCHEMA = Schema(
    fields=(
        Field(name="item_id", kind=Kind.ID),
        Field(name="title", kind=Kind.TITLE),
        Field(name="genres", kind=Kind.TAGS),
        Field(name="directors", kind=Kind.TAGS, people=True),
    )
)
ROWS = [
    ("Les Misérables", ["Drama"], ["Ladj Ly"]),
    ("L'Été dernier", ["Drama"], ["Catherine Breillat"]),
    ("Das weiße Band", ["Drama"], ["Michael Haneke"]),
    ("Die Brücke", ["War"], ["Bernhard Wicki"]),
    ("Straße der Verdammnis", ["Western"], ["Jack Smight"]),
    ("À bout de souffle", ["Crime"], ["Jean-Luc Godard"]),
    ("花樣年華", ["Romance"], ["王家卫"]),
    ("流浪地球", ["科幻"], ["郭帆"]),
    ("盗梦空间", ["Science Fiction"], ["克里斯托弗·诺兰"]),
]


@pytest.fixture(scope="module")
def lexicon():
    rows = [
        {"item_id": str(n), "title": title, "genres": genres, "directors": people}
        for n, (title, genres, people) in enumerate(ROWS)
    ]
    types = {field.name: DTYPES[field.kind] for field in SCHEMA}
    return Lexicon(Catalog(pl.DataFrame(rows, schema=types), SCHEMA))


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("les miserables", 0),
        ("LES MISERABLES", 0),
        ("l'ete dernier", 1),
        ("das weisse band", 2),
        ("die brucke", 3),
        ("strasse der verdammnis", 4),
        ("a bout de souffle", 5),
        ("花样年华", 6),
        ("花樣年華", 6),
        ("《流浪地球》", 7),
    ],
)
def test_titles_are_found_without_their_accents_and_in_either_writing(lexicon, said, number):
    assert lexicon.titles.exact(said) == [number]


@pytest.mark.parametrize(
    ("said", "number"),
    [("花漾年华", 6), ("流浪地秋", 7), ("盗梦空", 8), ("die bruecke", 3), ("盗梦的空间", 8)],
)
def test_one_wrong_letter_is_near(lexicon, said, number):
    [(found, likeness), *_] = lexicon.titles.find(said)
    assert found == number
    assert 66 <= likeness < 100


def test_another_part_of_a_series_is_never_as_good_as_certain(lexicon):
    [(found, likeness)] = lexicon.titles.find("流浪地球2")
    assert found == 7
    assert likeness < 88


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("爱情", "Romance"), ("爱情片", "Romance"), ("战争电影", "War"),
        ("science fiction", "Science Fiction"),
        ("科幻片", "科幻"), ("诺兰", None), ("sci-fi", "科幻"),
    ],
)  # fmt: skip
def test_common_words_of_one_language_find_the_values_of_another(lexicon, said, value):
    assert [entry.value for entry in lexicon.values(said)][:1] == ([value] if value else [])


def test_people_are_found_by_any_part_of_a_foreign_name_but_not_by_a_letter(lexicon):
    assert [e.value for e in lexicon.people("诺兰")] == ["克里斯托弗·诺兰"]
    assert [e.value for e in lexicon.people("克里斯托弗")] == ["克里斯托弗·诺兰"]
    assert lexicon.people("卫") == []
