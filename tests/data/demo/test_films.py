"""The data files keep their promises: format, vocabulary, uniqueness, ranges, breadth."""

import csv
import gzip
import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import polars as pl
import pytest

from sommelier.data.demo import load_schema
from sommelier.data.demo.fame import famous
from sommelier.data.demo.films import film_id
from sommelier.data.schema import Kind
from sommelier.tools.text import stems

KEYS = [
    "title", "original_title", "year", "genres", "directors", "cast", "countries", "languages",
    "runtime", "content_rating", "keywords", "description",
]  # fmt: skip
LISTS = ["genres", "directors", "cast", "countries", "languages", "keywords"]
GENRES = {
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family",
    "Fantasy", "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Science Fiction",
    "Sport", "Thriller", "War", "Western",
}  # fmt: skip
CONTINENTS = {
    "Africa": {"Nigeria", "Senegal", "South Africa", "Egypt", "Algeria", "Mali", "Ethiopia"},
    "Asia": {"Japan", "India", "China", "South Korea", "Iran", "Thailand", "Indonesia"},
    "Europe": {"France", "Italy", "Poland", "Sweden", "Soviet Union", "Spain", "Romania"},
    "North America": {"United States", "Canada", "Mexico", "Cuba", "Guatemala"},
    "Oceania": {"Australia", "New Zealand"},
    "South America": {"Argentina", "Chile", "Colombia", "Peru", "Venezuela"},
}
# Real words that only look like a plural and its singular.
NO_PLURALS = {"explosive", "explosives"}
# Other cuts and restorations than the one that the tables of others time; and another film.
OTHER_RUNTIMES = {
    "The Castle", "Heavenly Creatures",
    "Nosferatu", "The Big Blue", "The Tin Drum",
    "All Quiet on the Western Front", "Touch of Evil",
    "Andrei Rublev",
}  # fmt: skip
OTHER_YEARS = {"Arsenic and Old Lace", "The Sea Inside"}
# There: the director of the English voices; one name of a couple, spelt otherwise.
OTHER_DIRECTORS = {"When Marnie Was There", "Vikram Vedha"}


def plain(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    return " ".join(re.findall(r"\w+", "".join(c for c in split if not unicodedata.combining(c))))


def test_every_line_has_the_same_keys_in_the_same_order_and_the_right_types(raw):
    for name, film in raw:
        where = (name, film.get("title"))
        assert list(film) == KEYS, where
        assert all(isinstance(film[key], str) and film[key] for key in ("title", "description"))
        assert type(film["year"]) is int, where
        assert film["runtime"] is None or type(film["runtime"]) is int, where
        for key in LISTS:
            assert all(isinstance(v, str) and v == v.strip() and v for v in film[key]), where
            assert len(set(film[key])) == len(film[key]), where
        assert film["original_title"] != film["title"], where


def test_values_lie_in_sensible_ranges(raw):
    for _, film in raw:
        assert 1920 <= film["year"] <= 2025, film["title"]
        assert film["runtime"] is None or 40 <= film["runtime"] <= 400, film["title"]
        assert film["content_rating"] in {None, "G", "PG", "PG-13", "R", "NC-17"}, film["title"]
        assert 1 <= len(film["genres"]) <= 4, film["title"]
        assert 5 <= len(film["keywords"]) <= 8, film["title"]
        assert film["directors"], film["title"]
        assert film["countries"], film["title"]
        assert 60 <= len(film["description"]) <= 420, film["title"]
        assert film["description"][-1] in ".!?", film["title"]


def test_genres_come_from_one_list(raw):
    assert {genre for _, film in raw for genre in film["genres"]} == GENRES


def test_no_film_stands_twice(raw):
    seen = defaultdict(list)
    for _, film in raw:
        for name in {plain(film["title"]), plain(film["original_title"] or film["title"])}:
            for year, directors in seen[name]:
                near = abs(year - film["year"]) <= 1
                assert not (near and directors & set(film["directors"])), film["title"]
        for name in {plain(film["title"]), plain(film["original_title"] or film["title"])}:
            seen[name].append((film["year"], set(film["directors"])))


def test_ids_are_readable_and_unique(films):
    assert film_id("Seven Samurai", 1954) == "seven-samurai-1954"
    assert film_id("8½", 1963) == "8-1-2-1963"
    assert film_id("Schindler's List", 1993) == "schindlers-list-1993"
    assert films["item_id"].n_unique() == films.height
    assert films["item_id"].str.contains(r"^[a-z0-9]+(-[a-z0-9]+)*-\d{4}$").all()
    assert films["item_id"].is_sorted()


def test_there_are_at_least_600_films_of_every_decade_and_continent(films):
    assert films.height >= 600
    decades = films.group_by((pl.col("year") // 10 * 10).alias("decade")).len()
    assert dict(decades.iter_rows()).keys() == {float(year) for year in range(1920, 2021, 10)}
    assert decades["len"].min() >= 20
    countries = Counter(films["countries"].explode().to_list())
    for continent, members in CONTINENTS.items():
        assert sum(countries[country] for country in members) >= 20, continent


@pytest.mark.parametrize("fields", [("directors", "cast"), ("countries",), ("languages",)])
def test_each_name_is_spelt_in_one_way(raw, fields):
    forms = defaultdict(set)
    for _, film in raw:
        for field in fields:
            for name in film[field]:
                forms[plain(name).replace(" ", "")].add(name)
    several = {tuple(sorted(names)) for names in forms.values() if len(names) > 1}
    assert several <= {("Wang Yu-wen", "Wang Yuwen")}  # two people of two generations


def test_each_keyword_has_one_form(raw):
    forms = defaultdict(set)
    for _, film in raw:
        for word in film["keywords"]:
            forms[re.sub(r"[\s-]", "", stems(word))].add(word)
    several = [words for words in forms.values() if len(words) > 1 and not words & NO_PLURALS]
    assert several == []


def test_keywords_are_written_the_british_way(raw):
    words = {word for _, film in raw for keyword in film["keywords"] for word in keyword.split()}
    american = {"color", "colorful", "honor", "humor", "gray", "cozy", "theater", "neighbor",
                "neighbors", "aging", "airplane", "stylized", "jewelry"}  # fmt: skip
    assert not words & american


def test_the_schema_describes_every_column_and_its_synonyms_name_real_values(films):
    schema = load_schema()
    from_the_log = {"average_rating", "popularity"}
    assert {field.name for field in schema} == set(films.columns) | from_the_log
    assert all(field.description for field in schema)
    assert schema.title_field == "title"
    assert schema["runtime"].unit == "minutes"
    assert {field.name for field in schema if field.people} == {"directors", "cast"}
    for field in schema.of(Kind.TAGS, Kind.CATEGORY):
        values = set(films[field.name].explode().to_list())
        assert set(field.synonyms.values()) <= values, field.name
        lower = {str(value).casefold() for value in values}
        assert not lower & {word.casefold() for word in field.synonyms}, field.name
    for name in from_the_log:
        assert "simulated" in schema[name].description


def test_every_famous_film_is_in_the_catalogue(films):
    assert set(famous()) <= set(films["item_id"])
    assert famous() == sorted(set(famous()))


METADATA = Path(__file__).parents[3].parent / "shared" / "data" / "movie-metadata"


def by_title(films):
    found = defaultdict(list)
    for film in films.to_dicts():
        found[plain(film["title"])].append(film)
    return found


def same_length(film, minutes: int) -> bool:
    ours = film["runtime"] or minutes
    return abs(ours - minutes) <= max(8, 0.08 * ours) or film["title"] in OTHER_RUNTIMES


@pytest.mark.real
def test_year_runtime_and_director_agree_with_the_thousand_best_of_another_table(films):
    source = METADATA / "imdb_top_1000.csv"
    if not source.exists():
        pytest.skip("the shared data is not here")
    ours, compared = by_title(films), 0
    with source.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            year = int(row["Released_Year"]) if row["Released_Year"].isdigit() else None
            for film in ours[plain(row["Series_Title"])]:
                names = set(plain(" ".join(film["directors"])).split())
                same = bool(names & set(plain(row["Director"]).split()))
                near = year is None or abs(film["year"] - year) <= 1
                if not same and not near:
                    continue  # another film of the same name
                compared += 1
                assert same or film["title"] in OTHER_DIRECTORS, film["title"]
                assert near or film["title"] in OTHER_YEARS, film["title"]
                assert same_length(film, int(row["Runtime"].split()[0])), film["title"]
    assert compared >= 500


@pytest.mark.real
def test_runtimes_agree_with_a_table_of_older_films(films):
    source = METADATA / "ml1m_movies_tmdb.csv.gz"
    if not source.exists():
        pytest.skip("the shared data is not here")
    ours, compared = by_title(films), 0
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            for film in ours[plain(row["tmdb_title"])]:
                minutes = int(float(row["tmdb_runtime"] or 0))
                if minutes and abs(film["year"] - int(row["year"])) <= 1:
                    compared += 1
                    assert same_length(film, minutes), film["title"]
    assert compared >= 400
