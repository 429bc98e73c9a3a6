"""Words to values, people, fields and titles."""

import pytest

from sommelier.testing import agents, worlds


@pytest.fixture
def lexicon(cinema_box):
    return cinema_box.lexicon


def values(entries):
    return {(entry.field, entry.value) for entry in entries}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("comedy", ("genres", "Comedy")),
        ("Comedies", ("genres", "Comedy")),
        ("SCIENCE  fiction", ("genres", "Science Fiction")),
        ("science-fiction", ("genres", "Science Fiction")),
        ("sci-fi", ("genres", "Science Fiction")),
        ("westerns", ("genres", "Western")),
        ("united states", ("countries", "United States")),
        ("tom harker", ("cast", "Tom Harker")),
        ("beekeeper", None),
    ],
)
def test_a_value_is_found_up_to_case_plural_and_synonym(lexicon, said, meant):
    assert values(lexicon.values(said)) == ({meant} if meant else set())


def test_a_value_that_stands_in_several_fields_is_found_in_each(lexicon):
    assert values(lexicon.values("war")) == {("genres", "War"), ("keywords", "war")}


def test_an_entry_counts_the_items_that_carry_it(lexicon):
    [comedy] = lexicon.values("comedy")
    assert comedy.count == 6


def test_people_are_found_by_their_last_name_most_frequent_first(lexicon):
    found = lexicon.people("Lindgren")
    assert [(e.value, e.field) for e in found] == [
        ("Ana Lindgren", "directors"),
        ("Hugo Lindgren", "cast"),
    ]
    assert {e.value for e in lexicon.people("moreau")} == {"Jean Moreau", "Vera Moreau"}
    assert lexicon.people("tom") == []  # a first name is not enough


def test_keywords_are_loose_and_genres_and_people_are_not(lexicon):
    assert lexicon.loose("keywords")
    assert not lexicon.loose("genres")
    assert not lexicon.loose("cast")  # many, but each a fact
    assert not lexicon.loose("year")


def test_a_misspelt_value_is_near_and_ranked_by_likeness(lexicon):
    entry, likeness = lexicon.near_values("thrillar")[0]
    assert entry.value == "Thriller"
    assert 84 <= likeness < 100
    assert lexicon.near_values("xylophone") == []


def test_words_of_the_prose_and_the_keywords_are_ordinary_and_names_are_not(lexicon):
    assert {"police", "planet", "farm", "scary"} <= lexicon.ordinary
    assert not {"harker", "lindgren", "solano"} & lexicon.ordinary


def test_fields_are_found_by_name_alias_and_plural(lexicon):
    assert [f.name for f in lexicon.fields("director")] == ["directors"]
    assert [f.name for f in lexicon.fields("actors")] == ["cast"]
    assert [f.name for f in lexicon.fields("average rating")] == ["average_rating"]
    assert lexicon.fields("weight") == []


def test_main_values_are_the_most_frequent_of_the_first_facet(lexicon):
    assert lexicon.main_values(3) == ["Comedy", "Drama", "Thriller"]


def test_number_fields_are_those_whose_range_holds_the_value(lexicon):
    assert [f.name for f in lexicon.number_fields(120)] == ["runtime"]
    assert [f.name for f in lexicon.number_fields(1990)] == ["year"]
    assert lexicon.number_fields(50_000) == []


def test_quantiles_pass_over_missing_values(lexicon, cinema_box):
    known = cinema_box.catalog.table["runtime"].drop_nulls()
    assert lexicon.quantile("runtime", 0) == known.min()
    assert lexicon.quantile("runtime", 1) == known.max()
    assert lexicon.quantile("runtime", 0.5) == pytest.approx(known.median())


def test_together_says_whether_one_item_carries_all(lexicon):
    assert lexicon.together("genres", ["Comedy", "Romance"])
    assert not lexicon.together("genres", ["Comedy", "Western"])
    assert lexicon.together("genres", [])


def test_a_label_has_the_year_where_there_is_one(lexicon, ids):
    assert lexicon.label_of(ids["Moth"]) == "Moth (2008)"
    assert lexicon.label_of(ids["A Short History of Rain"]) == "A Short History of Rain"


def test_a_catalogue_of_titles_alone_has_an_empty_vocabulary(bare_box):
    bare_box.lexicon.warm()
    assert bare_box.lexicon.values("comedy") == []
    assert bare_box.lexicon.people("lindgren") == []
    assert bare_box.lexicon.main_values(4) == []
    assert bare_box.lexicon.label(0) == bare_box.catalog.titles[0]


@pytest.mark.parametrize("name", sorted(worlds.WORLDS))
def test_every_value_of_every_world_finds_itself(name):
    box = agents.toolbox(worlds.WORLDS[name](80))
    for field in box.lexicon.value_fields:
        for word in box.lexicon.postings(field.name).words:
            assert (field.name, word) in values(box.lexicon.values(word))
