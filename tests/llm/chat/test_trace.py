import json
import sys

import pytest
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, NoOpTracer, TracerProvider

from sommelier.errors import ModelBadAnswer
from sommelier.llm.chat.base import ChatModel
from sommelier.llm.chat.scripted import ScriptedModel
from sommelier.llm.chat.trace import traced


class Span(NonRecordingSpan):
    def __init__(self, name, kind):
        super().__init__(INVALID_SPAN_CONTEXT)
        self.name, self.kind, self.told, self.status, self.ended = name, kind, {}, None, 0

    def set_attribute(self, key, value):
        self.told[key] = value

    def set_attributes(self, attributes):
        self.told.update(attributes)

    def set_status(self, status, description=None):
        self.status = (status.name, description)

    def end(self, end_time=None):
        self.ended += 1


class Provider(TracerProvider, NoOpTracer):
    """Keeps every span in a list: what an SDK would send away."""

    def __init__(self):
        self.spans = []

    def get_tracer(self, *named, **more):
        return self

    def start_span(self, name, context=None, kind=None, *rest, **more):
        self.spans.append(Span(name, kind))
        return self.spans[-1]


@pytest.fixture
def provider():
    return Provider()


def test_a_call_is_a_span_with_its_usage_and_no_content(provider, ask, colour):
    model = traced(ScriptedModel(['{"name": "red"}'], name="small"), provider=provider)
    ask(model, "Something secret", schema=colour, max_tokens=50)
    (span,) = provider.spans
    assert (span.name, span.kind.name, span.ended, span.status) == ("chat small", "CLIENT", 1, None)
    assert span.told == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "small",
        "gen_ai.request.max_tokens": 50,
        "gen_ai.request.temperature": 0.0,
        "gen_ai.output.type": "json",
        "gen_ai.response.model": "small",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 4,
        "sommelier.calls": 1,
        "sommelier.cost": 0.0,
        "sommelier.replayed": False,
    }


def test_content_is_told_when_asked_for(provider, ask):
    ask(traced(ScriptedModel(["Yes."]), content=True, provider=provider), "Cosy?")
    told = provider.spans[0].told
    assert json.loads(told["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "Cosy?"}]}
    ]
    assert json.loads(told["gen_ai.output.messages"])[0]["parts"][0]["content"] == "Yes."


@pytest.mark.parametrize(("content", "said"), [(False, None), (True, "it said otters")])
def test_an_error_marks_its_span_and_shows_no_content_unasked(provider, ask, content, said):
    script = ScriptedModel([ModelBadAnswer("it said otters")])
    with pytest.raises(ModelBadAnswer):
        ask(traced(script, content=content, provider=provider))
    (span,) = provider.spans
    assert span.told["error.type"] == "ModelBadAnswer"
    assert (span.status, span.ended) == (("ERROR", said), 1)


def test_a_stream_is_one_span(provider, read):
    *pieces, whole = read(traced(ScriptedModel(["One two three."]), provider=provider))
    assert "".join(pieces) == whole.text
    (span,) = provider.spans
    assert span.told["gen_ai.usage.output_tokens"] == whole.usage.completion_tokens
    assert span.ended == 1


def test_without_a_provider_nothing_is_kept_and_all_is_answered(ask):
    model = traced(ScriptedModel(["Yes."], name="small"))
    assert isinstance(model, ChatModel)
    assert (model.name, ask(model).text) == ("small", "Yes.")


def test_without_the_library_the_model_is_left_as_it_is(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    script = ScriptedModel([])
    assert traced(script) is script
