"""What people say they like, hate, have seen and want forgotten."""

import pytest


def heard(plan):
    return [
        (u.polarity, u.item or u.wish or (u.condition["field"], u.condition["value"]))
        for u in plan.updates
    ]


HORROR, WAR, WESTERN = ("genres", "Horror"), ("genres", "War"), ("genres", "Western")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("I love The Iron Orbit", [("like", "f11")]),
        ("I really loved the iron orbit", [("like", "f11")]),
        ("my favourite film is The Little Tram", [("like", "f15")]),
        ("I enjoyed Moth and The Iron Orbit", [("like", "f09"), ("like", "f11")]),
        ("I loved Seven Doors Dwon", [("like", "f16")]),
        ("I love Doors", [("like", "f16")]),
        ("Moth was boring", [("dislike", "f09")]),
        ("I hated Moth", [("dislike", "f09")]),
        ("I liked Moth but hate The Iron Orbit", [("like", "f09"), ("dislike", "f11")]),
        ("I hate horror", [("dislike", HORROR)]),
        ("I don't like horror movies", [("dislike", HORROR)]),
        ("I hate war films", [("dislike", WAR)]),
        ("I can't stand westerns", [("dislike", WESTERN)]),
        ("never show me westerns", [("avoid", WESTERN)]),
        ("I don't want to see westerns", [("avoid", WESTERN)]),
        ("I love animated films", [("like", ("genres", "Animation"))]),
        ("I like comedies and westerns", [("like", ("genres", "Comedy")), ("like", WESTERN)]),
        ("I love Tom Harker", [("like", ("cast", "Tom Harker"))]),
        ("I can't stand Mia Solano", [("dislike", ("cast", "Mia Solano"))]),
        ("I'm into space", [("like", ("keywords", "space"))]),
        ("I like slow cooking and jazz", [("like", "slow cooking"), ("like", "jazz")]),
    ],
)
def test_an_opinion_is_heard(plan, said, meant):
    assert heard(plan("cinema", said)) == meant


@pytest.mark.parametrize(
    "said",
    ["I'd like a comedy", "I would like to see a western", "I like to laugh, comedies please"],
)
def test_a_polite_request_is_no_opinion(plan, filters, said):
    asked = plan("cinema", said)
    assert ("like", ("genres", "Comedy")) not in heard(asked)
    assert filters("cinema", asked)


def test_an_opinion_and_a_wish_in_one_message_are_both_heard(plan, filters, wheres):
    asked = plan("cinema", "I want to see a comedy but I don't like romance")
    assert heard(asked) == [("dislike", ("genres", "Romance"))]
    assert filters("cinema", asked) == wheres("cinema", "genres CONTAINS 'Comedy'")


def test_a_dislike_holds_at_once_and_in_later_lists(cinema_agent, talk):
    for turn in talk(
        cinema_agent.chat(), "I hate horror", "thrillers", "films from the US", "more"
    ):
        assert all("Horror" not in item.row["genres"] for item in turn.items)


def test_a_liked_film_leads_the_list_that_answers(cinema_agent, talk):
    [turn] = talk(cinema_agent.chat(), "I love The Iron Orbit")
    assert turn.items
    assert "f11" not in [item.item_id for item in turn.items]


@pytest.mark.parametrize(
    "said", ["forget that I said horror", "forget about horror", "forget that I hate horror"]
)
def test_what_was_said_can_be_taken_back(cinema_agent, talk, said):
    *_, last = talk(cinema_agent.chat(), "I hate horror", said, "horror or western")
    assert any("Horror" in item.row["genres"] for item in last.items)
    assert not last.plan.updates


def test_a_liked_title_can_be_forgotten(cinema_agent, talk):
    *_, told = talk(
        cinema_agent.chat(),
        "I love Moth",
        "I hate westerns",
        "forget Moth",
        "what do you know about me?",
    )
    assert "Moth" not in told.reply
    assert "Western" in told.reply


def test_everything_can_be_forgotten(cinema_agent, talk):
    *_, told = talk(
        cinema_agent.chat(),
        "I love Moth",
        "I hate westerns",
        "forget everything",
        "what do you know about me?",
    )
    assert "Moth" not in told.reply
    assert "Western" not in told.reply


def test_what_was_never_said_cannot_be_forgotten(cinema_agent, talk):
    [turn] = talk(cinema_agent.chat(), "forget that I said zebra")
    assert "zebra" in turn.reply


def test_forgetting_a_condition_of_the_list_drops_it(cinema_agent, talk, filters, wheres):
    *_, last = talk(cinema_agent.chat(), "comedies from the 90s", "forget the 90s")
    assert filters("cinema", last.plan) == wheres("cinema", "genres CONTAINS 'Comedy'")


def test_an_opinion_survives_the_session_of_a_known_person(cinema_agent, talk):
    talk(cinema_agent.chat(user_id="v1"), "I hate horror")
    [turn] = talk(cinema_agent.chat(user_id="v1"), "thrillers")
    assert turn.items
    assert all("Horror" not in item.row["genres"] for item in turn.items)


def test_no_horror_today_is_no_opinion_for_ever(cinema_agent, talk):
    talk(cinema_agent.chat(user_id="v1"), "no horror")
    [turn] = talk(cinema_agent.chat(user_id="v1"), "ten thrillers")
    assert any("Horror" in item.row["genres"] for item in turn.items)
