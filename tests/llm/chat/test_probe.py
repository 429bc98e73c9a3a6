import asyncio

import pytest

from sommelier.llm.chat.openai import Endpoint, OpenAIModel
from sommelier.llm.chat.probe import probe
from sommelier.llm.chat.scripted import ScriptedModel

READY = '{"state": "amber", "level": 4}'


def probed(model):
    async def run():
        try:
            return await probe(model)
        finally:
            if hasattr(model, "aclose"):
                await model.aclose()

    return asyncio.run(run())


def kinds(found):
    return [finding.kind for finding in found.findings]


def test_a_good_server_shows_nothing(server, model):
    server.says(READY).streams(["I am ", "ready."])
    found = probed(model())
    assert found.findings == ()
    assert found.answers and found.plans and found.streams
    assert server.calls == 2


def test_a_server_that_ignores_the_schema_is_told_even_if_a_repair_helps(server, model):
    server.says("I am ready.").says(READY).streams(["Ready."])
    found = probed(model())
    assert kinds(found) == ["no_schema"]
    assert found.answers and found.streams and not found.plans


def test_a_server_that_never_gives_json_is_told(server, model):
    server.says("I am ready.").says("As I said.").streams(["Ready."])
    found = probed(model())
    assert kinds(found) == ["no_schema"]
    assert "does not hold answers to a JSON schema" in found.findings[0].sentence


def test_a_server_that_lacks_streaming_is_told(server, model):
    server.says(READY).says("I am ready.")
    found = probed(model())
    assert kinds(found) == ["no_streaming"]
    assert found.answers and found.plans and not found.streams


def test_a_server_that_refuses_to_stream_is_told(server, model):
    server.says(READY).fails(400, "stream is not supported").says("I am ready.")
    found = probed(model())
    assert kinds(found) == ["no_streaming"]
    assert "not supported" in found.findings[0].sentence


def test_a_server_of_garbage_answers_nothing(server, model):
    server.sends(b"<html>hello</html>", kind="text/html")
    found = probed(model())
    assert kinds(found) == ["no_answer"]
    assert not (found.answers or found.plans or found.streams)
    assert "no chat completion" in found.findings[0].sentence


@pytest.mark.parametrize(
    ("status", "cause"), [(401, "ModelUnauthorised"), (404, "ModelRejected"), (500, "ModelFault")]
)
def test_a_server_that_takes_no_call_is_told_after_the_first(server, model, status, cause):
    server.fails(status)
    found = probed(model(attempts=1))
    assert (kinds(found), found.findings[0].cause) == (["no_answer"], cause)
    assert server.calls == 1


def test_an_address_where_nobody_is_is_told(server):
    server.close()
    endpoint = Endpoint.read({"base_url": server.url, "model": "small", "attempts": 1})
    (finding,) = probed(OpenAIModel(endpoint)).findings
    assert finding.cause == "ModelUnreachable"
    assert server.url in finding.sentence
    assert finding.hint


def test_any_model_can_be_probed():
    script = ScriptedModel(lambda asked: READY if asked.schema else "I am ready.")
    assert probed(script).findings == ()
