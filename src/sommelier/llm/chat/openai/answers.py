"""What a server's answer says: its text, how it ended, what it took. Servers leave much of it out.

The client library checks no answer, so anything may stand where a field is expected. Makes no call.
"""

from collections.abc import Sequence
from typing import Any, Final, Literal

from sommelier.errors import ModelBadAnswer, ModelRefused
from sommelier.llm.chat.base import Usage, reckon
from sommelier.llm.chat.budget import Call

__all__ = ["Finish", "finish_of", "prompt_tokens", "settled", "text_of", "text_of_event"]

Finish = Literal["stop", "length"]
_SHOWN: Final = 200  # characters of a server's own words in a message


def text_of(answer: Any, address: str) -> tuple[str, Finish]:
    """Return the text of a whole answer and how it ended; ModelRefused, ModelBadAnswer."""
    try:
        choice = answer.choices[0]
        text, refusal = choice.message.content or "", getattr(choice.message, "refusal", None)
    except (AttributeError, TypeError, LookupError):
        raise _garbage(address, answer) from None
    if not isinstance(text, str):
        raise _garbage(address, answer)
    if refusal:
        raise _refused(str(refusal))
    return text, finish_of(choice.finish_reason)


def text_of_event(event: Any, address: str) -> tuple[str, str | None]:
    """Return the text of one event of a stream, and its finish reason, None while it goes on."""
    try:
        if not event.choices:  # the last event, which tells the usage
            return "", None
        delta, reason = event.choices[0].delta, event.choices[0].finish_reason
        text, refusal = getattr(delta, "content", None) or "", getattr(delta, "refusal", None)
    except (AttributeError, TypeError, LookupError):
        raise _garbage(address, event) from None
    if refusal:
        raise _refused(str(refusal))
    return text, reason


def finish_of(reason: str | None) -> Finish:
    """Return how an answer ended; ModelRefused where a filter ended it."""
    if reason == "content_filter":
        raise _refused("a filter stopped the answer")
    return "length" if reason == "length" else "stop"


def prompt_tokens(request: dict[str, Any]) -> int:
    """Return about how many tokens a request makes the model read."""
    return reckon(message["content"] for message in request["messages"])


def settled(call: Call, request: dict[str, Any], texts: Sequence[str], told: Any) -> Usage:
    """Return what a call took: what the server tells, else reckoned from the texts."""
    read, written = (getattr(told, f"{side}_tokens", None) for side in ("prompt", "completion"))
    return call.settle(
        read if isinstance(read, int) else prompt_tokens(request),
        written if isinstance(written, int) else reckon(["".join(texts)]),
    )


def _garbage(address: str, sent: Any) -> ModelBadAnswer:
    return ModelBadAnswer(
        f"What {address} sent is no chat completion: {str(sent)[:_SHOWN]!r}",
        hint="Is `base_url` that of an OpenAI-compatible endpoint? It usually ends in /v1.",
    )


def _refused(said: str) -> ModelRefused:
    return ModelRefused(f"The model declined to answer: {said[:_SHOWN]}")
