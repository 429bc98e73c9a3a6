"""Any OpenAI-compatible endpoint as a language model, over the `openai` library.

Asks for structured answers by `response_format: json_schema`, checks them, and asks once more where
one is wrong. Repeats what may be repeated, after as long as the server asks to wait, within bounds.
Knows no prompt but the repair's, and no errors of the library: `foreign` does.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import TYPE_CHECKING, Any, Final

from sommelier.errors import ModelBadAnswer, ModelFault
from sommelier.llm.chat.base import Completion, Message
from sommelier.llm.chat.budget import Budget, Call
from sommelier.llm.chat.openai.answers import (
    finish_of,
    prompt_tokens,
    settled,
    text_of,
    text_of_event,
)
from sommelier.llm.chat.openai.endpoint import Endpoint, connect
from sommelier.llm.chat.openai.foreign import translated
from sommelier.llm.chat.openai.patience import patiently
from sommelier.llm.chat.schema import Schema

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["OpenAIModel"]

_Pieces = AsyncGenerator[str | Completion]
_BESIDES: Final = 8  # events of a stream that bring no token: the role, the end, the usage


class OpenAIModel:
    """A model behind an OpenAI-compatible endpoint. One may serve many conversations at once."""

    def __init__(
        self, endpoint: Endpoint, *, budget: Budget | None = None, transport: Any = None
    ) -> None:
        """Connects to nothing yet; `probe` finds out early what is wrong.

        `transport` carries requests to a model that is not behind a network.
        """
        self.endpoint = endpoint
        self._transport = transport
        self._budget = budget or Budget()
        # Connections belong to the event loop that opened them.
        self._clients: dict[asyncio.AbstractEventLoop, AsyncOpenAI] = {}

    @property
    def name(self) -> str:
        """The model's name on its server."""
        return self.endpoint.model

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Return the answer, which satisfies the schema if there is one; raises ModelError."""
        request = self._request(messages, schema, max_tokens, temperature)
        first = await self._answer(request)
        if schema is None:
            return first
        data, faults = schema.read(first.text)
        if not faults:
            return first.model_copy(update={"data": data})
        _refuse_cut(first)
        request["messages"] = [
            *request["messages"],
            {"role": "assistant", "content": first.text},
            {"role": "user", "content": schema.repair(faults)},
        ]
        second = await self._answer(request)
        data, faults = schema.read(second.text)
        if faults:
            _refuse_cut(second)
            raise ModelBadAnswer(
                f"{self.name!r} answered twice with what does not fit {schema.name!r}: {faults[0]}",
                hint="Does this server hold to `response_format: json_schema`? The probe tells.",
            )
        usage = first.usage + second.usage
        return second.model_copy(update={"data": data, "usage": usage, "repaired": True})

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> _Pieces:
        """Yield the answer in pieces, then the completion; raises ModelError.

        A call that fails is repeated as long as no piece was given away.
        """
        if not self.endpoint.streams:
            whole = await self.complete(messages, max_tokens=max_tokens, temperature=temperature)
            yield whole.text
            yield whole
            return
        request = self._request(messages, None, max_tokens, temperature)
        request |= {"stream": True, "stream_options": {"include_usage": True}}
        (first, rest), calls = await patiently(self.endpoint, lambda: self._begun(request))
        async with aclosing(rest):
            yield _counted(first, calls) if isinstance(first, Completion) else first
            async for piece in rest:
                yield _counted(piece, calls) if isinstance(piece, Completion) else piece

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        client = self._clients.pop(_loop(), None)
        if client is not None:
            await client.close()

    def _client(self) -> "AsyncOpenAI":
        loop = _loop()
        for other in [other for other in self._clients if other.is_closed()]:
            del self._clients[other]
        if loop not in self._clients:
            self._clients[loop] = connect(self.endpoint, self._transport)
        return self._clients[loop]

    def _request(
        self,
        messages: Sequence[Message],
        schema: Schema | None,
        max_tokens: int | None,
        temperature: float,
    ) -> dict[str, Any]:
        request: dict[str, Any] = {
            "model": self.name,
            "messages": [message.model_dump() for message in messages],
            "temperature": temperature,
            self.endpoint.length_key: max_tokens or self.endpoint.max_tokens,
        }
        if schema is not None:
            told = {"name": schema.name, "schema": dict(schema.body), "strict": schema.strict}
            request["response_format"] = {"type": "json_schema", "json_schema": told}
        return request

    async def _answer(self, request: dict[str, Any]) -> Completion:
        found, calls = await patiently(self.endpoint, lambda: self._once(request))
        return _counted(found, calls)

    async def _once(self, request: dict[str, Any]) -> Completion:
        """Make one call, which counts on the budget whether or not it succeeds."""
        with self._call(request) as call:
            async with asyncio.timeout(self.endpoint.timeout):
                answer = await self._client().chat.completions.create(**request)
            text, finish = text_of(answer, self.endpoint.address)
            usage = settled(call, request, [text], answer.usage)
        return Completion(text=text, model=answer.model or self.name, finish=finish, usage=usage)

    async def _begun(self, request: dict[str, Any]) -> tuple[str | Completion, _Pieces]:
        """Return the first piece of a stream, and the stream."""
        pieces = self._pieces(request)
        return await anext(pieces), pieces

    async def _pieces(self, request: dict[str, Any]) -> _Pieces:
        """Make one call and yield what it brings, the completion last."""
        texts: list[str] = []
        finish = told = model = None
        most, deadline = request[self.endpoint.length_key], _loop().time() + self.endpoint.timeout
        with self._call(request) as call:
            async with asyncio.timeout_at(deadline):
                events = await self._client().chat.completions.create(**request)
            try:
                async with events:
                    for _ in range(most + _BESIDES):
                        async with asyncio.timeout_at(deadline):
                            event = await anext(events, None)
                        if event is None:
                            break
                        text, ended = text_of_event(event, self.endpoint.address)
                        finish, told, model = ended or finish, event.usage or told, event.model
                        if text:
                            texts.append(text)
                            yield text
                    else:  # each event brings a token or more: this server keeps to no bound
                        finish = "length"
            finally:
                usage = settled(call, request, texts, told)
            if finish is None:
                raise ModelFault(f"{self.endpoint.address} broke off before the answer was whole.")
            ended_by = finish_of(finish)
        text = "".join(texts)
        yield Completion(text=text, model=model or self.name, finish=ended_by, usage=usage)

    @contextmanager
    def _call(self, request: dict[str, Any]) -> Iterator[Call]:
        most = request[self.endpoint.length_key]
        with (
            self._budget.call(self.name, prompt_tokens(request), most) as call,
            translated(self.endpoint.address, self.name),
        ):
            yield call


def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def _counted(completion: Completion, calls: int) -> Completion:
    usage = completion.usage.model_copy(update={"calls": calls})
    return completion.model_copy(update={"usage": usage})


def _refuse_cut(completion: Completion) -> None:
    """To ask once more for what was cut off would end the same way."""
    if completion.finish == "length":
        raise ModelBadAnswer(
            f"{completion.model!r} was cut off in the middle of its JSON, after "
            f"{completion.usage.completion_tokens} tokens: ...{completion.text[-60:]!r}",
            hint="Raise `max_tokens`, or ask for less.",
        )
