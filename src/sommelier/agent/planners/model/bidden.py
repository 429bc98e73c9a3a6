"""What a model may not bring in of its own accord, whatever it read or was talked into.

Items, people, rare values, keywords and free words of a frame have to be spoken of in the message;
an exact number, too. What a model may infer is what many items share: a genre, "recent". So a text
that talks a model round cannot lift one item, speak through a reply, or note an opinion.
"""

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Final

from rapidfuzz import fuzz

from sommelier.agent.planners.model.frame import Clause, Frame
from sommelier.data.schema import Kind
from sommelier.errors import UsageError
from sommelier.hostile import linked as addressed
from sommelier.hostile import orders
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal, stems

__all__ = ["bidden", "unbidden"]

_FORGETS: Final = re.compile(
    r"forget|erase|delet|clear|remov|wipe|reset|drop|scratch|take\b.*\bback|disregard|ignore|忘|删|刪|清除|"
    r"olvid|borr|oubli|efface|vergiss|vergess|lösch|забуд|удал|сотр|忘れ|消して|انس|امسح|भूल|हटा",
    re.IGNORECASE,
)
_SHORT: Final = 3  # letters of words that prove nothing
_LIKE: Final = 75.0  # likeness of a title to some part of the message
_RARE: Final = 3  # items; a value that fewer have points at these
_WIDE: Final = 0.1  # of a field's reach: a narrower range that nobody said points at few items
_WORDS: Final = 8  # of a translation
_SIGN: Final = re.compile(r"[=<>~]")


def unbidden(before: Frame, after: Frame, message: str) -> bool:
    """Return whether a frame does what nobody asked: it erases, or tells of unnamed items only.

    `after` is the frame without what its message does not speak of.
    """
    if before.do in ("facts", "explain", "compare") and before.items and not after.items:
        return True
    return before.do == "forget" and not _FORGETS.search(message)


def bidden(frame: Frame, message: str, links: Collection[str], lexicon: Lexicon) -> Frame:
    """Return the frame without what its message does not speak of; `links` are its clauses."""
    return _Bidden(message, links, lexicon).kept(frame)


class _Bidden:
    def __init__(self, message: str, links: Collection[str], lexicon: Lexicon) -> None:
        self._message, self._links, self._lexicon = message, links, lexicon
        self._said = set(stems(message).split())
        self._digits = set(re.findall(r"\d+(?:\.\d+)?", message))
        self._noun = {stems(lexicon.schema.noun), stems(lexicon.schema.plural)}
        letters = [c for c in message if c.isalpha()]
        self._foreign = sum(c > "\u02ff" for c in letters) * 2 > len(letters)

    def kept(self, frame: Frame) -> Frame:
        changes: dict[str, object] = {
            "items": self._all(frame.items),
            "like": self._all(frame.like),
            "told": tuple(one for one in frame.told if self._told(one)),
            "text": self._text(frame.text),
        }
        for slot in ("must", "no", "prefer"):
            changes[slot] = self._clauses(getattr(frame, slot), slot)
        changed = {k: v for k, v in changes.items() if v != getattr(frame, k)}
        return frame.model_copy(update=changed) if changed else frame

    def _all(self, entries: Iterable[str]) -> tuple[str, ...]:
        return tuple(entry for entry in entries if self._names(entry))

    def _names(self, entry: str) -> bool:
        """Return whether the message names this item, by its place or by its title."""
        bare = re.sub(r"\s*\(\d{4}\)$", "", entry.strip())
        if entry.lstrip().startswith("#") or any(bare and bare in link for link in self._links):
            return True
        if self._foreign and not re.search(r"[a-z]{3}", self._message, re.IGNORECASE):
            known = self._lexicon.titled(entry) or normal(entry) in normal(self._message)
            return bool(known) and not orders(entry)
        words = [word for word in _telling(bare) if word not in self._noun]
        near = sum(self._near(word) for word in words)
        return bool(words) and (near * 2 >= len(words) or self._alike(bare))

    def _alike(self, entry: str) -> bool:
        """Return whether a title stands in the message, but for a few letters."""
        if len(entry) > len(self._message) + _SHORT:
            return False
        return fuzz.partial_ratio(entry.casefold(), self._message.casefold()) >= _LIKE

    def _near(self, word: str) -> bool:
        return word in self._said or any(
            len(word) > _SHORT and other[:4] == word[:4] for other in self._said
        )

    def _told(self, entry: str) -> bool:
        _, _, subject = entry.partition(" ")
        if _SIGN.search(subject):
            return bool(self._clauses([subject], "must"))
        if self._foreign and len(subject.split()) <= _WORDS // 2:
            return not (orders(subject) or addressed(subject))
        return self._names(subject)

    def _text(self, text: str) -> str:
        """Return the free words that were said; a translation of other letters, if it is short."""
        if not text or text.casefold() in self._message.casefold():
            return text
        words = text.split()
        if self._foreign:
            plain = len(words) <= _WORDS and all(map(self._lexicon.knows, words))
            fine = plain and not (self._lexicon.titled(text) or orders(text) or addressed(text))
            return text if fine else ""
        kept = [word for word in words if self._spoken(word) and stems(word) not in self._noun]
        return " ".join(kept) if any(len(word) > _SHORT for word in kept) else ""

    def _spoken(self, word: str) -> bool:
        """Return whether a word was said."""
        parts = stems(word).split()
        return bool(parts) and all(map(self._near, parts))

    def _clauses(self, texts: Iterable[str], slot: str) -> tuple[str, ...]:
        kept = [text for text in texts if self._holds(text, slot)]
        bounds: dict[str, list[float]] = {}
        for text in kept:
            with suppress(UsageError, ValueError):
                clause = Clause.read(text)
                if text not in self._links and clause.sign != "=" and not clause.relative:
                    bounds.setdefault(clause.field, []).append(float(clause.values[0]))
        tight = {f for f, ends in bounds.items() if len(ends) > 1 and not self._wide(f, ends)}
        return tuple(one for one in kept if one in self._links or _field(one) not in tight)

    def _holds(self, text: str, slot: str) -> bool:
        if text in self._links:
            return True
        try:
            clause = Clause.read(text)
        except UsageError:
            return slot == "no" and self._names(text)
        if clause.field not in self._lexicon.schema:
            return True  # refused later, with its name
        field = self._lexicon.schema[clause.field]
        match field.kind:
            case Kind.CATEGORY | Kind.TAGS:
                free = not field.people and not self._lexicon.loose(field.name)
                return all(
                    (free and self._common(field.name, v)) or self._value(v) for v in clause.values
                )
            case Kind.NUMBER | Kind.DATE if not clause.relative:
                return self._amount(clause)
            case Kind.NUMBER | Kind.DATE | Kind.FLAG:
                return True
            case _:
                return all(map(self._value, clause.values))

    def _common(self, field: str, value: str) -> bool:
        return self._lexicon.postings(field).count(value) >= _RARE and not orders(value)

    def _value(self, value: str) -> bool:
        words = _telling(value)
        if self._foreign:
            return not orders(value) and len(words) <= _WORDS
        return any(map(self._near, words)) or any(f"={value}" in link for link in self._links)

    def _amount(self, clause: Clause) -> bool:
        said = {f"{float(v):g}" for v in self._digits}
        with suppress(ValueError):
            ends = [float(value) for value in clause.values]
            if any(f"{end:g}" in said for end in ends):
                return True
            if clause.between:
                return self._wide(clause.field, ends)
        return clause.sign != "=" or clause.between

    def _wide(self, field: str, ends: list[float]) -> bool:
        if any(f"{end:g}" in self._digits for end in ends):
            return True
        low, high = (self._lexicon.quantile(field, share) for share in (0, 1))
        return high > low and (max(ends) - min(ends)) / (high - low) >= _WIDE


def _telling(text: str) -> list[str]:
    words = stems(text).split()
    return [word for word in words if len(word) > _SHORT or not word.isascii()] or words


def _field(text: str) -> str:
    return re.split(r"[=<>~]", text, maxsplit=1)[0]
