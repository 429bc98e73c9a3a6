"""From cases to orders: every round of every query over one model, within one event loop.

Knows neither the base engine nor what an answer is worth. A round that the budget, a dead server or
nothing but broken answers ended does not count; without any round the order stands as it came.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sommelier.engines.prompted.desk import CutShort, Desk, Line
from sommelier.engines.prompted.models import Opened
from sommelier.engines.prompted.prompts import Prompts
from sommelier.engines.prompted.records import Ranked, Round
from sommelier.engines.prompted.rounds import borda, shown_orders
from sommelier.engines.prompted.settings import PromptedConfig
from sommelier.engines.prompted.shapes import SHAPES
from sommelier.engines.query import Query
from sommelier.llm.chat.base import Message, Usage
from sommelier.types import Nums

__all__ = ["Case", "ask"]


@dataclass(frozen=True, eq=False)
class Case:
    """One query and its candidates, best first by whoever proposed them."""

    query: Query
    candidates: Nums


async def ask(
    opened: Opened,
    prompts: Prompts,
    cases: Sequence[tuple[Case, str]],
    config: PromptedConfig,
    took: Callable[[Usage], object],
) -> list[Ranked]:
    """Return what becomes of each case; beside it stands what is told of its person."""
    line = Line(opened.model, config.at_once, took, config.thinking)
    try:
        return await asyncio.gather(
            *(_ranked(line, prompts, case, person, config) for case, person in cases)
        )
    finally:
        await opened.leave()


async def _ranked(
    line: Line, prompts: Prompts, case: Case, person: str, config: PromptedConfig
) -> Ranked:
    items = [int(item) for item in case.candidates]

    def question(task: str, shown: Sequence[int]) -> list[Message]:
        return prompts.question(person, task, [items[place] for place in shown])

    orders = shown_orders(len(items), config.rounds, [config.seed, *items])
    desks = [Desk(line, question) for _ in orders]
    looks = zip(desks, orders, strict=True)
    ended = await asyncio.gather(*(_look(desk, shown, config) for desk, shown in looks))
    rounds = tuple(one for one in ended if one is not None)
    missing = "" if len(rounds) == len(orders) else line.ended or "No answer could be used."
    order = borda([one.ranked for one in rounds], len(items))
    return Ranked(
        candidates=case.candidates,
        order=case.candidates[order],
        rounds=rounds,
        questions=sum(desk.asked for desk in desks),
        broken=sum(desk.broken for desk in desks),
        note=missing,
    )


async def _look(desk: Desk, shown: tuple[int, ...], config: PromptedConfig) -> Round | None:
    """Return one round, None if it did not come to an end or nothing of it could be used."""
    try:
        ranked = await SHAPES[config.shape](desk, shown, config)
    except CutShort:
        return None
    return Round(shown, tuple(ranked)) if desk.answered else None
