"""A language model that answers from a script: for tests, demonstrations and rehearsals.

It keeps the contract of a real one: a structured answer is read and checked, a stream comes in
pieces, errors may be part of the script. Answers cost what they would cost, reckoned by length.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sommelier.errors import ConfigError, ModelBadAnswer, ModelError
from sommelier.llm.chat.base import Completion, Message, Usage, reckon
from sommelier.llm.chat.schema import Schema

__all__ = ["Answer", "Asked", "ScriptedModel"]

Answer = str | Completion | ModelError


@dataclass(frozen=True)
class Asked:
    """One call as it was made."""

    messages: tuple[Message, ...]
    schema: Schema | None = None
    max_tokens: int | None = None
    temperature: float = 0.0


class ScriptedModel:
    """Answers from a list, one a call, or by a function of what was asked; counts the calls."""

    def __init__(
        self, answers: Iterable[Answer] | Callable[[Asked], Answer], *, name: str = "scripted"
    ) -> None:
        """An answer is a text, a completion to be given as it is, or an error to be raised."""
        self._answer = answers if callable(answers) else _reader(answers)
        self._name = name
        self.asked: list[Asked] = []

    @property
    def name(self) -> str:
        """What this script is called."""
        return self._name

    @property
    def calls(self) -> int:
        """How often it was asked, failures included."""
        return len(self.asked)

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Return the next answer; ModelBadAnswer if it does not fit the schema."""
        asked = Asked(tuple(messages), schema, max_tokens, temperature)
        self.asked.append(asked)
        answer = self._answer(asked)
        if isinstance(answer, ModelError):
            raise answer
        if isinstance(answer, Completion):
            return answer
        data: Any = None
        if schema is not None:
            data, faults = schema.read(answer)
            if faults:
                raise ModelBadAnswer(f"The script's answer does not fit: {faults[0]}")
        usage = Usage(
            prompt_tokens=reckon(message.content for message in messages),
            completion_tokens=reckon([answer]),
            calls=1,
        )
        return Completion(text=answer, data=data, model=self._name, usage=usage)

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> AsyncIterator[str | Completion]:
        """Yield the next answer word by word, then the completion."""
        whole = await self.complete(messages, max_tokens=max_tokens, temperature=temperature)
        words = whole.text.split(" ")
        for number, word in enumerate(words):
            yield word if number == len(words) - 1 else f"{word} "
        yield whole


def _reader(answers: Iterable[Answer]) -> Callable[[Asked], Answer]:
    kept = list(answers)
    left = iter(kept)

    def read(asked: Asked) -> Answer:
        for answer in left:
            return answer
        said = asked.messages[-1].content[:80] if asked.messages else ""
        raise ConfigError(
            f"The script has {len(kept)} answers, and this is one question more: {said!r}",
            hint="Add an answer, or give a function instead of a list.",
        )

    return read
