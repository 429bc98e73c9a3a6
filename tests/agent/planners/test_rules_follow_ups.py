"""Follow-ups: what the rules brain makes of a message after a list."""

import pytest

from sommelier.agent.plan import Say


@pytest.fixture
def after(cinema_agent, talk):
    """Say several messages in one conversation; returns the last turn."""

    def said(*messages):
        return talk(cinema_agent.chat(), *messages)[-1]

    return said


COMEDY, DRAMA = "genres CONTAINS 'Comedy'", "genres CONTAINS 'Drama'"
NINETIES = "year BETWEEN 1990 AND 1999"


@pytest.mark.parametrize(
    ("messages", "meant"),
    [
        # a follow-up adds
        (["comedies", "from the 90s"], [COMEDY, NINETIES]),
        (["comedies", "under 100 minutes"], [COMEDY, "runtime < 100"]),
        (["comedies", "no romance"], [COMEDY, "NOT genres CONTAINS 'Romance'"]),
        (["comedies", "with Tom Harker"], [COMEDY, "cast CONTAINS 'Tom Harker'"]),
        (["comedies", "only from Spain"], [COMEDY, "countries CONTAINS 'Spain'"]),
        (["dramas", "but not slow", "after 2000"], [DRAMA, "year > 2000"]),
        (
            ["comedies", "from the 90s", "no crime"],
            [COMEDY, NINETIES, "NOT genres CONTAINS 'Crime'"],
        ),
        # a follow-up replaces what it contradicts
        (["films from the 90s", "from the 80s instead"], ["year BETWEEN 1980 AND 1989"]),
        (["comedies from the 90s", "from the 60s"], [COMEDY, "year BETWEEN 1960 AND 1969"]),
        (["comedies", "what about dramas?"], [DRAMA]),
        (["comedies", "dramas instead"], [DRAMA]),
        (["films under 100 minutes", "under 90 minutes"], ["runtime < 90"]),
        # a new request begins anew
        (["comedies from the 90s", "show me westerns"], ["genres CONTAINS 'Western'"]),
        (["comedies", "I want a horror film"], ["genres CONTAINS 'Horror'"]),
        (["no horror", "start over", "westerns"], ["genres CONTAINS 'Western'"]),
        # more of the same
        (["dramas", "more"], [DRAMA]),
        (["comedies from the 90s", "what else?"], [COMEDY, NINETIES]),
        (["dramas", "another one"], [DRAMA]),
    ],
)
def test_a_message_after_a_list_is_laid_over_it_or_begins_anew(
    after, filters, wheres, messages, meant
):
    assert filters("cinema", after(*messages).plan) == wheres("cinema", *meant)


@pytest.mark.parametrize(
    ("said", "field", "lower"),
    [
        ("shorter ones", "runtime", True),
        ("something shorter", "runtime", True),
        ("longer", "runtime", False),
        ("newer", "year", False),
        ("too long", "runtime", True),
        ("too old", "year", False),
        ("older ones please", "year", True),
    ],
)
def test_a_comparative_compares_with_the_list_on_the_table(cinema_agent, talk, said, field, lower):
    first, then = talk(cinema_agent.chat(), "thrillers", said)
    values = [item.row[field] for item in first.items]
    mean = sum(values) / len(values)
    assert then.items
    assert all(
        (i.row[field] < mean + 1) if lower else (i.row[field] > mean - 1) for i in then.items
    )


def test_more_never_repeats_and_says_when_all_were_shown(cinema_agent, talk):
    turns = talk(cinema_agent.chat(), "dramas", "more", "more")
    shown = [item.item_id for turn in turns[:2] for item in turn.items]
    assert len(shown) == len(set(shown)) == 6
    assert not turns[2].items
    assert "all" in turns[2].reply.lower()


@pytest.mark.parametrize(
    "said", ["go back", "back", "undo", "the previous list", "go back to the list before"]
)
def test_going_back_shows_the_earlier_list(cinema_agent, talk, said):
    first, _, back = talk(cinema_agent.chat(), "comedies", "from the 90s", said)
    assert [i.item_id for i in back.items] == [i.item_id for i in first.items]


def test_going_back_without_an_earlier_list_says_so(after):
    assert "earlier" in after("comedies", "go back").reply


@pytest.mark.parametrize(
    "said",
    ["not the second", "not the second one", "remove the second", "I don't like the second one"],
)
def test_a_refused_place_is_never_shown_again(cinema_agent, talk, said):
    first, then = talk(cinema_agent.chat(), "two comedies", said)
    assert first.items[1].item_id not in [item.item_id for item in then.items]
    assert then.plan.steps[0].kind == "react"
    assert then.plan.steps[0].items[0].item == first.items[1].item_id


@pytest.mark.parametrize(
    "said",
    [
        "I have seen the first",
        "I've seen Nine Umbrellas",
        "already seen it",
        "I already have Nine Umbrellas",
    ],
)
def test_what_was_seen_is_not_suggested_again(cinema_agent, talk, said):
    turns = talk(
        cinema_agent.chat(), "one comedy by Ana Lindgren", said, "comedies by Ana Lindgren"
    )
    react = turns[1].plan.steps[0]
    assert (react.kind, react.feedback) == ("react", "seen")
    seen = react.items[0].item
    assert seen not in [item.item_id for item in turns[2].items]


def test_i_will_take_the_first_is_an_acceptance(cinema_agent, talk):
    first, then = talk(cinema_agent.chat(), "comedies", "I'll take the first one")
    assert first.items[0].title in then.reply
    [event] = cinema_agent.store.feedback(session_id=cinema_agent.store.sessions()[0].id)
    assert (event.item_id, event.feedback_type) == (first.items[0].item_id, "accept")


@pytest.mark.parametrize(
    "said", ["why the first?", "why 1?", "why the first one", "explain the first"]
)
def test_why_gives_reasons_for_that_item(cinema_agent, talk, said):
    first, why = talk(cinema_agent.chat(), "comedies", said)
    assert first.items[0].title in why.reply
    assert "Comedy" in why.reply
    assert not why.items


def test_why_these_gives_reasons_for_all_of_them(cinema_agent, talk):
    first, why = talk(cinema_agent.chat(), "three comedies", "why these?")
    assert all(item.title in why.reply for item in first.items)


@pytest.mark.parametrize(
    "said",
    ["compare 1 and 3", "compare the first and the third", "compare the first with the third"],
)
def test_places_are_compared(cinema_agent, talk, said):
    first, then = talk(cinema_agent.chat(), "comedies", said)
    assert first.items[0].title in then.reply
    assert first.items[2].title in then.reply
    assert "runtime" in then.reply


def test_titles_are_compared_without_any_list(after):
    reply = after("compare Moth and The Little Tram").reply
    assert "Moth (2008) / The Little Tram (1989)" in reply
    assert "84 minutes / 76 minutes" in reply


@pytest.mark.parametrize(
    "said", ["like the second", "more like the second", "something like the second one"]
)
def test_the_second_can_be_the_seed(cinema_agent, talk, said):
    first, then = talk(cinema_agent.chat(), "comedies", said)
    assert then.plan.of(type(then.plan.steps[0]))[0].to[0].item == first.items[1].item_id


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("who directed it?", "directors"),
        ("how long is it?", "runtime"),
        ("when was it made?", "year"),
    ],
)
def test_it_is_the_item_just_spoken_of(cinema_agent, talk, said, field):
    *_, then = talk(cinema_agent.chat(), "tell me about Moth", said)
    [step] = then.plan.steps
    assert (step.items[0].item, step.fields) == ("f09", (field,))


def test_a_waiting_question_is_answered_by_yes_by_place_or_by_name(after):
    assert "without" not in after("westerns after 2000", "yes").reply
    assert after("like The Lest Beekeeper", "the second").plan.steps[0].to[0].item == "f04"
    assert after("recommend something", "comedy").items
    assert not after("westerns after 2000", "no").items


def test_another_message_than_an_answer_is_taken_as_it_is(after, filters, wheres):
    turn = after("westerns after 2000", "show me dramas")
    assert filters("cinema", turn.plan) == wheres("cinema", DRAMA)


def test_thanks_after_praise_are_thanks(after):
    assert after("comedies", "perfect, thanks").plan.of(Say)[0].topic == "thanks"


def test_the_best_of_a_list_does_not_recite_the_list(cinema_agent, talk):
    _, shortest = talk(cinema_agent.chat(), "comedies", "the shortest of those")
    assert "those just shown" in shortest.reply
    assert " or " not in shortest.reply
    assert all("as you asked" not in reason for reason in shortest.items[0].reasons)
