"""Questions about facts, counts and values; titles that are not quite right."""

import pytest

from sommelier.agent.plan import Ask, Lookup, Say
from sommelier.data.predicates import All, from_json


@pytest.mark.parametrize(
    ("world", "said", "titles", "field"),
    [
        ("cinema", "who directed Moth?", ["Moth"], "directors"),
        ("cinema", "who's in Marzipan Street?", ["Marzipan Street"], "cast"),
        ("cinema", "who stars in Marzipan Street", ["Marzipan Street"], "cast"),
        ("cinema", "when was The Little Tram released?", ["The Little Tram"], "year"),
        ("cinema", "how long is the little tram?", ["The Little Tram"], "runtime"),
        ("cinema", "what is the rating of Moth?", ["Moth"], "average_rating"),
        ("cinema", "what genre is Moth?", ["Moth"], "genres"),
        ("cinema", "is Moth a comedy?", ["Moth"], "genres"),
        ("cinema", "where is Orchard of Salt from?", ["Orchard of Salt"], "countries"),
        ("books", "when was Slow Light published?", ["Slow Light"], "year"),
        ("books", "what does Moss cost?", ["Moss"], "price"),
        ("books", "how much is Nine Alibis?", ["Nine Alibis"], "price"),
    ],
)
def test_a_question_about_one_item_looks_that_field_up(plan, named, world, said, titles, field):
    asked = plan(world, said)
    assert named(world, asked) == titles
    assert asked.of(Lookup)[0].fields == (field,)


@pytest.mark.parametrize(
    ("said", "meant", "where"),
    [
        ("how many comedies are there?", ("count",), ["genres CONTAINS 'Comedy'"]),
        ("how many films after 2000?", ("count",), ["year > 2000"]),
        ("how many films are there?", ("count",), []),
        (
            "how many horror films before 2000 do you have?",
            ("count",),
            ["genres CONTAINS 'Horror'", "year < 2000"],
        ),
        (
            "what is the average runtime of comedies?",
            ("mean", "runtime"),
            ["genres CONTAINS 'Comedy'"],
        ),
        ("which genres are there?", ("values", "genres"), []),
        ("what countries do you have?", ("values", "countries"), []),
        ("who has directed the most films?", ("most", "directors"), []),
        (
            "which director has made the most comedies?",
            ("most", "directors"),
            ["genres CONTAINS 'Comedy'"],
        ),
    ],
)
def test_a_question_about_many_items_is_an_aggregate(plan, boxes, wheres, said, meant, where):
    [step] = plan("cinema", said).steps
    assert (step.aggregate, *step.fields) == meant
    tree = boxes["cinema"].check(from_json(step.where)) if step.where else All(())
    parts = set(tree.parts) if isinstance(tree, All) else {tree}
    assert parts == wheres("cinema", *where)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("who directed Moth?", "Dana Whitcombe"),
        ("how long is The Little Tram?", "76 minutes"),
        ("how many comedies are there?", "6 films"),
        ("what is the average runtime of comedies?", "103.3 minutes"),
        ("which genres are there?", "Western (1)"),
        ("who has directed the most films?", "3"),
        ("what is the rating of My Cousin the Senator?", "doesn't say"),
        ("how many westerns after 2000?", "No film"),
        ("tell me about Penguin Parade", "81 minutes"),
        ("what is The Iron Orbit about?", "mutiny"),
    ],
)
def test_answers_hold_the_fact(cinema_agent, talk, said, told):
    [turn] = talk(cinema_agent.chat(), said)
    assert told in turn.reply
    assert not turn.items


@pytest.mark.parametrize(
    "said", ["like Casablanca", "who directed Casablanca?", "films like Zorblax the Great"]
)
def test_an_unknown_title_is_said_to_be_unknown(plan, said):
    asked = plan("cinema", said)
    assert [step.topic for step in asked.of(Say)] == ["unknown_title"]
    assert len(asked.steps) == 1


@pytest.mark.parametrize(
    "said",
    [
        "like The Lest Beekeeper",
        "tell me about The Lest Beekeeper",
        "compare The Lest Beekeeper and Moth",
    ],
)
def test_a_doubtful_title_is_asked_about_and_never_replaced(plan, said):
    [step] = plan("cinema", said).of(Ask)
    assert step.question == "did_you_mean"
    labels = [option.label for option in step.options]
    assert labels == ["The Last Beekeeper (2003)", "The Lost Beekeeper (2019)"]


@pytest.mark.parametrize(
    "said",
    [
        "like The Iron Orbt",
        "who directed Marzipan Steet?",
        "I loved Seven Doors Dwon",
        "tell me about peguin parade",
    ],
)
def test_a_likely_title_is_taken_openly(cinema_agent, talk, said):
    [turn] = talk(cinema_agent.chat(), said)
    assert [note.topic for note in turn.plan.notes] in (["took"], ["guessed"])
    assert turn.reply.startswith("I ")


def test_an_unknown_person_is_said_to_be_unknown(plan):
    [step] = plan("cinema", "films by Christopher Nolan").steps
    assert (step.topic, step.about) == ("unknown_name", "Christopher Nolan")


@pytest.mark.parametrize(
    ("said", "question"),
    [
        ("recommend something", "empty"),
        ("I'm bored", "empty"),
        ("I don't know what to watch", "empty"),
        ("a comedy that is not a comedy", "contradiction"),
        ("before 1960 and after 1990", "contradiction"),
        ("under 80 minutes and over 120 minutes", "contradiction"),
    ],
)
def test_an_empty_or_contradictory_request_asks_back(plan, said, question):
    [step] = plan("cinema", said).steps
    assert (step.kind, step.question) == ("ask", question)
    assert step.options


def test_an_empty_request_of_a_known_person_is_answered_by_taste(plan):
    assert [s.kind for s in plan("cinema", "recommend something", known=True).steps] == ["rank"]


@pytest.mark.parametrize(
    ("said", "topic"),
    [
        ("hi", "greet"), ("hello there", "greet"), ("Good evening!", "greet"),
        ("thanks", "thanks"), ("thank you so much", "thanks"), ("bye", "bye"),
        ("how are you?", "how"), ("who are you?", "who"), ("are you a robot?", "who"),
        ("help", "help"), ("what can you do?", "help"), ("what's the weather", "off_topic"),
        ("tell me a joke", "off_topic"), ("what do you know about me?", "profile"),
    ],
)  # fmt: skip
def test_small_talk_is_answered_without_a_list(plan, said, topic):
    assert [(step.kind, step.topic) for step in plan("cinema", said).steps] == [("say", topic)]


def test_nothing_that_fits_is_said_and_a_way_out_is_offered(cinema_agent, talk):
    [turn] = talk(cinema_agent.chat(), "westerns after 2000")
    assert not turn.items
    assert turn.asked.question == "relax"
    assert "no film here fits" in turn.reply


def test_a_limit_on_a_field_called_average_is_no_question_for_a_mean(plan, filters, wheres):
    for said in ("films with an average rating over 7", "average rating above 7"):
        found = plan("cinema", said)
        assert not found.of(Lookup)
        assert filters("cinema", found) == wheres("cinema", "average_rating > 7")
    asked = plan("cinema", "what is the average rating of comedies?")
    assert asked.of(Lookup)[0].aggregate == "mean"
