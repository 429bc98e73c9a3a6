"""The tasks that tie the items' words to one another and to language, as rows to train on.

Sequence to item, item to words and back, sequences with titles on one side, items by wish, and a
taste read off a history, each in several phrasings (`tasks.toml`). Rows follow from a seed alone.
Knows no model. The log it is given must lack what is to be asked later.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from random import Random
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter

from sommelier.data.dataset import Dataset
from sommelier.hostile import harmless
from sommelier.tuning.indexing.vocabulary import Vocabulary
from sommelier.tuning.instructions.sayings import Sayings
from sommelier.tuning.lora.rows import Row
from sommelier.types import Nums

__all__ = ["SHARES", "TITLES", "WINDOW", "Tasks", "asked", "plain", "spelt", "system"]

SHARES: Final = {  # of the rows; a row of `sequence` holds a whole history of answers
    **{"sequence": 30, "next": 14, "search": 12, "search_after": 12, "naming": 8, "describing": 6},
    **{"telling": 6, "reading": 4, "titling": 4, "liking": 4},
}
WINDOW: Final = 50  # newest items of a history that are read and written
TITLES: Final = 8  # of those whose titles are read
_TITLE, _TEXT = 80, 240  # characters
_Slots = dict[str, str]
_T = TypeVar("_T")


class _Task(BaseModel):
    model_config = ConfigDict(extra="forbid")

    answer: str
    asks: list[str]


@cache
def _file() -> tuple[str, dict[str, _Task]]:
    told = tomllib.loads(files(__package__).joinpath("tasks.toml").read_text("utf-8"))
    sentence = str(told.pop("system"))
    return sentence, TypeAdapter(dict[str, _Task]).validate_python(told)


def spelt() -> dict[str, tuple[list[str], str]]:
    """Return the asks of each task with their slots open, and what answers them."""
    return {name: (task.asks, task.answer) for name, task in _file()[1].items()}


def system(noun: str, plural: str) -> str:
    """Return the sentence in front of every ask."""
    return _filled(_file()[0], {"noun": noun, "plural": plural})


def asked(task: str, number: int, slots: _Slots) -> str:
    """Return an ask of a task with its slots filled."""
    return _filled(_file()[1][task].asks[number], slots)


def plain(text: str, most: int) -> str:
    """Return a shop's or a person's text on one line, cut, with no markup and no item's word."""
    return " ".join(harmless(text[: 4 * most]).split())[:most]


@dataclass(frozen=True, eq=False)
class Tasks:
    """All that can be asked about a dataset; without `sayings` nobody wishes for anything."""

    dataset: Dataset
    vocabulary: Vocabulary
    sayings: Sayings | None
    seed: int = 0

    def rows(self, n: int) -> Iterator[tuple[str, Row]]:
        """Yield about `n` rows with the names of their tasks; fewer where little can be asked."""
        schema = self.dataset.catalog.schema
        names = {"noun": schema.noun, "plural": schema.plural}
        sentence, whole = system(**names), sum(SHARES.values())
        for task, share in SHARES.items():
            rng = Random(f"{self.seed} {task}")
            slots = self._slots(task, rng)
            for _, found in zip(range(round(n * share / whole)), slots, strict=False):
                number = rng.randrange(len(_file()[1][task].asks))
                answer = _filled(_file()[1][task].answer, found)
                yield task, Row(sentence, asked(task, number, names | found), answer, "index")

    def _slots(self, task: str, rng: Random) -> Iterator[_Slots]:
        """Yield what fills a task's slots, everybody or everything once before anything twice."""
        log = self.dataset.interactions
        of_people: dict[str, Callable[[Nums, Random], _Slots | None]] = {
            **{"sequence": self._whole, "next": self._next, "reading": self._read},
            **{"titling": self._titled, "search_after": self._wished_after, "liking": self._liked},
        }
        of_items: dict[str, Callable[[int, Random], _Slots | None]] = {
            **{"naming": self._titles, "telling": self._titles, "describing": self._text},
            "search": self._wished,
        }
        if task in of_people:
            least = 1 if task == "sequence" else 2
            people = [one for one in log.histories() if len(one) >= least]
            return _drawn(people, of_people[task], rng)
        return _drawn(range(self.dataset.n_items), of_items[task], rng)

    def _whole(self, history: Nums, rng: Random) -> _Slots:
        end = len(history) if len(history) <= WINDOW else rng.randint(WINDOW, len(history))
        return {"met": self._written(history[:end])}

    def _next(self, history: Nums, rng: Random) -> _Slots:
        at = rng.randrange(1, len(history))
        return {"met": self._written(history[:at]), "one": self._written(history[at : at + 1])}

    def _read(self, history: Nums, rng: Random) -> _Slots | None:
        at = rng.randrange(1, len(history))
        titles = [title for one in history[:at][-TITLES:].tolist() if (title := self._title(one))]
        return {"titles": "; ".join(titles), "one": self._one(int(history[at]))} if titles else None

    def _titled(self, history: Nums, rng: Random) -> _Slots | None:
        at = rng.randrange(1, len(history))
        title = self._title(int(history[at]))
        return {"met": self._written(history[:at]), "title": title} if title else None

    def _titles(self, item: int, _rng: Random) -> _Slots | None:
        title = self._title(item)
        return {"title": title, "one": self._one(item)} if title else None

    def _text(self, item: int, _rng: Random) -> _Slots | None:
        text = plain(self._texts[item], _TEXT)
        return {"text": text, "one": self._one(item)} if text else None

    def _wished(self, item: int, rng: Random) -> _Slots | None:
        if self.sayings is None:
            return None
        said = self.sayings.vague if rng.random() < 0.6 else self.sayings.specific
        wish = said(item, rng)
        return {"wish": plain(wish.text, _TEXT), "one": self._one(item)} if wish else None

    def _wished_after(self, history: Nums, rng: Random) -> _Slots | None:
        at = rng.randrange(1, len(history))
        found = self._wished(int(history[at]), rng)
        return {"met": self._written(history[:at]), **found} if found else None

    def _liked(self, history: Nums, rng: Random) -> _Slots | None:
        liking = self.sayings.liking(history[-WINDOW:], rng) if self.sayings else None
        if liking is None:
            return None
        return {"met": self._written(history), "liking": plain(liking.text, _TEXT)}

    def _written(self, items: Nums) -> str:
        return self.vocabulary.written(items[-WINDOW:])

    def _one(self, item: int) -> str:
        return self.vocabulary.written([item])

    def _title(self, item: int) -> str:
        catalog = self.dataset.catalog
        title = catalog.titles[item]
        return "" if title == catalog.ids[item] else plain(title, _TITLE)

    @cached_property
    def _texts(self) -> list[str]:
        return self.dataset.catalog.texts()


def _drawn(
    pool: Sequence[_T], made: Callable[[_T, Random], _Slots | None], rng: Random
) -> Iterator[_Slots]:
    """Yield what is made of the pool, in a new order each time it is gone through."""
    order, failed = list(pool), 0
    while order and failed < len(order):
        rng.shuffle(order)
        for one in order:
            found = made(one, rng)
            if found is None:
                failed += 1
            else:
                failed = 0
                yield found


def _filled(text: str, slots: _Slots) -> str:
    """Fill slots once; what is filled in is never read again, whatever braces it holds."""
    return re.sub(r"\{(\w+)\}", lambda slot: slots[slot[1]], text)
