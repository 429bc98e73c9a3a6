import asyncio
import json
import socket

import pytest
import stamina
from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

from sommelier.errors import (
    ConfigError,
    ContextTooLong,
    ModelBadAnswer,
    ModelFault,
    ModelRateLimited,
    ModelRefused,
    ModelRejected,
    ModelTimeout,
    ModelUnauthorised,
    ModelUnreachable,
)
from sommelier.llm.chat.base import Completion, Message, Usage
from sommelier.llm.chat.openai import Endpoint

GOOD = '{"name": "red"}'


def test_an_answer_comes_with_what_it_took(server, model, ask):
    server.says("Here you are.")
    found = ask(model())
    assert found.text == "Here you are."
    assert (found.model, found.finish, found.data) == ("small-1", "stop", None)
    assert found.usage == Usage(prompt_tokens=7, completion_tokens=5, calls=1)
    assert server.requests[0] == {
        "model": "small",
        "messages": [{"role": "user", "content": "Something cosy?"}],
        "temperature": 0.0,
        "max_tokens": 1024,
    }
    assert server.headers[0]["Authorization"] == "Bearer sesame"


def test_tokens_are_reckoned_where_the_server_does_not_count(server, model, ask):
    server.says("x" * 40, usage=None)
    assert ask(model()).usage == Usage(prompt_tokens=4, completion_tokens=11, calls=1)


def test_nothing_is_read_from_the_environment(server, model, ask, monkeypatch):
    for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "BASE_URL"):
        monkeypatch.setenv(f"OPENAI_{name}", "http://127.0.0.1:9/stray")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Stray: stray")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.says("Yes.")
    ask(model(key=""))
    assert "stray" not in str(server.headers[0])
    assert not {name for name in server.headers[0] if name.startswith("OpenAI-")}


def test_one_model_serves_one_event_loop_after_another(server, model):
    server.says("Yes.")
    one, messages = model(), [Message(role="user", content="?")]
    for _ in range(3):  # connections of a loop that has ended cannot be used any more
        assert asyncio.run(one.complete(messages)).text == "Yes."
    assert len(one._clients) == 1


def test_an_unreachable_endpoint_is_told_after_the_attempts(model, ask):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with pytest.raises(ModelUnreachable, match=url):
            ask(model(base_url=url))


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_key_is_told_at_once(server, model, ask, status):
    server.fails(status, "bad key")
    with pytest.raises(ModelUnauthorised, match="bad key"):
        ask(model())
    assert server.calls == 1


def test_an_empty_account_is_not_asked_again(server, model, ask):
    server.fails(429, "You have no credit", code="insufficient_quota")
    with pytest.raises(ModelUnauthorised):
        ask(model())
    assert server.calls == 1


def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(server, model, ask):
    server.fails(429, headers=[("Retry-After", "0.02")]).says("Now.")
    waits = []
    before = get_on_retry_hooks()
    set_on_retry_hooks([lambda details: waits.append(details.wait_for)])
    try:
        with stamina.set_testing(False):
            found = ask(model())
    finally:
        set_on_retry_hooks(before)
    assert (found.text, found.usage.calls, waits) == ("Now.", 2, [0.02])


@pytest.mark.parametrize("asked", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_a_server_that_asks_to_wait_too_long_is_not_asked_again(server, model, ask, asked):
    server.fails(429, "slow down", headers=[("Retry-After", asked)])
    with pytest.raises(ModelRateLimited, match="slow down") as told:
        ask(model(longest_wait=5))
    assert told.value.retry_after >= 3600
    assert server.calls == 1


@pytest.mark.parametrize("asked", ["soon", "-3", "nan", "inf", ""])
def test_a_wait_that_cannot_be_read_is_as_if_not_asked_for(server, model, ask, asked):
    server.fails(429, headers=[("Retry-After", asked)]).says("Now.")
    assert ask(model()).text == "Now."


def test_a_server_that_fails_once_is_asked_again(server, model, ask):
    server.fails(500, "oops").says("Now.")
    found = ask(model())
    assert (found.text, found.usage.calls) == ("Now.", 2)


def test_a_server_that_keeps_failing_is_given_up_after_the_attempts(server, model, ask):
    server.fails(503, "down")
    with pytest.raises(ModelFault, match="down"):
        ask(model(attempts=4))
    assert server.calls == 4


def test_a_server_that_hangs_up_is_told_from_one_that_is_not_there(server, model, ask):
    server.hangs_up()
    with pytest.raises(ModelFault, match="broke off"):
        ask(model(attempts=2))
    assert server.calls == 2


def test_a_server_that_never_answers_runs_into_the_timeout(server, model, ask):
    server.hangs()
    with pytest.raises(ModelTimeout):
        ask(model(timeout=0.5, attempts=2))
    assert server.calls == 2


def test_an_unknown_model_is_told_at_once(server, model, ask):
    server.fails(404, "no such model")
    with pytest.raises(ModelRejected, match="no such model"):
        ask(model())
    assert server.calls == 1


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, {"message": "no", "code": "context_length_exceeded"}),
        (400, {"message": "the request exceeds the available context size"}),
        (400, {"message": "no", "kind": "exceed_context_size_error"}),
        (422, {"message": "This model's maximum context length is 4096 tokens."}),
        (500, {"message": "exceeds the context window"}),
        (413, {"message": "too large"}),
    ],
)
def test_an_over_long_context_is_told_at_once(server, model, ask, status, said):
    server.fails(status, **said)
    with pytest.raises(ContextTooLong):
        ask(model(), "word " * 200_000)
    assert server.calls == 1
    assert len(server.requests[0]["messages"][0]["content"]) == 1_000_000


def test_a_refusal_is_told_in_the_models_words(server, model, ask, colour):
    server.says(None, refusal="I would rather not.")
    with pytest.raises(ModelRefused, match="rather not"):
        ask(model(), schema=colour)
    assert server.calls == 1


def test_a_filter_that_stops_an_answer_is_a_refusal(server, model, ask):
    server.says("Well", finish="content_filter")
    with pytest.raises(ModelRefused):
        ask(model())


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<html>Please log in</html>", "text/html"),
        (b"<html>Please log in</html>", "application/json"),
        (b'{"choices": [', "application/json"),
        (b"[1, 2]", "application/json"),
        (b"7", "application/json"),
        (b"null", "application/json"),
        (b"{}", "application/json"),
        (b'{"choices": []}', "application/json"),
        (b'{"choices": ["x"]}', "application/json"),
        (b'{"choices": [{"message": null}]}', "application/json"),
        (b'{"choices": [{"message": {"content": {"a": 1}}}]}', "application/json"),
        (b'{"error": {"message": "upstream"}}', "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"", "application/json"),
    ],
)
def test_garbage_is_a_bad_answer_and_is_not_asked_for_again(server, model, ask, body, kind):
    server.sends(body, kind=kind)
    with pytest.raises(ModelBadAnswer, match="no chat completion"):
        ask(model())
    assert server.calls == 1


def test_a_structured_answer_is_asked_for_by_schema_and_read(server, model, ask, colour):
    server.says(GOOD)
    found = ask(model(), schema=colour)
    assert (found.data, found.repaired, found.usage.calls) == ({"name": "red"}, False, 1)
    assert server.requests[0]["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "colour", "schema": colour.body, "strict": False},
    }


@pytest.mark.parametrize("bad", ["{name: red", '{"name": "green"}', "Red, I think.", "", "[]"])
def test_a_wrong_answer_is_repaired_once(server, model, ask, colour, bad):
    server.says(bad).says(GOOD)
    found = ask(model(), schema=colour)
    assert (found.data, found.repaired) == ({"name": "red"}, True)
    assert found.usage == Usage(prompt_tokens=14, completion_tokens=10, calls=2)
    first, second = (request["messages"] for request in server.requests)
    assert second[:2] == [*first, {"role": "assistant", "content": bad}]
    assert json.dumps(colour.body) in second[2]["content"]


def test_what_is_wrong_twice_is_a_bad_answer(server, model, ask, colour):
    server.says('{"name": "green"}')
    with pytest.raises(ModelBadAnswer, match="green"):
        ask(model(), schema=colour)
    assert server.calls == 2


def test_a_looping_answer_that_max_tokens_cuts_is_not_repaired(server, model, ask, colour):
    server.says('{"name": "' + "red " * 50, finish="length")
    with pytest.raises(ModelBadAnswer, match="cut off"):
        ask(model(), schema=colour, max_tokens=50)
    assert server.calls == 1
    assert server.requests[0]["max_tokens"] == 50


def test_a_cut_answer_in_plain_words_says_so(server, model, ask):
    server.says("and then and then", finish="length")
    assert ask(model()).finish == "length"


def test_a_stream_comes_in_pieces_and_ends_with_the_completion(server, model, read):
    server.streams(["Here ", "you ", "are."])
    *pieces, whole = read(model())
    assert pieces == ["Here ", "you ", "are."]
    assert whole.text == "Here you are."
    assert whole.usage == Usage(prompt_tokens=7, completion_tokens=5, calls=1)
    assert server.requests[0]["stream"] is True


def test_half_a_stream_gives_its_pieces_then_fails(server, model, read):
    server.streams(["Here ", "you "], end=False)
    got = []
    with pytest.raises(ModelFault, match="broke off"):
        read(model(), got)
    assert got == ["Here ", "you "]
    assert server.calls == 1  # what was shown cannot be taken back, so nothing is repeated


def test_a_stream_that_ends_without_saying_why_has_broken_off(server, model, read):
    server.streams(["Here "], finish=None)
    with pytest.raises(ModelFault, match="broke off"):
        read(model())


def test_a_stream_that_fails_before_its_first_piece_is_begun_again(server, model, read):
    server.fails(500).streams([], end=False).streams(["Here."])
    *pieces, whole = read(model())
    assert (pieces, whole.usage.calls) == (["Here."], 3)


def test_an_error_in_the_middle_of_a_stream_is_told(server, model, read):
    server.streams(["Here "], extra=[{"error": {"message": "out of memory"}}])
    with pytest.raises(ModelFault, match="out of memory"):
        read(model())


@pytest.mark.parametrize("raw", ["{broken", '"text"', "7", '{"choices": ["x"]}'])
def test_garbage_in_a_stream_is_a_bad_answer(server, model, read, raw):
    server.streams(["Here "], extra=[raw])
    with pytest.raises(ModelBadAnswer):
        read(model())


def test_a_refusal_in_a_stream_is_told(server, model, read):
    refusal = {"choices": [{"index": 0, "delta": {"refusal": "No."}, "finish_reason": None}]}
    server.streams([], extra=[refusal])
    with pytest.raises(ModelRefused, match=r"No\."):
        read(model())


def endless():
    while True:
        yield "again "


def test_an_endless_stream_is_cut_at_max_tokens(server, model, read):
    server.streams(endless())
    *pieces, whole = read(model(), max_tokens=20)
    assert whole.finish == "length"
    assert 20 <= len(pieces) <= 40


def test_an_endless_stream_is_cut_by_the_timeout(server, model, read):
    server.streams(endless())
    with pytest.raises(ModelTimeout):
        read(model(timeout=0.3, attempts=1), max_tokens=100_000_000)


def test_a_reader_may_leave_a_stream_early(server, model):
    server.streams(endless())

    async def first():
        one = model()
        pieces = one.stream([Message(role="user", content="?")])
        piece = await anext(pieces)
        await pieces.aclose()
        await one.aclose()
        return piece

    assert asyncio.run(first()) == "again "


def test_a_server_that_cannot_stream_is_asked_for_the_whole_answer(server, model, read):
    server.says("Here you are.")
    text, whole = read(model(streams=False))
    assert text == "Here you are."
    assert isinstance(whole, Completion)
    assert "stream" not in server.requests[0]


def test_halves_of_characters_do_not_reach_the_server(server, model, ask):
    server.says("Yes.")
    ask(model(), "caf\udce9")
    assert server.requests[0]["messages"][0]["content"] == "caf?"


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "localhost:8000"},
        {"base_url": "ftp://localhost"},
        {"model": ""},
        {"key": "sesame\nX-Evil: 1"},
        {"key": "sésame"},
        {"timeout": 0},
        {"attempts": 0},
        {"colour": "red"},
    ],
)
def test_a_wrong_setting_is_named_without_showing_the_key(wrong):
    settings = {"base_url": "http://localhost/v1", "model": "small", "key": "sesame", **wrong}
    with pytest.raises(ConfigError, match=next(iter(wrong))) as told:
        Endpoint.read(settings)
    assert "same" not in str(told.value)


def test_an_endpoint_does_not_show_its_key():
    endpoint = Endpoint.read({"base_url": "http://localhost/v1", "model": "s", "key": "sesame"})
    assert "sesame" not in repr(endpoint) + endpoint.model_dump_json()
