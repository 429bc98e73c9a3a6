"""The desk where a model is asked about one person's candidates, and answers are made sound.

Candidates have numbers: their places in the base engine's order. Answers are letters under a JSON
schema, read back as numbers. What an answer leaves out keeps the base's order, what it says twice
counts once, and both are counted; nothing is asked again but by the schema's own repair. Knows no
item, no engine and no right answer.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sommelier.engines.prompted.prompts import LETTERS
from sommelier.errors import ModelError, ModelUnauthorised, ModelUnreachable, OverBudget
from sommelier.llm.chat.base import ChatModel, Message, Usage
from sommelier.llm.chat.schema import Schema

__all__ = ["CutShort", "Desk", "Line"]

_FOR_GOOD: Final = (OverBudget, ModelUnreachable, ModelUnauthorised)  # the next call ends likewise
_FRAME: Final = 24  # tokens of an answer without its letters
_LETTER: Final = 6  # tokens of one letter, with room


class CutShort(Exception):
    """Nothing more can be asked; never leaves this room."""


@dataclass
class Line:
    """The way to the model, shared by all desks of one run in one event loop."""

    model: ChatModel
    at_once: int
    took: Callable[[Usage], object] = lambda usage: None  # told what each answer took
    thinking: int = 0  # tokens beyond those of an answer
    ended: str = ""  # why nothing more is asked; "" while it is open

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.at_once)

    async def ask(self, messages: Sequence[Message], schema: Schema, longest: int) -> Any:
        """Return the answer's data, None where there is none; CutShort where the line ended."""
        async with self._free:
            if self.ended:
                raise CutShort
            try:
                most = longest + self.thinking
                found = await self.model.complete(messages, schema=schema, max_tokens=most)
            except _FOR_GOOD as error:
                self.ended = self.ended or error.message
                raise CutShort from error
            except ModelError:
                return None
        self.took(found.spent)
        return found.data


@dataclass
class Desk:
    """Asks about the candidates of one query, and counts."""

    line: Line
    question: Callable[[str, Sequence[int]], list[Message]]  # from a task and candidates
    asked: int = 0
    broken: int = 0
    answered: bool = field(default=False)  # whether anything of any answer could be used

    async def order(self, shown: Sequence[int]) -> list[int]:
        """Return these candidates, best first; those that are not named follow, rising."""
        n = len(shown)
        letters = {"type": "array", "items": _letter(n), "minItems": 1, "maxItems": n}
        said = await self._ask("listwise", shown, "order", letters, _LETTER * n)
        named = list(dict.fromkeys(shown[LETTERS.index(letter)] for letter in said or ()))
        self._count(whole=said is not None and len(said) == len(named) == n, any_of_it=bool(named))
        return named + sorted(set(shown).difference(named))

    async def pick(self, shown: Sequence[int], task: str = "setwise") -> int | None:
        """Return the best of these candidates, None without an answer."""
        said = await self._ask(task, shown, "best", _letter(len(shown)), _LETTER)
        self._count(whole=said is not None, any_of_it=said is not None)
        return None if said is None else shown[LETTERS.index(said)]

    async def grade(self, one: int, task: str) -> int | None:
        """Return how well one candidate suits, more is better; None without an answer."""
        if task == "graded":
            wanted = {"type": "integer", "enum": [0, 1, 2, 3, 4]}
            said = await self._ask(task, [one], "grade", wanted, _LETTER)
            found = None if said is None else int(said)
        else:
            wanted = {"type": "string", "enum": ["yes", "no"]}
            said = await self._ask(task, [one], "glad", wanted, _LETTER)
            found = None if said is None else int(said == "yes")
        self._count(whole=found is not None, any_of_it=found is not None)
        return found

    async def _ask(
        self, task: str, shown: Sequence[int], key: str, wanted: Mapping[str, Any], tokens: int
    ) -> Any:
        """Return what stands under the key of the answer; it satisfies `wanted`, or is None."""
        body = {
            "type": "object",
            "properties": {key: wanted},
            "required": [key],
            "additionalProperties": False,
        }
        schema = Schema(task, body)
        data = await self.line.ask(self.question(task, shown), schema, _FRAME + tokens)
        self.asked += 1
        # Any ChatModel may stand here, so what it calls data is checked once more.
        return None if data is None or schema.faults(data) else data[key]

    def _count(self, *, whole: bool, any_of_it: bool) -> None:
        self.broken += not whole
        self.answered |= any_of_it


def _letter(n: int) -> dict[str, Any]:
    return {"type": "string", "enum": list(LETTERS[:n])}
