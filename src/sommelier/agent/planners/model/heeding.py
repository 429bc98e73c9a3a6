"""What a model may not leave out or garble: the words of a message that the catalogue knows.

A small model now and then drops half of a wish, turns an order round or misspells what it copies.
Code knows better in these few things: a value, a bound or a "newer" that the message names stands
somewhere in the frame, free words are the person's own, and "lowest" is not "highest".
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Sequence
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

_WISHES: Final = ("find", "refine", "count")
_CLAUSES: Final = ("must", "no", "prefer")
_FIELD: Final = re.compile(r"(?:no )?[^ =<>~]+(?=[=<>~])")  # of a clause
_SIGN: Final = re.compile("<=|>=|<|>")
_INVERSE: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
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
        if frame.do not in (*_WISHES, "pick"):
            return frame
        frame = self._dated(_ordered(_copied(frame, message), message))
        if len(message.split()) > _PLAIN:
            return frame
        draft = self._drafter.read(self._firm(mentions, message))
        if frame.do == "pick":
            return _better(frame, draft)
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
        slots["must"] = self._joined(_once(_turned(slots["must"], bounded), mentions))
        changes = {name: tuple(slots[name]) for name in _CLAUSES}
        return frame.model_copy(update=changes | {"text": text, "sort": _sort(frame, draft, held)})

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


def _place_in(message: str) -> Callable[[str], int]:
    low = message.casefold()
    return lambda words: low.find(words.casefold())


def _turned(clauses: Sequence[str], bounded: Collection[str]) -> list[str]:
    """Return the clauses, those turned that say the opposite of a bound: "nothing over 90"."""
    opposite = {}
    for clause in bounded:
        found = _SIGN.search(clause)
        if found:
            opposite[clause.replace(found[0], _INVERSE[found[0]], 1)] = clause
    return [opposite.get(clause, clause) for clause in clauses]


def _once(clauses: Sequence[str], mentions: Sequence[Mention]) -> list[str]:
    """Return the clauses, of those that one word stands for in several fields only the first.

    "French" is linked to a language and to a country; whoever says it once means one of them.
    """
    kept: list[str] = []
    spent: dict[int, str] = {}  # where a mention starts -> the field that it was taken for
    for text in clauses:
        name, sign, values = text.partition("=")
        wanted = {(name, value) for value in values.split("|")} if sign else set()
        meant = [m for m in mentions if wanted & {(e.field, e.value) for e in m.entries}]
        if meant and all(spent.get(one.start, name) != name for one in meant):
            continue
        spent |= {one.start: name for one in meant if one.start not in spent}
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


def _better(frame: Frame, draft: Draft) -> Frame:
    """Return the frame of a choice among those shown, with "better rated" the highest first."""
    name = frame.sort.removeprefix("-")
    found = [one.more for one in draft.relatives if one.field == name]
    found += [draft.sort[1]] if draft.sort and draft.sort[0] == name else []
    if not name or len(set(found)) != 1:
        return frame
    return frame.model_copy(update={"sort": f"-{name}" if found[0] else name})


def _is_day(text: str) -> bool:
    """Return whether a text is a year or a day of the calendar."""
    try:
        return bool(re.fullmatch(r"\d{4}", text) or dt.date.fromisoformat(text))
    except ValueError:
        return False


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
