"""Stopping a long run with Ctrl-C so that nothing is lost: the step at hand is finished first."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["stoppable"]


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Turn the first interrupt into a wish to stop after this step; a second one raises at once."""
    asked: list[int] = []

    def note(signum: int, _frame: Any) -> None:
        asked.append(signum)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    former = signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, former)
