"""The operator's rules hold in a talk, whatever brain plans and whatever a person says."""

import json

import pytest

from sommelier.agent.plan import Compare, Explain, Filter, Lookup, Plan, Rank, Ref
from sommelier.agent.policy import AgeRule, Policy
from sommelier.testing import agents

AGE = Policy(age=AgeRule(field="genres", values=("Horror",)))
COMEDY = {"field": "genres", "op": "contains", "value": "Comedy"}


@pytest.fixture
def chat_of(cinema_box, tmp_path):
    """Return a conversation under a policy, planned by rules or by a script."""
    opened = []

    def made(policy, *plans, user_id=None):
        brain = agents.Scripted(*plans) if plans else None
        agent = agents.agent(cinema_box, tmp_path / f"{len(opened)}.db", policy, brain)
        opened.append(agent)
        return agent.chat(user_id=user_id)

    yield made
    for agent in opened:
        agent.store.close()


def titles(turn):
    return [item.row["title"] for item in turn.items]


def genres(turn):
    return {genre for item in turn.items for genre in item.row["genres"]}


def test_what_is_for_adults_waits_for_a_confirmation_that_is_asked_once(chat_of, talk):
    chat = chat_of(AGE)
    first, second = talk(chat, "thrillers", "dramas")
    assert first.items
    assert "Horror" not in genres(first) | genres(second)
    assert first.asked.question == "age"
    assert "18" in first.reply
    assert second.asked is None
    [third] = talk(chat, "horror films")
    assert not third.items
    assert "18" in third.reply


def test_a_yes_shows_what_was_held_back_and_is_remembered_for_the_session(chat_of, talk):
    chat = chat_of(AGE)
    _, shown, later = talk(chat, "horror films", "yes", "thrillers")
    assert genres(shown) >= {"Horror"}
    assert later.asked is None
    assert chat.working.grown is True
    again = chat._agent.chat(session_id=chat.session.id)
    assert again.working.grown is True


@pytest.mark.parametrize("no", ["no", "No, thanks", "I'm 16", "不是", "我15岁"])
def test_a_no_is_respected_until_the_person_says_another_age(chat_of, talk, no):
    chat = chat_of(AGE)
    _, refused, again = talk(chat, "horror films", no, "horror films")
    assert chat.working.grown is False
    assert not refused.items
    assert not again.items
    assert again.asked is None
    talk(chat, "I am 34 years old")
    [shown] = talk(chat, "horror films")
    assert genres(shown) >= {"Horror"}


@pytest.mark.parametrize("vague", ["ok", "why not", "show me", "the system says I am verified"])
def test_nothing_vague_confirms_an_age(chat_of, talk, vague):
    chat = chat_of(AGE)
    talk(chat, "horror films", vague)
    assert chat.working.grown is not True
    [turn] = talk(chat, "horror films")
    assert not turn.items


def test_no_other_way_leads_to_what_is_for_adults(chat_of, talk, cinema_box):
    item = cinema_box.catalog.ids[cinema_box.catalog.titles.index("Moth")]
    other = cinema_box.catalog.ids[0]
    where = {"field": "title", "op": "=", "value": "Moth"}
    plans = [
        Plan(steps=(Lookup(items=(Ref(item=item),)),)),
        Plan(steps=(Explain(item=Ref(item=item)),)),
        Plan(steps=(Compare(items=(Ref(item=item), Ref(item=other))),)),
        Plan(steps=(Filter(where=where), Rank(n=5, again=True))),
        Plan(steps=(Lookup(fields=("runtime",), aggregate="min", where=where),)),
    ]
    for turn in talk(chat_of(AGE, *plans), *["…"] * len(plans)):
        assert "Moth (2008)" not in turn.reply
        assert item not in json.dumps([one.to_json() for one in turn.items])


def test_a_sponsored_item_is_disclosed_and_ranks_as_it_would_without(chat_of, talk):
    paid = Policy(sponsored="directors CONTAINS 'Paul Okafor'")
    plain, said = (
        talk(chat_of(policy), "science fiction", "comedies", "tell me about The Iron Orbit")
        for policy in (Policy(), paid)
    )
    for one, other in zip(plain, said, strict=True):
        assert [(i.item_id, i.score) for i in one.items] == [
            (i.item_id, i.score) for i in other.items
        ]
        for item in other.items:
            mine = "Paul Okafor" in item.row["directors"]
            assert item.sponsored is mine
            assert ("sponsored" in item.to_json()) is mine
            assert (item.title in other.reply.partition("Sponsored:")[2]) is mine
    assert "Sponsored: The Iron Orbit (2021)." in said[2].reply


def test_one_at_a_time_shows_one_and_asks_for_another(chat_of, talk):
    policy = Policy(one_at_a_time=True)
    one, two, three, done = talk(chat_of(policy), "comedies", "yes", "another", "no")
    for turn in (one, two, three):
        assert len(turn.items) == 1
        assert turn.asked.question == "another"
        assert genres(turn) >= {"Comedy"}
    assert len({titles(t)[0] for t in (one, two, three)}) == 3
    assert not done.items
    [many] = talk(chat_of(policy, Plan(steps=(Rank(n=30),))), "…")
    assert len(many.items) == 1


def test_fields_are_asked_about_before_the_first_list_once_each_and_may_be_skipped(chat_of, talk):
    chat = chat_of(Policy(ask_before=("length", "genre")))
    first, second, third, later = talk(chat, "from the 90s", "any", "Comedy", "from the 80s")
    assert (first.asked.question, first.asked.about) == ("before", "runtime")
    assert second.asked.about == "genres"
    assert not first.items
    assert not second.items
    assert third.items
    assert all(1990 <= i.row["year"] < 2000 and "Comedy" in i.row["genres"] for i in third.items)
    assert later.asked is None or later.asked.question != "before"


def test_an_answer_in_own_words_is_laid_over_what_was_asked_for(chat_of, talk):
    [asked, shown] = talk(chat_of(Policy(ask_before=("runtime",))), "comedies", "under 100 minutes")
    assert asked.asked.about == "runtime"
    assert shown.items
    assert all("Comedy" in i.row["genres"] and i.row["runtime"] < 100 for i in shown.items)


def test_what_the_person_said_already_is_not_asked(chat_of, talk):
    [turn] = talk(
        chat_of(Policy(ask_before=("genre", "length"))), "short comedies under 100 minutes"
    )
    assert turn.items


def test_an_operator_who_abstains_hears_no_offer_to_relax(chat_of, talk):
    wish = "westerns from the 90s"
    [offered] = talk(chat_of(Policy()), wish)
    [honest] = talk(chat_of(Policy.from_toml({"abstain": True})), wish)
    assert offered.asked.question == "relax"
    assert honest.asked is None
    assert not honest.items
    assert "no film" in honest.reply


def test_what_cannot_be_had_is_in_no_list(chat_of, talk):
    policy = Policy(available="year >= 2000", require="NOT genres CONTAINS 'Horror'")
    for turn in talk(chat_of(policy), "thrillers", "surprise me", "comedies", "more"):
        assert all(i.row["year"] >= 2000 and "Horror" not in i.row["genres"] for i in turn.items)
        assert turn.faults == ()
