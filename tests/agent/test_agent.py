"""The agent: stored before it is answered, resumed where it stood, and never mixed up."""

import asyncio
import json

import pytest

from sommelier.agent.plan import Filter, Plan, Rank
from sommelier.errors import StateError, UsageError
from sommelier.testing import agents, cinema


def record(turn):
    told = turn.to_json()
    return {key: told[key] for key in ("message", "plan", "items", "reply")}


def test_a_turn_is_stored_before_it_is_answered(cinema_agent, talk):
    chat = cinema_agent.chat()
    turns = talk(chat, "comedies", "more", "thanks")
    stored = cinema_agent.store.turns(chat.session.id)
    assert [t.number for t in stored] == [1, 2, 3]
    assert [json.loads(json.dumps(t.record)) for t in stored] == [
        json.loads(json.dumps(turn.to_json())) for turn in turns
    ]


def test_the_keys_of_a_turn_are_those_that_users_were_promised(cinema_agent, talk):
    [turn] = talk(cinema_agent.chat(), "comedies")
    told = turn.to_json()
    promised = ["turn", "message", "plan", "funnel", "items", "reply", "usage"]
    assert list(told) == [*promised, "brain", "fell_back", "phrased", "language"]
    assert list(told["items"][0]) == ["item_id", "title", "rank", "score", "reasons"]
    spent = ["prompt_tokens", "completion_tokens", "cost"]
    assert list(told["usage"]) == ["calls", "tokens", "ms", *spent]
    assert [item["rank"] for item in told["items"]] == [1, 2, 3, 4, 5]
    assert told["usage"]["calls"] == 0


class Broken:
    """A store whose disk is full from some moment on."""

    def __init__(self, store):
        self._store, self.full = store, False

    def __getattr__(self, name):
        return getattr(self._store, name)

    def commit_turn(self, *args, **more):
        if self.full:
            raise StateError("The disk is full.")
        return self._store.commit_turn(*args, **more)


def test_a_turn_that_could_not_be_stored_never_happened(cinema_box, tmp_path, talk):
    agent = agents.agent(cinema_box, tmp_path / "s.db")
    store = Broken(agent.store)
    object.__setattr__(agent, "store", store)
    chat = agent.chat()
    talk(chat, "three dramas")
    before, store.full = chat.working, True
    with pytest.raises(StateError):
        talk(chat, "more")
    assert chat.working == before
    store.full = False
    [after] = talk(chat, "more")
    assert len(after.items) == 3
    assert after.number == 2


FOLLOW_UPS = [
    "more",
    "shorter ones",
    "not the first",
    "go back",
    "why the first?",
    "yes",
    "from the 90s",
]


@pytest.mark.parametrize("follow", FOLLOW_UPS)
@pytest.mark.parametrize(
    "before", [["dramas", "more"], ["comedies", "from the 90s"], ["westerns after 2000"]]
)
def test_a_resumed_session_goes_on_as_the_running_one_would(
    cinema_box, tmp_path, talk, before, follow
):
    running = agents.agent(cinema_box, tmp_path / "one.db").chat()
    talk(running, *before)
    [expected] = talk(running, follow)

    stopped = agents.agent(cinema_box, tmp_path / "two.db").chat()
    talk(stopped, *before)
    later = agents.agent(cinema_box, tmp_path / "two.db")  # another process, so to speak
    [turn] = talk(later.chat(session_id=stopped.session.id), follow)
    assert record(turn) == record(expected)
    assert turn.number == expected.number


def test_a_session_name_that_is_new_begins_a_session_of_that_name(cinema_agent, talk):
    talk(cinema_agent.chat(session_id="mine"), "comedies")
    assert [s.id for s in cinema_agent.store.sessions()] == ["mine"]
    assert cinema_agent.chat(session_id="mine").working.shown


def test_a_session_of_somebody_else_cannot_be_taken_up(cinema_agent, talk):
    chat = cinema_agent.chat(user_id="v1")
    talk(chat, "I hate horror")
    with pytest.raises(UsageError):
        cinema_agent.chat(user_id="v2", session_id=chat.session.id)
    assert cinema_agent.chat(user_id="v1", session_id=chat.session.id).working.turns == 1


def test_a_session_outlives_items_and_values_that_the_catalogue_lost(cinema_box, tmp_path, talk):
    agent = agents.agent(cinema_box, tmp_path / "s.db")
    chat = agent.chat(user_id="v3")
    talk(chat, "I love The Iron Orbit", "I love westerns", "I hate horror", "comedies", "more")
    agent.store.close()
    dataset = cinema.dataset()
    kept = dataset.catalog.table.filter(
        ~dataset.catalog.table["genres"].list.contains("Western")
    ).head(8)
    shrunk = agents.toolbox(
        dataset.__class__(
            dataset.catalog.__class__(kept, dataset.catalog.schema),
            dataset.interactions.__class__([], *(dataset.interactions.users[:0],) * 2, len(kept)),
        )
    )
    later = agents.agent(shrunk, tmp_path / "s.db")
    back = later.chat(user_id="v3", session_id=chat.session.id)
    turns = talk(back, "go back", "thrillers", "what do you know about me?")
    assert turns[1].items
    assert all("Horror" not in item.row["genres"] for item in turns[1].items)
    assert turns[2].reply
    later.store.close()


def test_two_chats_do_not_leak_into_each_other(cinema_agent, talk):
    one, two = cinema_agent.chat(), cinema_agent.chat()
    talk(one, "I hate comedies", "dramas", "not the first")
    [turn] = talk(two, "six comedies")
    assert len(turn.items) == 6
    assert not two.profile().preferences
    assert not two.working.met & one.working.met - {item.item_id for item in turn.items}


def test_two_chats_at_once_answer_as_they_would_alone(cinema_box, tmp_path, talk):
    said = [["dramas", "more", "go back"], ["comedies", "from the 90s", "no romance"]]
    alone = [
        talk(agents.agent(cinema_box, tmp_path / f"{n}.db").chat(), *messages)
        for n, messages in enumerate(said)
    ]
    shared = agents.agent(cinema_box, tmp_path / "both.db")

    async def both():
        async def one(messages):
            chat = shared.chat()
            return [await chat.say(message) for message in messages]

        return await asyncio.gather(*(one(messages) for messages in said))

    together = asyncio.run(both())
    assert [[record(t) for t in turns] for turns in together] == [
        [record(t) for t in turns] for turns in alone
    ]


def test_messages_of_one_chat_are_answered_one_after_the_other(cinema_agent):
    async def hurried():
        chat = cinema_agent.chat()
        return await asyncio.gather(*(chat.say(m) for m in ("dramas", "more", "more")))

    turns = asyncio.run(hurried())
    assert [turn.number for turn in turns] == [1, 2, 3]
    shown = [item.item_id for turn in turns for item in turn.items]
    assert len(shown) == len(set(shown))


def test_a_known_person_is_ranked_by_what_they_met(cinema_box, tmp_path, talk):
    agent = agents.agent(cinema_box, tmp_path / "s.db")
    [turn] = talk(agent.chat(user_id="v0"), "surprise me")
    assert any("Seven Doors Down" in r or "Night Ferry" in r for i in turn.items for r in i.reasons)


def test_the_critic_is_the_last_word_even_over_the_executor(cinema_box, tmp_path, talk):
    comedy = {"field": "genres", "op": "contains", "value": "Comedy"}
    plan = Plan(steps=(Filter(where=comedy), Rank(n=9)))
    agent = agents.agent(cinema_box, tmp_path / "s.db", planner=agents.Scripted(plan))
    [turn] = talk(agent.chat(), "x")
    assert turn.faults == ()
    assert turn.brain == "scripted"


def test_one_answer_is_the_same_every_time(cinema_box, tmp_path, talk):
    said = ["comedies from the 90s", "why the first?", "more", "like Moth", "compare 1 and 2"]
    runs = [
        [record(t) for t in talk(agents.agent(cinema_box, tmp_path / f"{n}.db").chat(), *said)]
        for n in range(2)
    ]
    assert runs[0] == runs[1]
