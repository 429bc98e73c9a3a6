"""How often and how long a call is repeated: by the class of its error, and as the server asks.

Knows endpoints' settings and our errors; what is repeated is the caller's business.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sommelier.errors import ModelError
from sommelier.llm.chat.openai.endpoint import Endpoint

__all__ = ["patiently"]

_T = TypeVar("_T")


async def patiently(endpoint: Endpoint, ask: Callable[[], Awaitable[_T]]) -> tuple[_T, int]:
    """Return what `ask` gives, and how many calls that took; raises the last ModelError."""
    import stamina

    calls = 0

    async def once() -> _T:
        nonlocal calls
        calls += 1
        return await ask()

    def wait(error: Exception) -> bool | float:
        """Say whether to repeat, and after how many seconds if the server said so."""
        if not (isinstance(error, ModelError) and error.may_retry):
            return False
        asked = error.retry_after
        if asked is None:
            return True
        # Who asks for more than the longest wait is not asked again: sooner would be against the
        # server's word, and later keeps the person waiting.
        return asked if asked <= endpoint.longest_wait else False

    retrying = stamina.AsyncRetryingCaller(
        attempts=endpoint.attempts,
        timeout=None,  # each attempt has its own, and there are few
        wait_initial=0.25,
        wait_jitter=0.25,
        wait_max=endpoint.longest_wait,
    )
    return await retrying(wait, once), calls
