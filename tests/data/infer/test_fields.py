"""Columns become fields of the right kind."""

import polars as pl
import pytest

from sommelier.data.catalog import DTYPES
from sommelier.data.infer.fields import infer
from sommelier.data.infer.known import field_name, noun_among, plural_of, synonyms
from sommelier.data.schema import Kind

N = 60


def fields_of(kinds=None, **columns):
    n = max(len(cells) for cells in columns.values())
    raw = pl.DataFrame({"item_id": [f"i{row}" for row in range(n)], **columns})
    table, fields = infer(raw, kinds or {})
    assert [table[field.name].dtype for field in fields] == [DTYPES[field.kind] for field in fields]
    return {field.name: field for field in fields}, table


def cycled(*cells):
    return [cells[row % len(cells)] for row in range(N)]


@pytest.mark.parametrize(
    ("name", "cells", "kind", "hidden"),
    [
        ("title", [f"Film {row}" for row in range(N)], Kind.TITLE, False),
        ("overview", [f"A story about the number {row}." for row in range(N)], Kind.TEXT, False),
        ("genres", cycled("Drama|Comedy", "Drama", "Horror"), Kind.TAGS, False),
        ("moods", cycled("calm, sad", "calm, wild", "sad, wild", "calm", "wild"), Kind.TAGS, False),
        ("colour", cycled("red", "blue"), Kind.CATEGORY, False),
        ("director", cycled("Ann Lee", "Bob Ray"), Kind.CATEGORY, False),
        ("director", cycled("Ann Lee, Bob Ray", "Bob Ray"), Kind.TAGS, False),
        ("price", cycled("$3.50", "$4"), Kind.NUMBER, False),
        ("weight_kg", cycled("1.5", "2"), Kind.NUMBER, False),
        ("released", cycled("2001-02-03", "2002-03-04"), Kind.DATE, False),
        ("released", cycled("1999", "2001"), Kind.NUMBER, False),
        ("available", cycled("yes", "no"), Kind.FLAG, False),
        ("is_new", cycled("1", "0"), Kind.FLAG, False),
        ("imdb_id", [f"tt{row:07}" for row in range(N)], Kind.CATEGORY, True),
        ("zip", [f"0{row:04}" for row in range(N)], Kind.CATEGORY, False),
        ("homepage", [f"https://a.org/{row}" for row in range(N)], Kind.TEXT, True),
        ("poster", [f"/{row}.jpg" for row in range(N)], Kind.TEXT, True),
        ("shop", cycled("here"), Kind.CATEGORY, True),
        ("no", list(range(N)), Kind.NUMBER, True),
        ("stars", cycled(4.5, 3.0), Kind.NUMBER, False),
        ("features", [["Strong.", f"Number {row}."] for row in range(N)], Kind.TEXT, False),
        ("labels", cycled(["a", "b"], ["b"]), Kind.TAGS, False),
    ],
)  # fmt: skip
def test_a_column_is_of_its_kind(name, cells, kind, hidden):
    fields, _ = fields_of(**{name: cells, "more": cycled("x", "y")})
    assert (fields[name].kind, fields[name].hidden) == (kind, hidden)


def test_a_column_without_values_is_dropped():
    fields, _ = fields_of(title=cycled("a"), price=cycled(None, ""), tags=cycled([]))
    assert list(fields) == ["item_id", "title"]


def test_the_title_comes_first_and_there_is_one():
    fields, _ = fields_of(
        artist_name=cycled("Ann", "Bob"), track_name=[f"Song {row}" for row in range(N)]
    )
    assert list(fields) == ["item_id", "track_name", "artist_name"]
    assert fields["artist_name"].kind is Kind.CATEGORY


def test_a_catalogue_without_a_known_title_takes_what_names_its_items():
    fields, _ = fields_of(wine=[f"Chateau {row}" for row in range(N)], land=cycled("F", "I"))
    assert fields["wine"].kind is Kind.TITLE


def test_years_in_titles_become_a_field_unless_there_is_one():
    titles = [f"Film {row}, The (19{row + 10})" for row in range(N)]
    fields, table = fields_of(title=titles)
    assert table["title"][0] == "The Film 0"
    assert (fields["year"].minimum, fields["year"].maximum) == (1910.0, 1969.0)
    fields, table = fields_of(title=titles, year=[2000 + row for row in range(N)])
    assert fields["year"].minimum == 2000.0


def test_a_day_of_release_gives_the_year_too():
    fields, _ = fields_of(release_date=cycled("2001-02-03", "1999-01-01"))
    assert fields["year"].examples == ("1999", "2001")


def test_of_two_columns_that_say_the_same_one_is_hidden():
    fields, _ = fields_of(brand=cycled("Ann", "Bob"), author=cycled("Ann", "Bob"))
    assert (fields["brand"].hidden, fields["author"].hidden) == (True, False)
    assert fields["author"].people


def test_people_decide_the_kind():
    fields, table = fields_of(kinds={"genres": Kind.CATEGORY}, genres=cycled("Drama|Comedy", "x"))
    assert fields["genres"].kind is Kind.CATEGORY
    assert table["genres"][0] == "Drama|Comedy"


def test_zero_stands_for_unknown_where_nothing_can_be_zero():
    fields, _ = fields_of(runtime=cycled(0, 90, 100))
    assert (fields["runtime"].minimum, fields["runtime"].unit) == (90.0, "minutes")
    assert fields["runtime"].missing == pytest.approx(1 / 3, abs=1e-3)


def test_facts_come_from_the_values():
    fields, _ = fields_of(genres=cycled("Drama|Comedy", "Drama", None))
    genres = fields["genres"]
    assert (genres.distinct, genres.examples) == (2, ("Drama", "Comedy"))
    assert genres.missing == pytest.approx(1 / 3, abs=1e-3)


def test_synonyms_stand_only_for_values_that_there_are():
    assert synonyms("genres", ["Science Fiction"])["sci-fi"] == "Science Fiction"
    assert synonyms("genres", ["Sci-Fi"])["science fiction"] == "Sci-Fi"
    assert "sci-fi" not in synonyms("genres", ["Sci-Fi", "Science Fiction"])
    assert synonyms("genres", ["Drama"]).keys() == {"dramas"}
    assert synonyms("production_countries", ["United States of America"])["usa"]
    assert synonyms("colour", ["Sci-Fi"]) == {}


@pytest.mark.parametrize(
    ("column", "name"),
    [("movieId", "movie_id"), ("IMDB_Rating", "imdb_rating"), ("pictureURL", "picture_url"),
     ("No. of Votes", "no_of_votes"), ("片名", "片名"), ("#", "column")],
)  # fmt: skip
def test_fields_are_called_in_lower_case_with_underscores(column, name):
    assert field_name(column) == name


def test_names_that_become_the_same_are_told_apart():
    fields, _ = fields_of(**{"Price": cycled(1, 2), "price": cycled(3, 4)})
    assert list(fields)[1:] == ["price", "price_2"]


def test_what_an_item_is_called_follows_from_names():
    assert noun_among(["movieId"]) == "film"
    assert noun_among(["ISBN"]) == "book"
    assert noun_among(["colour"]) == ""
    assert [plural_of(noun) for noun in ("film", "story", "dish", "toy")] == [
        "films", "stories", "dishes", "toys",
    ]  # fmt: skip
