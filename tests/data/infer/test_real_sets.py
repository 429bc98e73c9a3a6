"""The kinds of real catalogues, as a person would state them."""

from pathlib import Path

import pytest

from sommelier.data import sources
from sommelier.data.infer.prepare import prepare
from sommelier.data.settings import Settings

DATA = Path(__file__).parents[3].parent / "shared" / "data"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not DATA.is_dir(), reason="the shared real data sets are not here"),
]
LOG = {"popularity": "number"}
RATED = {"average_rating": "number", **LOG}
SETS = {
    "ml-100k": (
        "film", 100_000, 943, 1_682,
        {"title": "title", "release_date": "date", "imdb_url": "hidden text", "genres": "tags",
         "year": "number", **RATED},
    ),
    "ml-latest-small": (
        "film", 100_836, 610, 9_742,
        {"title": "title", "genres": "tags", "tags": "tags", "year": "number", **RATED},
    ),
    "amazon-beauty-2014": (
        "product", 198_502, 22_363, 12_101,
        {"title": "title", "categories": "tags", "s3rec_id": "hidden category", **LOG},
    ),
    "amazon-beauty-2014/s3rec": ("item", 198_502, 22_363, 12_101, {"attributes": "tags", **LOG}),
    "amazon-toys-2014-s3rec": ("product", 167_597, 19_412, 11_924, {"attributes": "tags", **LOG}),
    "amazon-games-2018": ("game", 440_264, 50_546, 16_859, {"title": "title", **LOG}),
    "amazon-gift-cards-2018": (
        "product", 2_972, 458, 148,
        {"title": "title", "description": "text", "features": "text",
         "categories": "hidden tags", "main_category": "hidden category", "brand": "category",
         "price": "number", **RATED},
    ),
    "amazon-industrial-2018": (
        "product", 22_743, 3_285, 3_686,
        {"title": "title", "description": "text", "brand": "category", **LOG},
    ),
    "amazon-2023-user-reviews": (
        "product", 2_990, 316, 2_807,
        {"title": "title", "categories": "tags", "price": "number", **RATED},
    ),
    "lastfm-hetrec2011": (
        "artist", 92_834, 1_892, 17_632,
        {"name": "title", "url": "hidden text", "picture_url": "hidden text", **LOG},
    ),
    "lastfm-sequences": ("artist", 50_800, 976, 4_606, {"title": "title", **LOG}),
    "book-crossing-small": (
        "book", 45_483, 10_000, 150,
        {"title": "title", "brand": "hidden category", "author": "category", **RATED},
    ),
    "yelp-s3rec": (
        "place", 316_354, 30_431, 20_033, {"title": "title", "categories": "tags", **LOG},
    ),
}  # fmt: skip


def kinds(schema):
    return {field.name: "hidden " * field.hidden + field.kind.value for field in schema}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_read_as_it_was_downloaded(name):
    noun, n_events, n_users, n_items, expected = SETS[name]
    data = prepare(sources.read(DATA / name), Settings())
    assert kinds(data.catalog.schema) == {"item_id": "id", **expected}
    assert (len(data.interactions), data.n_users, data.n_items) == (n_events, n_users, n_items)
    assert data.catalog.schema.noun == noun


def test_tmdb_metadata_with_lists_in_cells():
    file = DATA / "movie-metadata" / "tmdb_5000_movies.csv.zip"
    catalog = prepare(sources.read_named(items=file), Settings()).catalog
    assert kinds(catalog.schema) == {
        "item_id": "id", "title": "title", "budget": "number", "genres": "tags",
        "homepage": "hidden text", "keywords": "tags", "original_language": "category",
        "original_title": "text", "overview": "text", "popularity": "number",
        "production_companies": "tags", "production_countries": "tags", "release_date": "date",
        "revenue": "number", "runtime": "number", "spoken_languages": "tags", "status": "category",
        "tagline": "text", "vote_average": "number", "vote_count": "number", "year": "number",
    }  # fmt: skip
    avatar = catalog.rows([catalog.num("19995")])[0]
    assert avatar["genres"] == ["Action", "Adventure", "Fantasy", "Science Fiction"]
    assert (avatar["year"], avatar["runtime"]) == (2009.0, 162.0)
    assert catalog.schema["genres"].synonyms["sci-fi"] == "Science Fiction"


def test_films_are_called_as_people_call_them():
    catalog = prepare(sources.read(DATA / "ml-latest-small"), Settings()).catalog
    by_title = dict(zip(catalog.titles, catalog.table["year"], strict=True))
    assert by_title["The Matrix"] == 1999.0
    assert by_title["Toy Story"] == 1995.0
    left = [title for title in catalog.titles if title.endswith((", The", ", A", ", An"))]
    assert left == []


def test_descriptions_hold_no_markup():
    catalog = prepare(sources.read(DATA / "amazon-industrial-2018"), Settings()).catalog
    texts = catalog.table["description"].drop_nulls()
    assert not texts.str.contains(r"</?(p|br|b|i|ul|li|span|div|a)\b[^>]*>").any()
    assert not texts.str.contains(r"&(amp|nbsp|quot|#\d+);").any()
