"""How much language models may take: calls, tokens and money, per turn and per day.

A model asks before each call to its server, repeats and repairs too, so a limit is never passed by
a call; only an answer longer than it was reckoned can. Keeps its count in memory: who wants a day's
limit to outlast the process hands in what was spent so far. Knows no model and no server.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.errors import ConfigError, OverBudget
from sommelier.llm.chat.base import Usage

__all__ = ["Budget", "Call", "Limits", "Price", "Tally"]


class Limits(BaseModel):
    """What may be taken within one turn or one day; None is no limit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: Annotated[int | None, Setting(description="calls to the server", ge=0)] = None
    tokens: Annotated[int | None, Setting(description="tokens read and written", ge=0)] = None
    cost: Annotated[
        float | None, Setting(description="money, in the currency of the prices", ge=0)
    ] = None


class Price(BaseModel):
    """What a model costs, in any one currency, per million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: Annotated[float, Setting(description="per million tokens read", ge=0)] = 0.0
    completion: Annotated[float, Setting(description="per million tokens written", ge=0)] = 0.0


@dataclass(eq=False)
class Call:
    """One call under way; `settle` tells what it really took."""

    model: str
    price: Price
    usage: Usage = field(default_factory=Usage)
    settled: bool = False

    def settle(self, prompt_tokens: int, completion_tokens: int) -> Usage:
        """Return what the call took, with its cost."""
        cost = prompt_tokens * self.price.prompt + completion_tokens * self.price.completion
        self.settled = True
        self.usage = Usage(
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            calls=1,
            cost=cost / 1e6,
        )
        return self.usage


@dataclass
class Tally:
    """What one turn or one day takes: settled calls, and those under way as reckoned."""

    done: Usage = field(default_factory=Usage)
    running: list[Call] = field(default_factory=list)

    @property
    def spent(self) -> Usage:
        """All of it."""
        return sum((call.usage for call in self.running), self.done)


class Budget:
    """Counts what models take, and refuses a call that would pass a limit. Safe between threads.

    Days begin at midnight of the clock's own time zone. The limits of a turn count inside `turn()`.
    """

    def __init__(
        self,
        *,
        turn: Limits | None = None,
        day: Limits | None = None,
        prices: Mapping[str, Price] | None = None,
        spent_today: Usage | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`prices` by model name; a limit of money with a model that has none is a ConfigError."""
        self._turn, self._day = turn or Limits(), day or Limits()
        self._prices = dict(prices or {})
        self._now = now
        self._date = now().date()
        self._today = Tally(spent_today or Usage())
        self._lock = Lock()
        # A turn is a stretch of somebody's running code, so its count follows that code's context.
        self._open: ContextVar[Tally | None] = ContextVar("turn", default=None)

    @property
    def today(self) -> Usage:
        """What this day has taken so far."""
        with self._lock:
            return self._tally_of_the_day().spent

    @contextmanager
    def turn(self) -> Iterator[Tally]:
        """Count what is called inside as one turn; gives the tally, which goes on counting."""
        tally = Tally()
        token = self._open.set(tally)
        try:
            yield tally
        finally:
            self._open.reset(token)

    @contextmanager
    def call(self, model: str, prompt_tokens: int, max_tokens: int) -> Iterator[Call]:
        """Admit one call of about so many tokens, or raise OverBudget before it is made.

        A call that fails before it is settled counts as one call without tokens.
        """
        call = Call(model, self._price(model))
        call.settle(prompt_tokens, max_tokens)
        with self._lock:
            tallies = self._admit(call)
        call.settled = False
        try:
            yield call
        finally:
            taken = call.usage if call.settled else Usage(calls=1)
            with self._lock:
                for tally in tallies:
                    tally.running.remove(call)
                    tally.done += taken

    def _price(self, model: str) -> Price:
        limited = self._turn.cost is not None or self._day.cost is not None
        if limited and model not in self._prices:
            raise ConfigError(
                f"There is a limit of money, but no price for the model {model!r}.",
                hint="Give its price per million tokens, 0 if it costs nothing.",
            )
        return self._prices.get(model, Price())

    def _admit(self, call: Call) -> list[Tally]:
        """Count a call beforehand on every tally it belongs to, or on none."""
        open_turn, day = self._open.get(), self._tally_of_the_day()
        pairs = [("day", self._day, day)]
        if open_turn is not None:
            pairs.insert(0, ("turn", self._turn, open_turn))
        for span, limits, tally in pairs:
            _check(span, limits, tally.spent, call.usage)
        for _, _, tally in pairs:
            tally.running.append(call)
        return [tally for _, _, tally in pairs]

    def _tally_of_the_day(self) -> Tally:
        date = self._now().date()
        if date != self._date:
            self._date, self._today = date, Tally()
        return self._today


def _check(span: str, limits: Limits, spent: Usage, reckoned: Usage) -> None:
    for unit in Limits.model_fields:
        limit, more = getattr(limits, unit), getattr(reckoned, unit)
        if limit is not None and getattr(spent, unit) + more > limit:
            raise OverBudget(
                f"This {span}'s limit of {limit:g} {unit} would be passed: "
                f"{getattr(spent, unit):g} taken, up to {more:g} more asked for.",
                hint="Raise the limit, or wait for the next day." if span == "day" else "",
            )
