import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sommelier.errors import ConfigError, ModelFault, OverBudget
from sommelier.llm.chat.base import Message, Usage
from sommelier.llm.chat.budget import Budget, Limits, Price


class Clock:
    def __init__(self):
        self.now = datetime(2031, 5, 1, 23, 30, tzinfo=UTC)

    def __call__(self):
        return self.now


def test_a_call_beyond_the_turns_limit_is_not_made(server, model, ask):
    server.says("Yes.")
    budget = Budget(turn=Limits(calls=2))
    one = model(budget)
    with budget.turn() as turn:
        ask(one)
        ask(one)
        with pytest.raises(OverBudget, match="turn's limit of 2 calls"):
            ask(one)
    assert (server.calls, turn.spent.calls) == (2, 2)
    with budget.turn():
        ask(one)
    assert (server.calls, budget.today.calls) == (3, 3)


def test_repeats_and_repairs_count_as_calls(server, model, ask, colour):
    server.fails(500).says("Red.").says('{"name": "red"}')
    budget = Budget(turn=Limits(calls=3))
    with budget.turn() as turn:
        assert ask(model(budget), schema=colour).usage.calls == 3
    assert turn.spent == Usage(prompt_tokens=14, completion_tokens=10, calls=3)


def test_a_repair_beyond_the_limit_is_not_made(server, model, ask, colour):
    server.says("Red.")
    budget = Budget(turn=Limits(calls=1))
    with budget.turn(), pytest.raises(OverBudget):
        ask(model(budget), schema=colour)
    assert server.calls == 1


def test_a_day_begins_anew_at_midnight(server, model, ask):
    server.says("Yes.")
    clock = Clock()
    budget = Budget(day=Limits(calls=1), now=clock)
    one = model(budget)
    ask(one)
    with pytest.raises(OverBudget, match="day's limit"):
        ask(one)
    clock.now += timedelta(hours=1)
    ask(one)
    assert (server.calls, budget.today.calls) == (2, 1)


def test_what_was_spent_before_counts():
    budget = Budget(day=Limits(tokens=100), spent_today=Usage(prompt_tokens=90))
    with pytest.raises(OverBudget, match="90 taken"), budget.call("small", 5, 6):
        pass


def test_money_is_counted_by_the_price_table(server, model, ask):
    server.says("Yes.", usage=(1000, 500))
    prices = {"small": Price(prompt=2.0, completion=10.0)}
    budget = Budget(day=Limits(cost=0.03), prices=prices)
    one = model(budget, max_tokens=1000)
    assert ask(one).usage.cost == pytest.approx(0.007)
    ask(one)
    ask(one)
    with pytest.raises(OverBudget, match="cost"):
        ask(one)
    assert server.calls == 3


def test_a_limit_of_money_needs_a_price():
    budget = Budget(day=Limits(cost=1.0), prices={"other": Price()})
    with (
        pytest.raises(ConfigError, match="no price for the model 'small'"),
        budget.call("small", 1, 1),
    ):
        pass


def test_a_call_under_way_counts_as_reckoned_and_then_as_it_was():
    budget = Budget(day=Limits(tokens=100))
    with budget.call("small", 10, 60) as call:
        assert budget.today.tokens == 70
        with pytest.raises(OverBudget), budget.call("small", 10, 60):
            pass
        call.settle(10, 5)
    assert budget.today == Usage(prompt_tokens=10, completion_tokens=5, calls=1)
    with budget.call("small", 10, 60):
        pass


def test_a_call_that_fails_counts_as_one_without_tokens():
    budget = Budget(day=Limits(calls=5))
    with pytest.raises(ModelFault), budget.call("small", 10, 60):
        raise ModelFault("down")
    assert budget.today == Usage(calls=1)


def test_a_broken_stream_counts_what_was_received(server, model, read):
    server.streams(["word " * 8] * 2, end=False)
    budget = Budget()
    with pytest.raises(ModelFault):
        read(model(budget))
    assert budget.today.calls == 1
    assert budget.today.completion_tokens > 10


def test_turns_that_run_at_once_do_not_share_their_limit(server, model):
    server.says("Yes.")
    budget = Budget(turn=Limits(calls=1), day=Limits(calls=2))
    one, messages = model(budget), [Message(role="user", content="?")]

    async def turn():
        with budget.turn() as tally:
            await one.complete(messages)
            return tally.spent.calls

    async def both():
        done = await asyncio.gather(turn(), turn())
        await one.aclose()
        return done

    assert asyncio.run(both()) == [1, 1]
    assert budget.today.calls == 2


@given(
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 90), st.floats(0, 1)), max_size=12),
)
def test_no_limit_is_ever_passed_by_answers_as_long_as_reckoned(limit, calls):
    budget = Budget(day=Limits(tokens=limit))
    for read, most, share in calls:
        try:
            with budget.call("small", read, most) as call:
                call.settle(read, int(most * share))
        except OverBudget:
            assert budget.today.tokens + read + most > limit
        assert budget.today.tokens <= limit
