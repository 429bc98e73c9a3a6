"""Single corrections of a frame by its message: words, orders and bounds as the person said them.

Each is a small function of what is there; `heeding` says when they are due.
"""

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Final

from rapidfuzz import fuzz

from sommelier.agent.planners.model.frame import Clause, Frame
from sommelier.agent.planners.rules.draft import Draft
from sommelier.agent.planners.rules.reading.link import Mention
from sommelier.errors import UsageError

__all__ = [
    "FIELD",
    "better",
    "copied",
    "fields_of",
    "once",
    "ordered",
    "put",
    "sorted_by",
    "turned",
]

FIELD: Final = re.compile(r"(?:no )?[^ =<>~]+(?=[=<>~])")  # of a clause
_SIGN: Final = re.compile("<=|>=|<|>")
_INVERSE: Final = {"<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_ALIKE: Final = 60.0  # likeness from which garbled words are taken to be copied from the message
_RISING: Final = re.compile(r"\b(lowest|smallest|fewest|least|ascending|low to high)\b", re.I)
_FALLING: Final = re.compile(r"\b(highest|biggest|largest|greatest|descending|high to low)\b", re.I)


def copied(frame: Frame, message: str) -> Frame:
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


def ordered(frame: Frame, message: str) -> Frame:
    """Return the frame with its order as the message has it, where that says one only."""
    rising, falling = _RISING.search(message), _FALLING.search(message)
    if not frame.sort or bool(rising) == bool(falling):
        return frame
    name = frame.sort.removeprefix("-")
    return frame.model_copy(update={"sort": name if rising else f"-{name}"})


def better(frame: Frame, draft: Draft) -> Frame:
    """Return the frame of a choice among those shown, with "better rated" the highest first."""
    name = frame.sort.removeprefix("-")
    found = [one.more for one in draft.relatives if one.field == name]
    found += [draft.sort[1]] if draft.sort and draft.sort[0] == name else []
    if not name or len(set(found)) != 1:
        return frame
    return frame.model_copy(update={"sort": f"-{name}" if found[0] else name})


def sorted_by(frame: Frame, draft: Draft, held: Collection[str]) -> str:
    """Return the order of a frame, else the draft's."""
    if frame.sort or draft.sort is None or draft.sort[0] in held:
        return frame.sort
    name, falling = draft.sort
    return f"-{name}" if falling else name


def turned(clauses: Sequence[str], bounded: Collection[str]) -> list[str]:
    """Return the clauses, those turned that say the opposite of a bound: "nothing over 90"."""
    opposite = {}
    for clause in bounded:
        found = _SIGN.search(clause)
        if found:
            opposite[clause.replace(found[0], _INVERSE[found[0]], 1)] = clause
    return [opposite.get(clause, clause) for clause in clauses]


def once(clauses: Sequence[str], mentions: Sequence[Mention]) -> list[str]:
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


def put(clause: str, slots: dict[str, list[str]], slot: str, named: Collection[str]) -> None:
    """Put a bound into its slot, in place of the same bound on a field that nobody named."""
    bound = FIELD.sub("", clause)
    for one in ("must", "prefer"):
        for at, other in enumerate(slots[one]):
            if FIELD.sub("", other) == bound and not any(
                other.startswith((f"{name}<", f"{name}>", f"{name}=")) for name in named
            ):
                slots[one][at] = clause
                return
    slots[slot].append(clause)


def fields_of(frame: Frame) -> set[str]:
    """Return the fields that any clause or the order of a frame is about."""
    told = [entry.partition(" ")[2] for entry in frame.told]
    named = {frame.sort.removeprefix("-"), *frame.drop}
    for text in (*frame.must, *frame.no, *frame.prefer, *told):
        with suppress(UsageError):
            named.add(Clause.read(text).field)
    return named
