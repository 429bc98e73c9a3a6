"""What the `openai` library raises, told as our own errors: the only place that reads its classes.

Knows nothing of requests and answers; `address` and `model` are for the messages only.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from sommelier.errors import (
    ContextTooLong,
    ModelBadAnswer,
    ModelError,
    ModelFault,
    ModelRateLimited,
    ModelRefused,
    ModelRejected,
    ModelTimeout,
    ModelUnauthorised,
    ModelUnreachable,
)

__all__ = ["translate", "translated"]

# Servers have no common code for these; the words are those of OpenAI, vLLM, llama.cpp and others.
_TOO_LONG: Final = (
    *("context_length_exceeded", "exceed_context_size", "context length", "context size"),
    *("context window", "maximum context", "prompt is too long", "too many tokens"),
)
_REFUSED: Final = ("content_filter", "content_policy", "content management policy")
_EMPTY: Final = ("insufficient_quota", "billing", "payment required")
# By name, because the transport under the library is its own business and has changed before.
_BROKEN: Final = {"RemoteProtocolError", "ReadError", "WriteError", "CloseError", "EndOfStream"}
_SHOWN = 200  # characters of a server's own words in a message


@contextmanager
def translated(address: str, model: str) -> Iterator[None]:
    """Raise what the library raises inside, and time running out, as ModelError."""
    import openai

    try:
        yield
    except (openai.OpenAIError, TimeoutError, ValueError) as error:  # ValueError: broken JSON
        raise translate(error, address, model) from error


def translate(error: Exception, address: str, model: str) -> ModelError:
    """Return our error for one of the library's, by the nearest of its classes."""
    import openai

    rows: dict[type[Exception], Callable[[Any], ModelError]] = {
        TimeoutError: lambda _: _late(address),
        openai.APITimeoutError: lambda _: _late(address),
        openai.APIConnectionError: lambda error: _unreachable(error, address),
        openai.APIStatusError: lambda error: _status(error, address, model),
        openai.ContentFilterFinishReasonError: lambda _: _declined("a filter stopped the answer"),
        openai.APIResponseValidationError: lambda error: _garbage(error, address),
        openai.LengthFinishReasonError: lambda error: _garbage(error, address),
        openai.APIError: lambda error: _told_in_stream(error, address, model),
        openai.OpenAIError: _unfit,
        ValueError: lambda error: _garbage(error, address),
    }
    return next(rows[kind] for kind in type(error).__mro__ if kind in rows)(error)


def _late(address: str) -> ModelError:
    return ModelTimeout(
        f"The model at {address} gave no whole answer within its time.",
        hint="Raise `timeout`, lower `max_tokens`, or take a faster model.",
    )


def _unreachable(error: Any, address: str) -> ModelError:
    cause = error.__cause__
    if type(cause).__name__ in _BROKEN:
        return ModelFault(f"{address} broke off before the answer was whole: {cause}")
    return ModelUnreachable(
        f"Nobody answers at {address}: {str(cause or error) or type(cause).__name__}",
        hint="Is the server running, and is `base_url` right? It usually ends in /v1.",
    )


def _garbage(error: Any, address: str) -> ModelError:
    return ModelBadAnswer(
        f"What {address} sent is no chat completion: {str(error)[:_SHOWN]}",
        hint="Is `base_url` that of an OpenAI-compatible endpoint? It usually ends in /v1.",
    )


def _unfit(error: Any) -> ModelError:
    return ModelRejected(f"The client library could not make the call: {str(error)[:_SHOWN]}")


def _declined(said: str) -> ModelError:
    return ModelRefused(f"The model declined to answer: {said[:_SHOWN]}")


def _told_in_stream(error: Any, address: str, model: str) -> ModelError:
    """An error that a server sent as an event, in the middle of an answer that began well."""
    return _by_words(error, model) or ModelFault(
        f"The model at {address} broke off: {error.message[:_SHOWN]}"
    )


def _by_words(error: Any, model: str) -> ModelError | None:
    said = f"{error.code} {error.type} {error.message}".lower()
    if any(word in said for word in _TOO_LONG):
        return ContextTooLong(
            f"The conversation is too long for {model!r}: {error.message[:_SHOWN]}",
            hint="Send less of the conversation, or take a model that reads more at once.",
        )
    if any(word in said for word in _REFUSED):
        return _declined(error.message)
    return None


def _status(error: Any, address: str, model: str) -> ModelError:
    status: int = error.status_code
    said = f"{address} says {status}: {error.message[:_SHOWN]}"
    wait = _retry_after(error.response.headers)
    words = f"{error.code} {error.type} {error.message}".lower()
    if status in (401, 402, 403) or (status == 429 and any(word in words for word in _EMPTY)):
        return ModelUnauthorised(said, hint="Check the key, what it may use, and its account.")
    if status == 429:
        pause = "" if wait is None else f" It asks to wait {wait:g} s."
        return ModelRateLimited(said + pause, hint="Ask less often.", retry_after=wait)
    if known := _by_words(error, model):
        return known
    if status == 413:
        return ContextTooLong(said, hint="Send less of the conversation.")
    if status == 408:
        return _late(address)
    if status >= 500 or status in (409, 425):
        return ModelFault(said, retry_after=wait)
    return ModelRejected(said, hint=f"Does it serve a model {model!r}? Is `base_url` right?")


def _retry_after(headers: Any) -> float | None:
    """Return the seconds that a server asks to wait, however it says so; None if it does not."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / unit
        except ValueError:
            continue
        return seconds if 0 <= seconds < float("inf") else None
    try:
        until = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
