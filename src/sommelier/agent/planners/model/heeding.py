"""What a model may not leave out or garble: the words of a message that the catalogue knows.

A small model now and then drops half of a wish, turns an order round or misspells what it copies.
Code knows better in these few things: a value, a bound or a "newer" that the message names stands
somewhere in the frame, free words are the person's own, and "lowest" is not "highest".
"""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from rapidfuzz import fuzz

from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.model.frame import Clause, Frame
from sommelier.agent.planners.rules.draft import Draft, Drafter
from sommelier.agent.planners.rules.joining import Condition
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Kind
from sommelier.errors import UsageError
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import stems

__all__ = ["Heeder"]

_WISHES: Final = ("find", "refine")
_CLAUSES: Final = ("must", "no", "prefer")
_FIELD: Final = re.compile(r"(?:no )?[^ =<>~]+(?=[=<>~])")  # of a clause
_PLAIN: Final = 25  # words; a longer message tells a story, whose words ask for nothing
_ALIKE: Final = 60.0  # likeness from which garbled words are taken to be copied from the message
_RISING: Final = re.compile(r"\b(lowest|smallest|fewest|least|ascending|low to high)\b", re.I)
_FALLING: Final = re.compile(r"\b(highest|biggest|largest|greatest|descending|high to low)\b", re.I)


class Heeder:
    """Mends the frames of wishes over one catalogue."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon, self._schema = lexicon, lexicon.schema
        self._drafter = Drafter(lexicon, words)

    def heeded(self, frame: Frame, message: str, mentions: Sequence[Mention]) -> Frame:
        """Return the frame with what its message names and it lacks; other acts stay as they are.

        `mentions` are the linked words of the message, without titles that a list should resemble.
        """
        if frame.do not in _WISHES:
            return frame
        frame = _ordered(_copied(frame, message), message)
        if len(message.split()) > _PLAIN:
            return frame
        draft = self._drafter.read(self._firm(mentions, message))
        slots = {name: list(getattr(frame, name)) for name in _CLAUSES}
        lacking = [one for one in draft.conditions if self._lacks(frame, one)]
        text = self._add_values([c for c in lacking if not self._measured(c)], frame.text, slots)
        held = _fields(frame)
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
            _put(clause, slots, slot, named)
            text = re.sub(rf"\b{re.escape(said)}\b", "", text).strip()
        slots["must"] = self._joined(slots["must"])
        changes = {name: tuple(slots[name]) for name in _CLAUSES}
        return frame.model_copy(update=changes | {"text": text, "sort": _sort(frame, draft, held)})

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

    def _add_values(
        self, lacking: Sequence[Condition], text: str, slots: dict[str, list[str]]
    ) -> str:
        """Add values to the slots, free keywords to the text, which is returned."""
        for condition in lacking:
            if not condition.negative and all(self._lexicon.loose(f) for f in condition.fields):
                text = f"{text} {condition.said}".strip()
                continue
            for clause in written(condition.where, self._schema):
                plain = clause.removeprefix("no ")
                slot = "prefer" if condition.soft else "must"
                slots["no" if plain != clause else slot].append(plain)
        return text

    def _measured(self, condition: Condition) -> bool:
        kinds = {self._schema[name].kind for name in condition.fields}
        return kinds <= {Kind.NUMBER, Kind.DATE, Kind.FLAG}

    def _lacks(self, frame: Frame, condition: Condition) -> bool:
        """Return whether a frame has nothing of a condition: no bound on its field, no word."""
        if self._measured(condition):
            return not set(condition.fields) & _fields(frame)
        if any(self._schema[name].kind in (Kind.TEXT, Kind.TITLE) for name in condition.fields):
            return False  # any word that is not to be there
        values = [_FIELD.sub(" ", clause) for clause in written(condition.where, self._schema)]
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


def _near_noun(mentions: Sequence[Mention], at: int) -> bool:
    """Return whether a mention stands before what it describes: "heist" in "a heist film"."""
    return at + 1 < len(mentions) and mentions[at + 1].kind in ("noun", "value")


def _put(clause: str, slots: dict[str, list[str]], slot: str, named: Collection[str]) -> None:
    """Put a bound into its slot, in place of the same bound on a field that nobody named."""
    bound = _FIELD.sub("", clause)
    for one in ("must", "prefer"):
        for at, other in enumerate(slots[one]):
            if _FIELD.sub("", other) == bound and not any(
                other.startswith((f"{name}<", f"{name}>", f"{name}=")) for name in named
            ):
                slots[one][at] = clause
                return
    slots[slot].append(clause)


def _copied(frame: Frame, message: str) -> Frame:
    """Return the frame with free words as the message has them: "groked" was "grilled"."""
    if not frame.text or frame.text.casefold() in message.casefold():
        return frame
    words = list(re.finditer(r"\S+", message))
    width = min(len(frame.text.split()), len(words))
    spans = [
        message[words[at].start() : words[at + width - 1].end()]
        for at in range(len(words) - width + 1)
    ]
    best = max(spans, key=lambda span: fuzz.ratio(span.casefold(), frame.text.casefold()))
    if fuzz.ratio(best.casefold(), frame.text.casefold()) < _ALIKE:
        return frame
    return frame.model_copy(update={"text": best.strip(" .,;:!?")})


def _ordered(frame: Frame, message: str) -> Frame:
    """Return the frame with its order as the message has it, where that says one only."""
    rising, falling = _RISING.search(message), _FALLING.search(message)
    if not frame.sort or bool(rising) == bool(falling):
        return frame
    name = frame.sort.removeprefix("-")
    return frame.model_copy(update={"sort": name if rising else f"-{name}"})


def _sort(frame: Frame, draft: Draft, held: Collection[str]) -> str:
    """Return the order of a frame, else the draft's."""
    if frame.sort or draft.sort is None or draft.sort[0] in held:
        return frame.sort
    name, falling = draft.sort
    return f"-{name}" if falling else name


def _fields(frame: Frame) -> set[str]:
    """Return the fields that any clause or the order of a frame is about."""
    told = [entry.partition(" ")[2] for entry in frame.told]
    named = {frame.sort.removeprefix("-"), *frame.drop}
    for text in (*frame.must, *frame.no, *frame.prefer, *told):
        with suppress(UsageError):
            named.add(Clause.read(text).field)
    return named
