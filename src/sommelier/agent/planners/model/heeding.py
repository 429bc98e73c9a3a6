"""What a model may not leave out or garble: the words of a message that the catalogue knows.

A small model now and then drops half of a wish, turns an order round or misspells what it copies.
Code knows better in these few things: a value, a bound or a "newer" that the message names stands
somewhere in the frame, free words are the person's own, and "lowest" is not "highest".
"""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.model.frame import Clause, Frame
from sommelier.agent.planners.model.mending import (
    FIELD,
    better,
    copied,
    fields_of,
    once,
    ordered,
    put,
    sorted_by,
    turned,
)
from sommelier.agent.planners.rules.draft import Drafter
from sommelier.agent.planners.rules.joining import Condition
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Kind
from sommelier.errors import UsageError
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import stems

__all__ = ["Heeder"]

_WISHES: Final = ("find", "refine", "count")
_CLAUSES: Final = ("must", "no", "prefer")
_THINGS: Final = ("something", "anything")  # stand for what is wanted
_PLAIN: Final = 25  # words; a longer message tells a story, whose words ask for nothing


class Heeder:
    """Mends the frames of wishes over one catalogue."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon, self._schema = lexicon, lexicon.schema
        self._drafter = Drafter(lexicon, words)

    def heeded(self, frame: Frame, message: str, mentions: Sequence[Mention]) -> Frame:
        """Return the frame with what its message names and it lacks; other acts stay as they are.

        `mentions` are the linked words of the message, without titles that a list should resemble.
        """
        if frame.do not in (*_WISHES, "pick"):
            return frame
        frame = self._dated(ordered(copied(frame, message), message))
        if len(message.split()) > _PLAIN:
            return frame
        draft = self._drafter.read(self._firm(mentions, message))
        if frame.do == "pick":
            return better(frame, draft)
        slots = {name: list(getattr(frame, name)) for name in _CLAUSES}
        bounded = [
            clause
            for condition in draft.conditions
            if self._measured(condition)
            for clause in written(condition.where, self._schema)
        ]
        lacking = [one for one in draft.conditions if self._lacks(frame, one)]
        wishes = self._add_values([one for one in lacking if not self._measured(one)], slots)
        text = " ".join(sorted(filter(None, [frame.text, *wishes]), key=_place_in(message)))
        held = fields_of(frame)
        bounds = [
            ("prefer" if condition.soft else "must", clause, condition.said)
            for condition in lacking
            if self._measured(condition)
            for clause in written(condition.where, self._schema)
        ]
        bounds += [
            ("must", f"{one.field}{'>' if one.more else '<'}#", one.said)
            for one in draft.relatives
            if one.field not in held
        ]
        named = {name for c in draft.conditions for name in c.fields}
        named |= {one.field for one in draft.relatives}
        for slot, clause, said in bounds:
            put(clause, slots, slot, named)
            text = re.sub(rf"\b{re.escape(said)}\b", "", text).strip()
        slots["must"] = self._joined(once(turned(slots["must"], bounded), mentions))
        changes = {name: tuple(slots[name]) for name in _CLAUSES}
        return frame.model_copy(
            update=changes | {"text": text, "sort": sorted_by(frame, draft, held)}
        )

    def _dated(self, frame: Frame) -> Frame:
        """Return the frame without bounds on a date that are none, such as 6000-00-00."""
        changes: dict[str, tuple[str, ...]] = {}
        for slot in _CLAUSES:
            held = getattr(frame, slot)
            kept = tuple(clause for clause in held if not self._timeless(clause))
            changes |= {slot: kept} if kept != held else {}
        return frame.model_copy(update=changes) if changes else frame

    def _timeless(self, text: str) -> bool:
        with suppress(UsageError):
            clause = Clause.read(text)
            dated = clause.field in self._schema and self._schema[clause.field].kind is Kind.DATE
            return dated and not clause.relative and not all(map(_is_day, clause.values))
        return False

    def _firm(self, mentions: Sequence[Mention], message: str) -> list[Mention]:
        """Return the mentions that surely ask for something.

        Misspelt words do not, nor the year of a title, "Coco (2017)", nor a free keyword that
        describes nothing: "works by ..." is no wish for works.
        """
        return [
            one
            for at, one in enumerate(mentions)
            if not one.guessed
            and not (one.kind == "range" and f"({one.text})" in message)
            and not (self._free(one) and not _near_noun(mentions, at))
        ]

    def _free(self, mention: Mention) -> bool:
        entries = mention.entries
        return bool(entries) and all(self._lexicon.loose(one.field) for one in entries)

    def _add_values(self, lacking: Sequence[Condition], slots: dict[str, list[str]]) -> list[str]:
        """Add values to the slots; returns the free keywords, which belong to the text."""
        words = []
        for condition in lacking:
            if not condition.negative and all(self._lexicon.loose(f) for f in condition.fields):
                words.append(condition.said)
                continue
            for clause in written(condition.where, self._schema):
                plain = clause.removeprefix("no ")
                slot = "prefer" if condition.soft else "must"
                slots["no" if plain != clause else slot].append(plain)
        return words

    def _measured(self, condition: Condition) -> bool:
        kinds = {self._schema[name].kind for name in condition.fields}
        return kinds <= {Kind.NUMBER, Kind.DATE, Kind.FLAG}

    def _lacks(self, frame: Frame, condition: Condition) -> bool:
        """Return whether a frame has nothing of a condition: no bound on its field, no word."""
        if self._measured(condition):
            return not set(condition.fields) & fields_of(frame)
        if any(self._schema[name].kind in (Kind.TEXT, Kind.TITLE) for name in condition.fields):
            return False  # any word that is not to be there
        values = [FIELD.sub(" ", clause) for clause in written(condition.where, self._schema)]
        said = stems(" ".join([condition.said, *values])).split()
        return not set(said) & set(stems(frame.to_text()).split())

    def _joined(self, clauses: Sequence[str]) -> list[str]:
        """Return the clauses with the values of a field that holds only one joined as a choice."""
        first: dict[str, int] = {}
        kept: list[str] = []
        for text in clauses:
            name, sign, value = text.partition("=")
            single = sign and name in self._schema and self._schema[name].kind is Kind.CATEGORY
            if single and name in first:
                kept[first[name]] += f"|{value}"
                continue
            if single:
                first[name] = len(kept)
            kept.append(text)
        return kept


def _place_in(message: str) -> Callable[[str], int]:
    low = message.casefold()
    return lambda words: low.find(words.casefold())


def _near_noun(mentions: Sequence[Mention], at: int) -> bool:
    """Return whether a mention describes what is wanted: "a heist film", "something funny"."""
    if at and mentions[at - 1].text.casefold() in _THINGS:
        return True
    return at + 1 < len(mentions) and mentions[at + 1].kind in ("noun", "value")


def _is_day(text: str) -> bool:
    """Return whether a text is a year or a day of the calendar."""
    try:
        return bool(re.fullmatch(r"\d{4}", text) or dt.date.fromisoformat(text))
    except ValueError:
        return False
