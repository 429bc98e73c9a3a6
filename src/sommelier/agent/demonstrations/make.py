"""Demonstrations made for a new catalogue by itself, two ways, each pair checked by running it.

Output-first: a frame is drawn from the catalogue's vocabulary and said by a pattern. Input-first: a
request is drawn, a teacher plans it, and the frame that leads to the same plan is kept. A pair that
does not run, or finds nothing, is put away. A second or less for any catalogue.
"""

import asyncio
import hashlib
import json
import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from sommelier.agent.demonstrations.framing import frames, same
from sommelier.agent.demonstrations.masking import Masker
from sommelier.agent.demonstrations.slots import Slots
from sommelier.agent.demonstrations.store import Demonstration, Demonstrations
from sommelier.agent.executor import Executor
from sommelier.agent.memory import preview, situation
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Ask, Plan, Rank, Say
from sommelier.agent.planners.base import Planner, View
from sommelier.agent.planners.model.frame import TOPICS, Frame
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.model.view import turn_text
from sommelier.agent.planners.rules import RulesPlanner
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.policy import Policy
from sommelier.agent.working import Working
from sommelier.errors import UsageError
from sommelier.llm.encoder import Encoder
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox

__all__ = ["key", "make", "opened"]

_Teacher = Callable[[str, View], Plan]

_SLOT: Final = re.compile(r"«(\w+)»")
_TRIES: Final = 4  # fillings of a pattern that are tried before it is given up
_TABLES: Final = 3  # lists that follow-ups are said to
_NOTED: Final = ("noted_like", "noted_dislike", "noted_ask", "restarted", "fine")


@cache
def _patterns() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("patterns.toml").read_text("utf-8"))


def key(box: Toolbox, encoder: str) -> str:
    """Return what demonstrations depend on, as one digest: catalogue, encoder, patterns."""
    digest = hashlib.blake2b(encoder.encode(), digest_size=16)
    digest.update(json.dumps(_patterns(), sort_keys=True).encode())
    digest.update(box.schema.model_dump_json().encode())
    digest.update("\0".join(box.catalog.ids).encode("utf-8", "replace"))
    digest.update("\0".join(box.catalog.titles).encode("utf-8", "replace"))
    return digest.hexdigest()


def make(
    box: Toolbox, *, teacher: Planner | None = None, seed: int = 0, each: int = 1
) -> list[Demonstration]:
    """Return checked pairs for a catalogue, up to `each` for every sentence of the patterns.

    `teacher` plans the requests whose frame is not known beforehand; by default the rules brain.
    """
    with ThreadPoolExecutor(1) as pool:  # where no event loop runs, so anybody may call this

        def planned(message: str, view: View) -> Plan:
            return pool.submit(asyncio.run, brain.plan(message, view)).result().plan

        brain = teacher or RulesPlanner(box.lexicon)
        return _Maker(box, planned, random.Random(seed)).made(each)


def opened(box: Toolbox, encoder: Encoder, folder: Path | None = None) -> Demonstrations:
    """Return the demonstrations kept in a folder if they are of this catalogue, else fresh ones.

    Fresh ones are kept there for the next time, where the folder can be written to.
    """
    masker, named = Masker(box.lexicon), key(box, encoder.name)
    kept = Demonstrations.load(folder, named, encoder, masker) if folder else None
    if kept is not None:
        return kept
    fresh = Demonstrations.of(make(box), encoder, masker, named)
    if folder:
        with suppress(OSError):  # a folder that is only read costs a second at each start
            fresh.save(folder)
    return fresh


class _Maker:
    def __init__(self, box: Toolbox, teacher: _Teacher, rng: random.Random) -> None:
        self._box, self._teacher, self._rng = box, teacher, rng
        self._slots = Slots(box, rng)
        self._resolver = Resolver(box.lexicon)
        self._executor = Executor(box, Policy())
        self._linker = Linker(box.lexicon, words())

    def made(self, each: int) -> list[Demonstration]:
        patterns = _patterns()
        anew = View(self._box.lexicon, Working(), Profile())
        found = self._pairs([p for p in patterns["pairs"] if not p.get("list")], [anew], each)
        found += self._requests(patterns["requests"]["anew"], [anew], each)
        tables: list[View] = []
        for pair in found:
            if len(tables) < _TABLES and (view := self._table(pair, (tables or [anew])[-1])):
                tables.append(view)
        if tables:
            found += self._pairs([p for p in patterns["pairs"] if p.get("list")], tables, each)
            found += self._requests(patterns["requests"]["follow"], tables, each)
        return list({pair.message: pair for pair in found}.values())

    def _table(self, pair: Demonstration, before: View) -> View | None:
        """Return how things stand once the list of a pair is shown too; None if it is no list."""
        if pair.frame.do != "find" or pair.frame.told or pair.frame.n:
            return None
        outcome = self._run(self._resolver.plan(pair.frame, pair.message, before), before)
        if outcome is None or len(outcome.cards) < before.n:
            return None
        steps = tuple(s for s in outcome.plan.steps if s.kind in ("filter", "similar", "rank"))
        working = before.working.showing(Plan(steps=steps), outcome.item_ids)
        return replace(before, working=working)

    def _pairs(
        self, patterns: Sequence[dict[str, Any]], views: Sequence[View], each: int
    ) -> list[Demonstration]:
        """Return output-first pairs: the frame first, then how it is said."""
        found: list[Demonstration] = []
        for pattern in patterns:
            for say in pattern["say"]:
                for _ in range(each):
                    found += self._first(self._said(say, pattern["frame"], views))
        return found

    def _said(self, say: str, frame: str, views: Sequence[View]) -> Iterator[Demonstration]:
        for filled in self._fillings(say + frame):
            message = _put(say, {slot: said for slot, (said, _) in filled.items()})
            clauses = {slot: json.dumps(clause)[1:-1] for slot, (_, clause) in filled.items()}
            text = _put(frame, clauses)
            view = self._rng.choice(views)
            yield from self._checked(message, Frame.from_json(json.loads(text)), view)

    def _requests(
        self, says: Sequence[str], views: Sequence[View], each: int
    ) -> list[Demonstration]:
        """Return input-first pairs: what is said first, then the teacher's frame of it."""
        return [
            pair
            for say in says
            for _ in range(each)
            for pair in self._first(self._taught(say, views))
        ]

    def _taught(self, say: str, views: Sequence[View]) -> Iterator[Demonstration]:
        for filled in self._fillings(say):
            message = _put(say, {slot: said for slot, (said, _) in filled.items()})
            view = self._rng.choice(views)
            plan = self._teacher(message, view)
            if plan.notes:  # what was guessed or passed over is nothing to learn from
                continue
            for frame in frames(plan, view):
                if same(self._resolver.plan(frame, message, view), plan):
                    yield from self._checked(message, frame, view)
                    break

    def _fillings(self, pattern: str) -> Iterator[dict[str, tuple[str, str]]]:
        for _ in range(_TRIES):
            filled: dict[str, tuple[str, str]] = {}
            for slot in dict.fromkeys(_SLOT.findall(pattern)):
                one = self._slots.fill(slot, filled)
                if one is None:
                    break
                filled[slot] = one
            else:
                yield filled

    @staticmethod
    def _first(pairs: Iterator[Demonstration]) -> Iterator[Demonstration]:
        yield from (pair for pair, _ in zip(pairs, range(1), strict=False))

    def _checked(self, message: str, frame: Frame, view: View) -> Iterator[Demonstration]:
        """Yield the pair if its plan runs and comes to something."""
        plan = self._resolver.plan(frame, message, view)
        outcome = self._run(plan, view)
        if outcome is None or plan.notes or plan.of(Ask) or outcome.asked:
            return
        topics = {say.topic for say in plan.of(Say)}
        empty = bool(plan.of(Rank)) and not outcome.cards
        if empty or not topics <= {*TOPICS, *_NOTED}:
            return
        asked = turn_text(message, view, self._linker)
        yield Demonstration(message, asked, frame, follows=bool(view.working.shown))

    def _run(self, plan: Plan, view: View) -> Outcome | None:
        profile = preview(view.profile, plan, (), 0.0)
        try:
            return self._executor.run(plan, situation(self._box, profile, view.working, None))
        except UsageError:
            return None


def _put(pattern: str, named: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda found: named[found[1]], pattern)
