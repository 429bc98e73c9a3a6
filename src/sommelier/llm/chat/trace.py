"""Spans of model calls by OpenTelemetry's `gen_ai.*` conventions, which only this module knows.

What was said is left out unless asked for. Without the library (the extra `otel`) a model comes
back as it is: no spans, no cost. Where spans go is decided by who sets up the provider.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sommelier.errors import ModelError, NotInstalled
from sommelier.extras import load
from sommelier.llm.chat.base import ChatModel, Completion, Message
from sommelier.llm.chat.schema import Schema

__all__ = ["traced"]


def traced(
    model: ChatModel, *, content: bool = False, provider: Any = None, system: str = "openai"
) -> ChatModel:
    """Return a model that makes a span of each call; the same model without OpenTelemetry.

    `content` puts messages and answers into the spans. `provider` is a TracerProvider, by default
    the process's. `system` is the `gen_ai.provider.name`.
    """
    try:
        api = load("opentelemetry.trace", extra="otel")
    except NotInstalled:
        return model
    tracer = api.get_tracer("sommelier.llm", tracer_provider=provider)
    return _TracedModel(model, _Spans(api, tracer, model.name, system, content))


class _TracedModel:
    """A model with a span around each call."""

    def __init__(self, model: ChatModel, spans: "_Spans") -> None:
        self._model = model
        self._spans = spans

    @property
    def name(self) -> str:
        """The name of the model behind it."""
        return self._model.name

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Return the model's answer."""
        how: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        with self._spans.call(messages, how, "json" if schema else "text") as span:
            found = await self._model.complete(messages, schema=schema, **how)
            self._spans.end(span, found)
            return found

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> AsyncIterator[str | Completion]:
        """Yield what the model streams."""
        how: dict[str, Any] = {"max_tokens": max_tokens, "temperature": temperature}
        with self._spans.call(messages, how, "text") as span:
            async for piece in self._model.stream(messages, **how):
                if isinstance(piece, Completion):
                    self._spans.end(span, piece)
                yield piece


@dataclass(frozen=True)
class _Spans:
    """How a call and its end are written into a span."""

    api: Any
    tracer: Any
    model: str
    system: str
    content: bool

    @contextmanager
    def call(self, messages: Sequence[Message], how: dict[str, Any], kind: str) -> Iterator[Any]:
        """Open a span. It is not made the current one: a stream may be read from elsewhere."""
        span = self.tracer.start_span(f"chat {self.model}", kind=self.api.SpanKind.CLIENT)
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": self.system,
                "gen_ai.request.model": self.model,
                "gen_ai.output.type": kind,
                **{f"gen_ai.request.{k}": value for k, value in how.items() if value is not None},
            }
        )
        if self.content:
            said = ((message.role, message.content) for message in messages)
            span.set_attribute("gen_ai.input.messages", _told(said))
        try:
            yield span
        except ModelError as error:  # its message may hold the model's words: only with content
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(self.api.StatusCode.ERROR, error.message if self.content else None)
            raise
        finally:
            span.end()

    def end(self, span: Any, completion: Completion) -> None:
        """Write what came back."""
        span.set_attributes(
            {
                "gen_ai.response.model": completion.model,
                "gen_ai.response.finish_reasons": (completion.finish,),
                "gen_ai.usage.input_tokens": completion.usage.prompt_tokens,
                "gen_ai.usage.output_tokens": completion.usage.completion_tokens,
                "sommelier.calls": completion.spent.calls,
                "sommelier.cost": completion.spent.cost,
                "sommelier.replayed": completion.replayed,
            }
        )
        if self.content:
            span.set_attribute("gen_ai.output.messages", _told([("assistant", completion.text)]))


def _told(messages: Iterable[tuple[str, str]]) -> str:
    """Return messages in the form that the conventions give them."""
    return json.dumps(
        [
            {"role": role, "parts": [{"type": "text", "content": content}]}
            for role, content in messages
        ],
        ensure_ascii=False,
    )
