import pytest

from sommelier.errors import ConfigError, ModelBadAnswer, ModelFault
from sommelier.llm.chat.base import ChatModel, Completion, Message, Usage
from sommelier.llm.chat.openai import Endpoint, OpenAIModel
from sommelier.llm.chat.scripted import Asked, ScriptedModel


def test_every_model_keeps_the_contract():
    endpoint = Endpoint.read({"base_url": "http://localhost/v1", "model": "small"})
    assert isinstance(ScriptedModel([]), ChatModel)
    assert isinstance(OpenAIModel(endpoint), ChatModel)


def test_answers_come_in_order_and_are_counted(ask):
    model = ScriptedModel(["one", Completion(text="two", model="m"), ModelFault("three")])
    assert [ask(model).text, ask(model).text] == ["one", "two"]
    with pytest.raises(ModelFault, match="three"):
        ask(model)
    assert model.calls == 3


def test_a_question_beyond_the_script_is_named(ask):
    model = ScriptedModel(["one"])
    ask(model)
    with pytest.raises(ConfigError, match="this is one question more: 'And"):
        ask(model, "And?")


def test_a_function_sees_all_that_was_asked(ask, colour):
    model = ScriptedModel(lambda asked: '{"name": "red"}' if asked.schema else "red")
    assert ask(model, max_tokens=9).text == "red"
    assert ask(model, schema=colour).data == {"name": "red"}
    messages = (Message(role="user", content="Something cosy?"),)
    assert model.asked == [Asked(messages, None, 9), Asked(messages, colour)]


def test_a_structured_answer_is_checked_as_a_real_ones_is(ask, colour):
    with pytest.raises(ModelBadAnswer, match="green"):
        ask(ScriptedModel(['{"name": "green"}']), schema=colour)


def test_a_stream_makes_up_the_completion(read):
    *pieces, whole = read(ScriptedModel(["Here  you are.\nAll of it "]))
    assert "".join(pieces) == whole.text == "Here  you are.\nAll of it "
    assert len(pieces) > 3


def test_usage_adds_up():
    one = Usage(prompt_tokens=1, completion_tokens=2, calls=1, cost=0.5)
    assert one + one == Usage(prompt_tokens=2, completion_tokens=4, calls=2, cost=1.0)
    assert (one + one).tokens == 6
