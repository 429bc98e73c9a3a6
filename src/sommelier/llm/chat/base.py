"""The contract of a language model: messages in, a completion or a stream of text out.

Knows no library, no server and no prompt. The errors that a model may raise are the branch
`ModelError` of `sommelier.errors`.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Annotated, Literal, Protocol, Self, runtime_checkable

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue
from pydantic import Field as Setting

from sommelier.llm.chat.schema import Schema

__all__ = ["ChatModel", "Completion", "Message", "Usage", "reckon"]


def _whole(text: object) -> object:
    """Replace halves of characters, which a terminal may hand over and no server takes."""
    return text.encode("utf-8", "replace").decode("utf-8") if isinstance(text, str) else text


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Frozen):
    """One message of a conversation, oldest first when there are several."""

    role: Literal["system", "user", "assistant"]
    content: Annotated[str, BeforeValidator(_whole)]


class Usage(_Frozen):
    """What calls have taken: tokens, calls, and money in the currency of the price table."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    cost: float = 0.0

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: Self) -> Self:
        return self.model_copy(
            update={name: getattr(self, name) + getattr(other, name) for name in Usage.model_fields}
        )


class Completion(_Frozen):
    """What a model answered.

    `data` is the answer as JSON where a schema was asked for. `finish` is "length" where the answer
    was cut off at `max_tokens`. `repaired` says that a first answer broke the schema. `replayed` is
    how this copy was come by, no part of the answer, so it is left out when the answer is written.
    """

    text: str
    data: JsonValue = None
    model: str
    finish: Literal["stop", "length"] = "stop"
    repaired: bool = False
    usage: Usage = Usage()
    replayed: Annotated[bool, Setting(exclude=True)] = False

    @property
    def spent(self) -> Usage:
        """What this copy has taken now: `usage`, or nothing if it was replayed."""
        return Usage() if self.replayed else self.usage


@runtime_checkable
class ChatModel(Protocol):
    """A language model; of what goes wrong with server or library it raises ModelError only."""

    @property
    def name(self) -> str:
        """Which model this is; recordings and prices go by it."""

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Schema | None = None,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """Return the whole answer; with a schema, one that satisfies it.

        `max_tokens` bounds the answer, None for the model's own bound.
        """

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float = 0.0,
    ) -> AsyncIterator[str | Completion]:
        """Yield the answer's text in pieces, and last of all the completion they make up."""


def reckon(texts: Iterable[str]) -> int:
    """Return about how many tokens texts have, where no server counts: a quarter of the bytes.

    English text has about four bytes a token, Chinese three to four.
    """
    return sum(1 + len(text.encode("utf-8", "replace")) // 4 for text in texts)
