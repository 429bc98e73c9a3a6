"""Whatever a model or its server does, a person gets an answer, is told, and can go on talking."""

import json
import socket
import time

import pytest

from sommelier.agent.planners.model.frame import Frame

COMEDY = Frame(do="find", must=("genres=Comedy",)).to_text()
BAD = {
    "the key is refused": (lambda s: s.fails(401, "wrong key"), "key", 1),
    "the account is empty": (lambda s: s.fails(429, code="insufficient_quota"), "key", 1),
    "too many requests": (
        lambda s: s.fails(429, "slow down", headers=[("Retry-After", "3600")]),
        "too many",
        1,
    ),
    "the server fails": (lambda s: s.fails(500), "failed", 2),
    "the model is unknown": (lambda s: s.fails(404, "no such model"), "did not take", 1),
    "the answer breaks off": (lambda s: s.breaks_off(), "failed", 2),
    "the line is cut": (lambda s: s.hangs_up(), "failed", 2),
    "nothing ever comes": (lambda s: s.hangs(), "too long", 2),
    "invalid JSON": (lambda s: s.says('{"do":"find",'), "no plan", 2),
    "prose": (lambda s: s.says("Sure! I would watch Night Ferry."), "no plan", 2),
    "no chat completion": (lambda s: s.sends({"hello": "world"}), "no plan", 1),
    "not even JSON": (lambda s: s.sends(b"<html>", kind="text/html"), "no plan", 1),
    "a refusal": (lambda s: s.says(None, refusal="I cannot help with that."), "declined", 1),
    "a filter": (lambda s: s.says("", finish="content_filter"), "declined", 1),
    "an unknown field": (lambda s: s.says('{"do":"find","must":["mood=cosy"]}'), "no plan", 2),
    "an unknown act": (lambda s: s.says('{"do":"hack"}'), "no plan", 2),
    "a loop": (lambda s: s.says('{"do":"find","text":"' + "and " * 90, finish="length"), "", 1),
    "no end of the history": (
        lambda s: s.fails(400, "too long", code="context_length_exceeded"),
        "too much",
        1,
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_the_rules_brain_answers_instead_and_says_why(name, server, served, talk):
    misbehave, why, calls = BAD[name]
    misbehave(server)
    agent = served()
    chat = agent.chat()
    start = time.monotonic()
    [turn] = talk(chat, "comedies")
    assert time.monotonic() - start < 20  # far beyond what it takes: it only must not hang
    assert server.calls == calls
    assert turn.brain == "rules"
    assert why in turn.fell_back
    assert turn.fell_back
    assert turn.fell_back in turn.reply
    assert turn.items
    assert all("Comedy" in item.row["genres"] for item in turn.items)
    server.acts.clear()  # it recovers
    server.says(COMEDY)
    [after] = talk(agent.chat(session_id=chat.session.id), "comedies")
    assert (after.number, after.brain, after.fell_back) == (2, "small", "")


def test_nobody_at_the_address(agent_of, talk):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    agent = agent_of(base_url=f"http://127.0.0.1:{port}/v1", model="small")
    first, second = talk(agent.chat(), "comedies", "more")
    assert first.fell_back == second.fell_back == "it cannot be reached"
    assert first.items
    assert second.items


def test_a_server_that_asks_for_patience_gets_it(server, served, talk):
    server.fails(429, headers=[("Retry-After", "0")]).says(COMEDY)
    [turn] = talk(served().chat(), "something funny")
    assert turn.fell_back == ""
    assert turn.usage.calls == server.calls == 2


def test_a_plan_that_was_wrong_is_repaired_once(server, served, talk):
    server.says('{"do":"find","must":["mood=cosy"]}').says(COMEDY)
    [turn] = talk(served().chat(), "something funny")
    assert (turn.brain, turn.fell_back, turn.usage.calls) == ("small", "", 2)
    assert "mood=cosy" in json.dumps(server.requests[1])


def test_a_history_of_two_hundred_thousand_tokens_never_reaches_the_model(server, served, talk):
    server.says(COMEDY)
    chat = served().chat()
    long = "I once saw a film about a lighthouse keeper and his dog. " * 1_500  # 85,000 letters
    turns = talk(chat, *[long] * 10, "comedies")
    assert turns[-1].items
    assert max(len(json.dumps(request["messages"])) for request in server.requests) < 40_000


def test_a_conversation_goes_on_though_every_other_answer_is_broken(server, served, talk):
    for _ in range(4):
        server.says(COMEDY).says("garbage").says("garbage")
    chat = served().chat()
    turns = talk(chat, *["comedies", "more"] * 3)
    assert [bool(turn.fell_back) for turn in turns] == [False, True] * 3
    assert chat.working.turns == 6


def test_the_budget_of_a_turn_is_kept_and_the_rules_brain_answers(server, served, talk):
    server.says("garbage")
    agent = served(turn={"calls": 1})
    [turn] = talk(agent.chat(), "comedies")
    assert server.calls == 1  # the repair was not asked for
    assert turn.fell_back == "the budget is spent"
    assert turn.items


def test_the_budget_of_a_day_is_kept_over_all_conversations(server, served, talk):
    server.says(COMEDY)
    agent = served(day={"calls": 2})
    turns = [turn for _ in range(3) for turn in talk(agent.chat(), "comedies")]
    assert [turn.fell_back for turn in turns] == ["", "", "the budget is spent"]
    assert server.calls == 2
    assert "budget" in turns[-1].reply


def test_a_turn_tells_what_it_took(server, served, talk):
    server.says(COMEDY, usage=(1_000, 100))
    price = {"prompt": 2.0, "completion": 10.0}
    [turn] = talk(served(price=price).chat(), "comedies")
    told = turn.to_json()
    spent = {k: v for k, v in told["usage"].items() if k != "ms"}
    assert spent == {
        "calls": 1,
        "tokens": 1_100,
        "prompt_tokens": 1_000,
        "completion_tokens": 100,
        "cost": 0.003,
    }
    assert (told["brain"], told["fell_back"], told["phrased"]) == ("small", "", False)


def test_a_turn_makes_at_most_two_calls_to_plan_and_to_phrase(server, served, talk):
    def answer(request):
        return COMEDY if "response_format" in request else "These might please you."

    server.answers(answer)
    [turn] = talk(served(phrase=True).chat(), "comedies")
    assert server.calls == turn.usage.calls == 2
    assert turn.reply == "These might please you."


def test_a_model_that_just_failed_is_not_asked_to_phrase(server, served, talk):
    server.fails(401)
    [turn] = talk(served(phrase=True).chat(), "comedies")
    assert server.calls == 1
    assert not turn.phrased
