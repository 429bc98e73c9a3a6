"""How a request finds its conversation: by session, by user, or by all that was said before."""

import asyncio

import openai
import pytest

from sommelier.shop import open as open_shop

FIRST = "something before 2010"


def shown(done):
    return [item["item_id"] for item in done.choices[0].message.recommendations]


def test_a_client_that_resends_everything_stays_in_one_session(talker):
    first = talker(FIRST, "another one")
    again = talker(FIRST, "another one", "two more")
    assert again.session_id == first.session_id and again.recommendation_id.endswith(":3")
    assert not set(shown(first)) & set(shown(again))


def test_a_history_told_anew_leads_to_the_same_state(talker):
    said = ("I love Slow Light", "nothing older than 1980", "something about space")
    for turn in range(1, len(said) + 1):
        step_by_step = talker(*said[:turn])
    at_once = talker("I love Slow Light", "nothing older than 1980", " something about space")
    assert at_once.session_id == step_by_step.session_id or shown(at_once) == shown(step_by_step)
    other = talker(*said, "why the first?")
    assert other.session_id == step_by_step.session_id


def test_an_edited_history_begins_a_session_from_what_it_says(talker):
    talker("recipes")
    first = talker("recipes", "before 1980")
    edited = talker("crime stories", "before 1980")
    assert edited.session_id != first.session_id
    assert set(shown(edited)) == {"book-00", "book-01", "book-02"}


def test_two_people_who_say_the_same_never_share_a_session(talker):
    one, other = talker("good evening"), talker("good evening")
    assert one.session_id != other.session_id
    hers = talker("good evening", "I hate Moss")
    his = talker("good evening", "what do you know about me?")
    assert hers.session_id != his.session_id
    assert "Moss" not in his.choices[0].message.content


def test_what_was_done_in_a_session_elsewhere_keeps_it_from_those_who_said_the_same(talker, shared):
    begun = talker("hello there, friend")
    event = {"event_id": "h1", "item_id": "book-12", "feedback_type": "like"}
    shared.post("/v1/feedback", json={**event, "session_id": begun.session_id}).raise_for_status()
    other = talker("hello there, friend", "what do you know about me?")
    assert other.session_id != begun.session_id
    assert "Copper" not in other.choices[0].message.content


def test_many_strangers_at_once_have_sessions_of_their_own(shared, sdk):
    client = sdk(str(shared.base_url), kind=openai.AsyncOpenAI)

    async def talk():
        messages = [{"role": "user", "content": "recipes, please"}]
        sessions = []
        for follow in ("another one", "two more"):
            done = await client.chat.completions.create(model="books", messages=messages)
            sessions.append(done.session_id)
            told = {"role": "assistant", "content": done.choices[0].message.content}
            messages = [*messages, told, {"role": "user", "content": follow}]
        return sessions

    async def many():
        return await asyncio.gather(*(talk() for _ in range(12)))

    told = asyncio.run(many())
    last = [sessions[-1] for sessions in told]
    assert len(set(last)) == 12


def test_a_named_session_goes_on_with_its_last_message_only(talker):
    begun = talker(FIRST)
    place = {"metadata": {"session_id": begun.session_id}}
    second = talker("never said", "another one", **place)
    assert second.session_id == begun.session_id and second.recommendation_id.endswith(":2")
    third = talker("another one", extra_headers={"X-Session-Id": begun.session_id})
    assert third.recommendation_id.endswith(":3")


def test_a_client_may_name_a_session_itself_if_nobody_guesses_the_name(talker):
    named = {"extra_headers": {"X-Session-Id": "chat-4f1c2a9e-77b0-4d43"}}
    assert talker("hello", **named).session_id == "chat-4f1c2a9e-77b0-4d43"
    assert talker("recipes", **named).recommendation_id.endswith(":2")


def test_a_user_is_remembered_over_sessions(talker):
    talker("I like Slow Light", user="ursula")
    told = talker("what do you know about me?", user="ursula")
    assert "Slow Light" in told.choices[0].message.content
    assert "Slow Light" not in talker("what do you know about me?").choices[0].message.content


def test_a_long_history_is_bounded(talker):
    long = [f"something about space {'and stars ' * 180}{number}" for number in range(500)]
    assert sum(map(len, long)) > 800_000  # about 200,000 tokens
    done = talker(*long, "recipes")
    assert int(done.recommendation_id.rpartition(":")[2]) == 13
    assert talker(*long, "recipes", "another one").session_id == done.session_id


def test_a_key_speaks_only_for_its_person_and_only_with_the_scope(books, serve, sdk):
    store = open_shop(books).store
    ana = store.create_key(["chat"], user_id="ana")[1]
    shop, reader = store.create_key(["chat"])[1], store.create_key(["read"])[1]
    store.close()
    with serve(books) as url:
        told = {"model": "books", "messages": [{"role": "user", "content": "I like Moss"}]}
        bobs = sdk(url, shop).chat.completions.create(**told, user="bob").session_id
        mine = sdk(url, ana).chat.completions.create(**told)
        assert mine.choices[0].message.content
        with pytest.raises(openai.PermissionDeniedError):
            sdk(url, ana).chat.completions.create(**told, user="bob")
        with pytest.raises(openai.NotFoundError):
            sdk(url, ana).chat.completions.create(**told, metadata={"session_id": bobs})
        with pytest.raises(openai.PermissionDeniedError) as caught:
            sdk(url, reader).chat.completions.create(**told)
        assert caught.value.code == "insufficient_permissions"
        for client in (sdk(url, "som_wrong"), sdk(url)):
            with pytest.raises(openai.AuthenticationError) as caught:
                client.chat.completions.create(**told)
            assert caught.value.code == "invalid_api_key"
        with pytest.raises(openai.AuthenticationError):
            sdk(url, "som_wrong").models.list()
        with pytest.raises(openai.AuthenticationError):
            sdk(url, "som_wrong").chat.completions.create(**told | {"model": "guess"})
