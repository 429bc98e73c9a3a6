"""What the rules brain understands of single requests, over three catalogues."""

import pytest

from sommelier.agent.plan import Ask, Filter

COMEDY, HORROR = "genres CONTAINS 'Comedy'", "genres CONTAINS 'Horror'"
REQUESTS = [
    # values: case, plural, politeness, several words, synonyms
    ("cinema", "comedies", [COMEDY]),
    ("cinema", "Comedy", [COMEDY]),
    ("cinema", "a comedy please", [COMEDY]),
    ("cinema", "show me some comedies", [COMEDY]),
    ("cinema", "I'm in the mood for a comedy", [COMEDY]),
    ("cinema", "do you have any horror films?", [HORROR]),
    ("cinema", "could you recommend me a western", ["genres CONTAINS 'Western'"]),
    ("cinema", "sci-fi", ["genres CONTAINS 'Science Fiction'"]),
    ("cinema", "science fiction films", ["genres CONTAINS 'Science Fiction'"]),
    ("cinema", "funny films", [COMEDY]),
    ("cinema", "scary movies", [HORROR]),
    ("cinema", "kids films", ["genres CONTAINS 'Family'"]),
    ("books", "crime", ["genres CONTAINS 'Crime'"]),
    ("shop", "norrland products", ["brand = 'Norrland'"]),
    ("shop", "kitchen", ["category = 'Kitchen'"]),
    ("shop", "something black", ["colours CONTAINS 'black'"]),
    # lands and their people
    ("cinema", "british comedies", [COMEDY, "countries CONTAINS 'United Kingdom'"]),
    ("cinema", "american horror", [HORROR, "countries CONTAINS 'United States'"]),
    ("cinema", "a film from Spain", ["countries CONTAINS 'Spain'"]),
    # numbers: units, bounds, ranges, years and decades
    ("cinema", "films under 100 minutes", ["runtime < 100"]),
    ("cinema", "something under two hours", ["runtime < 120"]),
    ("cinema", "less than an hour and a half", ["runtime < 90"]),
    ("cinema", "longer than 2 hours", ["runtime > 120"]),
    ("cinema", "at most 95 minutes", ["runtime <= 95"]),
    ("cinema", "95 minutes or less", ["runtime <= 95"]),
    ("cinema", "minimum rating 7.5", ["average_rating >= 7.5"]),
    ("cinema", "no longer than 100 minutes", ["runtime <= 100"]),
    ("cinema", "between 90 and 110 minutes", ["runtime BETWEEN 90 AND 110"]),
    ("cinema", "90 to 110 minutes", ["runtime BETWEEN 90 AND 110"]),
    ("cinema", "at least 7.5 stars", ["average_rating >= 7.5"]),
    ("cinema", "rated above 8", ["average_rating > 8"]),
    ("cinema", "films from 1994", ["year = 1994"]),
    ("cinema", "films from the 90s", ["year BETWEEN 1990 AND 1999"]),
    ("cinema", "eighties films", ["year BETWEEN 1980 AND 1989"]),
    ("cinema", "before 1960", ["year < 1960"]),
    ("cinema", "after 2000", ["year > 2000"]),
    ("cinema", "since 2010", ["year >= 2010"]),
    ("cinema", "between 1990 and 2000", ["year BETWEEN 1990 AND 2000"]),
    ("cinema", "a comedy from the 90s", [COMEDY, "year BETWEEN 1990 AND 1999"]),
    ("cinema", "horror before 1980 under 95 minutes", [HORROR, "year < 1980", "runtime < 95"]),
    ("books", "crime books under 10 euros", ["genres CONTAINS 'Crime'", "price < 10"]),
    (
        "books",
        "space books from the 50s",
        ["genres CONTAINS 'Space'", "year BETWEEN 1950 AND 1959"],
    ),
    ("shop", "products between $20 and $40", ["price BETWEEN 20 AND 40"]),
    ("shop", "$20 to $40", ["price BETWEEN 20 AND 40"]),
    ("shop", "toys for less than 15 dollars", ["category = 'Toys'", "price < 15"]),
    ("shop", "audio products rated above 4.5", ["category = 'Audio'", "rating > 4.5"]),
    ("shop", "over $100", ["price > 100"]),
    # how far a negation reaches
    ("cinema", "nothing above 2 hours, comedies", ["runtime <= 120", COMEDY]),
    ("cinema", "no horror, comedies", [f"NOT {HORROR}", COMEDY]),
    # days
    ("shop", "released after 2020", ["released > '2020-12-31'"]),
    ("shop", "products from 2023", ["released BETWEEN '2023-01-01' AND '2023-12-31'"]),
    ("shop", "newer than 2022", ["released > '2022-12-31'"]),
    # yes or no
    ("shop", "toys that are in stock", ["category = 'Toys'", "in_stock = true"]),
    ("shop", "available lighting", ["category = 'Lighting'", "in_stock = true"]),
    ("shop", "not available", ["in_stock = false"]),
    ("shop", "lighting that is not in stock", ["category = 'Lighting'", "in_stock = false"]),
    # negation
    ("cinema", "no horror", [f"NOT {HORROR}"]),
    ("cinema", "comedy but not romance", [COMEDY, "NOT genres CONTAINS 'Romance'"]),
    (
        "cinema",
        "thrillers without ghosts",
        ["genres CONTAINS 'Thriller'", "NOT keywords CONTAINS 'ghost'"],
    ),
    ("cinema", "anything but horror", [f"NOT {HORROR}"]),
    ("cinema", "everything except horror", [f"NOT {HORROR}"]),
    ("cinema", "nothing with Tom Harker", ["NOT cast CONTAINS 'Tom Harker'"]),
    (
        "cinema",
        "dramas, not from the 90s",
        ["genres CONTAINS 'Drama'", "NOT year BETWEEN 1990 AND 1999"],
    ),
    ("shop", "no toys, no audio", ["NOT category = 'Toys'", "NOT category = 'Audio'"]),
    ("shop", "kitchen but not norrland", ["category = 'Kitchen'", "NOT brand = 'Norrland'"]),
    # either, both
    ("cinema", "comedy or horror", ["genres CONTAINS_ANY ('Comedy', 'Horror')"]),
    ("cinema", "comedies and westerns", ["genres CONTAINS_ANY ('Comedy', 'Western')"]),
    ("cinema", "romantic comedy", [COMEDY, "genres CONTAINS 'Romance'"]),
    ("cinema", "crime thrillers", ["genres CONTAINS 'Crime'", "genres CONTAINS 'Thriller'"]),
    ("shop", "something from Kumora or Halden", ["brand IN ('Kumora', 'Halden')"]),
    ("shop", "red or green toys", ["colours CONTAINS_ANY ('red', 'green')", "category = 'Toys'"]),
    ("books", "crime or poetry", ["genres CONTAINS_ANY ('Crime', 'Poetry')"]),
    # people
    ("cinema", "films by Ana Lindgren", ["directors CONTAINS 'Ana Lindgren'"]),
    ("cinema", "films with Tom Harker", ["cast CONTAINS 'Tom Harker'"]),
    ("cinema", "anything directed by Okafor", ["directors CONTAINS 'Paul Okafor'"]),
    ("cinema", "films with Hugo Lindgren", ["cast CONTAINS 'Hugo Lindgren'"]),
    ("cinema", "Solano comedies", ["cast CONTAINS 'Mia Solano'", COMEDY]),
    ("cinema", "films with Moreau", ["cast CONTAINS_ANY ('Vera Moreau', 'Jean Moreau')"]),
    # slips of the pen
    ("cinema", "comdies", [COMEDY]),
    (
        "cinema",
        "thrilers from the 90s",
        ["genres CONTAINS 'Thriller'", "year BETWEEN 1990 AND 1999"],
    ),
    ("shop", "products from Brightwel", ["brand = 'Brightwell'"]),
    # a list with nothing hard in it
    ("cinema", "preferably from the 90s", []),
    ("cinema", "films about space", []),
    ("cinema", "something slow", []),
    ("cinema", "the longest film", []),
]


@pytest.mark.parametrize(("world", "said", "meant"), REQUESTS)
def test_a_request_means_these_hard_conditions(plan, filters, wheres, world, said, meant):
    asked = plan(world, said)
    assert filters(world, asked) == wheres(world, *meant)
    assert asked.steps[-1].kind == "rank"


@pytest.mark.parametrize(
    ("said", "n"),
    [
        ("two comedies", 2),
        ("give me 3 comedies", 3),
        ("ten films from the 90s", 10),
        ("a comedy", 5),
        ("100 comedies", 5),
    ],
)
def test_a_number_before_the_noun_is_the_length_of_the_list(plan, rank_of, said, n):
    assert rank_of(plan("cinema", said)).n == n


@pytest.mark.parametrize(
    ("world", "said", "meant"),
    [
        ("cinema", "the longest film", ("runtime", True, 1)),
        ("cinema", "the shortest comedy", ("runtime", False, 1)),
        ("cinema", "the three newest dramas", ("year", True, 3)),
        ("cinema", "oldest films", ("year", False, 5)),
        ("cinema", "best rated thriller", ("average_rating", True, 1)),
        ("shop", "the cheapest toys", ("price", False, 5)),
        ("shop", "the most expensive toy", ("price", True, 1)),
    ],
)
def test_a_superlative_sorts(plan, rank_of, world, said, meant):
    step = rank_of(plan(world, said))
    assert (step.sort, step.descending, step.n) == meant


@pytest.mark.parametrize(
    ("world", "said", "field"),
    [
        ("cinema", "crime, preferably from the 90s", "year"),
        ("cinema", "a comedy, ideally with Tom Harker", "cast"),
        ("cinema", "a comedy under 100 minutes if possible", "runtime"),
        ("cinema", "a short comedy", "runtime"),
        ("cinema", "a recent thriller", "year"),
        ("shop", "cheap toys", "price"),
        ("shop", "not too expensive toys", "price"),
        ("shop", "audio, preferably in stock", "in_stock"),
    ],
)
def test_a_polite_or_vague_condition_is_a_wish_and_no_demand(plan, rank_of, world, said, field):
    asked = plan(world, said)
    assert field in {soft.where.get("field") for soft in rank_of(asked).prefer}
    assert not any(
        step.where.get("field") == field for step in asked.steps if step.kind == "filter"
    )


@pytest.mark.parametrize(
    ("world", "said", "words"),
    [
        ("cinema", "films about space", {"space"}),
        ("cinema", "something slow about letters", {"slow", "letters"}),
        ("cinema", "a film with robots", {"robots"}),
        ("books", "books about murder", {"murder"}),
        ("shop", "something waterproof", {"waterproof"}),
    ],
)
def test_words_that_are_no_field_go_to_the_text(plan, rank_of, world, said, words):
    assert set(rank_of(plan(world, said)).text.split()) == words


@pytest.mark.parametrize(
    ("world", "said", "titles"),
    [
        ("cinema", "like The Paper Lighthouse", ["The Paper Lighthouse"]),
        ("cinema", "something like marzipan street", ["Marzipan Street"]),
        ("cinema", "similar to Moth and The Iron Orbit", ["Moth", "The Iron Orbit"]),
        ("cinema", "films like the iron orbt", ["The Iron Orbit"]),
        ("cinema", "in the style of Penguin Parade", ["Penguin Parade"]),
        ("cinema", "comedies like The Cartographer’s Daughter", ["The Cartographer's Daughter"]),
        ("books", "something like Slow Light", ["Slow Light"]),
    ],
)
def test_likeness_names_its_items(plan, named, world, said, titles):
    assert named(world, plan(world, said)) == titles


@pytest.mark.parametrize(
    ("said", "item"),
    [
        ("like Night Ferry from 1958", "f05"),
        ("like Night Ferry (2011)", "f06"),
        ("something like night ferry 2011", "f06"),
        ("like Night Ferry", "f05"),
    ],
)
def test_a_year_beside_a_title_says_which_one(plan, filters, said, item):
    asked = plan("cinema", said)
    assert asked.steps[0].to[0].item == item
    assert not filters("cinema", asked)


@pytest.mark.parametrize(
    ("said", "field", "op"),
    [
        ("like Marzipan Street but shorter", "runtime", "<"),
        ("like Marzipan Street but longer", "runtime", ">"),
        ("like The Paper Lighthouse but newer", "year", ">"),
        ("something like Seven Doors Down but older", "year", "<"),
    ],
)
def test_a_comparative_compares_with_the_item_named(plan, said, field, op):
    asked = plan("cinema", said)
    [step] = [s for s in asked.steps if s.kind == "filter"]
    assert (step.where["field"], step.where["op"]) == (field, op)
    assert step.where["value"]["step"] == 1


def test_a_quality_word_beside_a_title_is_matched_by_meaning(plan, rank_of):
    step = rank_of(plan("cinema", "like Moth but funnier"))
    assert step.text == "funny"
    assert step.prefer[0].where == {"field": "genres", "op": "contains", "value": "Comedy"}


def test_likeness_and_conditions_go_together(plan, filters, wheres, named):
    asked = plan("cinema", "comedies like The Iron Orbit from the 90s")
    assert filters("cinema", asked) == wheres("cinema", COMEDY, "year BETWEEN 1990 AND 1999")
    assert named("cinema", asked) == ["The Iron Orbit"]


@pytest.mark.parametrize(
    ("said", "topic"),
    [("comdies", "guessed"), ("films like the iron orbt", None), ("films with Moreau", "any_of")],
)
def test_what_was_guessed_is_told(plan, said, topic):
    topics = [note.topic for note in plan("cinema", said).notes]
    assert topics == [topic] if topic else topics[0] in ("took", "guessed")


def test_a_range_without_a_field_keeps_both_ends_in_every_answer_to_the_question(plan):
    asked = plan("cinema", "something between 100 and 120")
    wheres = [f.where for ask in asked.of(Ask) for o in ask.options for f in o.plan.of(Filter)]
    wheres += [step.where for step in asked.of(Filter)]  # where one field alone can hold it
    assert wheres
    assert all(where["value"] == [100.0, 120.0] for where in wheres)
