"""Requests of chat completions, as OpenAI's clients write them.

What changes only how a language model would word an answer (temperature, stop, seed, ...) is taken
and does nothing here; what asks for an answer of another kind is refused by name. Unknown
parameters are passed over, as clients add their own. Every parameter may be null.
"""

from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, field_validator, model_validator
from pydantic import Field as Setting

from sommelier.server.shapes import Identifier

__all__ = ["Completion", "Message", "Part", "StreamOptions"]

_MESSAGES: Final = 10_000
_LONGEST: Final = 8_000  # characters of the message that is answered


_T = TypeVar("_T")


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Part(_Lenient):
    """One part of a message's content."""

    type: str
    text: str | None = None


class Message(_Lenient):
    """One message of a history."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words of the message, without letters that nothing can store."""
        told = self.content or ""
        if isinstance(told, list):
            told = "\n".join(part.text or "" for part in told if part.type == "text")
        return told.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")


class StreamOptions(_Lenient):
    """What a stream tells besides."""

    include_usage: bool | None = False


class Completion(_Lenient):
    """A request for the next message of a conversation."""

    model: Annotated[str, Setting(description="a workspace, or workspace:brain; see /v1/models")]
    messages: Annotated[list[Message], Setting(min_length=1, max_length=_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    user: Annotated[Identifier | None, Setting(description="whom it is for: a user_id")] = None
    metadata: Annotated[
        dict[str, str] | None, Setting(description="`session_id` names the conversation")
    ] = None
    n: int | None = None
    tool_choice: str | dict[str, Any] | None = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None
    temperature: Annotated[float | None, Setting(ge=0, le=2)] = None
    top_p: Annotated[float | None, Setting(ge=0, le=1)] = None
    max_tokens: Annotated[int | None, Setting(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Setting(ge=1)] = None

    @field_validator("n")
    @classmethod
    def _one(cls, n: int | None) -> int | None:
        return _allowed(n in (None, 1), n, "only one answer is given: n = 1")

    @field_validator("tool_choice")
    @classmethod
    def _no_tools(cls, choice: Any) -> Any:
        told = "tools of clients are not called; leave tool_choice out, or say 'none' or 'auto'"
        return _allowed(choice in (None, "none", "auto"), choice, told)

    @field_validator("response_format")
    @classmethod
    def _text_only(cls, wanted: Any) -> Any:
        told = "answers are text; the items come structured in message.recommendations"
        return _allowed(wanted is None or wanted.get("type") == "text", wanted, told)

    @field_validator("logprobs")
    @classmethod
    def _no_logprobs(cls, wanted: bool | None) -> bool | None:
        return _allowed(not wanted, wanted, "there are no log probabilities")

    @field_validator("modalities")
    @classmethod
    def _no_sound(cls, wanted: Any) -> Any:
        return _allowed(wanted in (None, ["text"]), wanted, "answers are text")

    @model_validator(mode="after")
    def _fits_together(self) -> "Completion":
        if self.stream_options is not None and not self.stream:
            raise ValueError("stream_options needs stream = true")
        said = self.said
        if not said:
            raise ValueError("messages holds nothing that a user says")
        if self.messages[-1].role == "assistant":
            raise ValueError("the last of messages is not the user's")
        if len(said[-1]) > _LONGEST:
            told = f"the last of messages has {len(said[-1])} characters; {_LONGEST} are read"
            raise ValueError(told)
        content = self.messages[-1].content
        parts = content if isinstance(content, list) else []
        if other := next((part.type for part in parts if part.type != "text"), None):
            raise ValueError(f"the last of messages holds {other!r}; only text is read")
        return self

    @property
    def said(self) -> list[str]:
        """What the user said, oldest first; whatever else stands in a history decides nothing."""
        return [m.text for m in self.messages if m.role == "user" and m.text.strip()]

    @property
    def counts_usage(self) -> bool:
        """Whether a stream ends with a chunk of usage."""
        return bool(self.stream_options and self.stream_options.include_usage)


def _allowed(fits: bool, value: _T, told: str) -> _T:
    if not fits:
        raise ValueError(told)
    return value
