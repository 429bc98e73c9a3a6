"""Linking the words of a clause to the catalogue: values, people, titles, numbers, function words.

Left to right, the longest reading wins. What nothing links stays a free word, for the encoder. A
misspelt value is linked only when it is near and no ordinary word, and is always marked as guessed,
so that the reply can say so.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from sommelier.agent.planners.rules.reading.quantities import Quantities, Quantity
from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Entry, Lexicon
from sommelier.tools.text import Token, dense, normal, stem, stems, tokens

__all__ = ["Linker", "Mention"]

_MentionKind = Literal[
    "value", "title", "range", "flag", "comparative", "superlative", "leaning", "quality", "not",
    "soft", "break", "like", "and", "or", "comma", "small", "noun", "free", "count", "role",
]  # fmt: skip
_FUNCTION = ("not", "soft", "break", "like", "and", "or")
_ARTICLES = ("a", "an", "the")
_SHORT = 3  # letters of a brand that must be written as it is
_NEAR = 88.0  # likeness from which a misspelt value is taken; below it the word stays free
_CAPITAL_TITLE = 2  # words of a title that is recognised outside "like ..."


@dataclass(frozen=True)
class Mention:
    """One linked piece of a clause."""

    kind: _MentionKind
    start: int
    end: int
    text: str
    entries: tuple[Entry, ...] = ()  # of a value: every field that has it
    items: tuple[int, ...] = ()  # of a title: item_nums, the best known first
    quantity: Quantity | None = None
    data: Any = None  # of a table word: its entry
    plural: bool = False
    guessed: bool = False  # misspelt: say so


class Linker:
    """Links clauses for one catalogue in one language."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon, self._words = lexicon, words
        self.lexicon = lexicon
        self.schema = lexicon.schema
        self._quantities = Quantities(lexicon.schema, words)

    def link(self, clause: str) -> list[Mention]:
        """Return the mentions of a clause, in order; they cover every word once."""
        parts = tokens(clause)
        quoted = list(self._quoted(clause))
        titled = quoted + [t for t in self._titles(parts, clause) if not _inside(t, quoted)]
        ranges = [
            Mention("range", q.start, q.end, clause[q.start : q.end], quantity=q)
            for q in self._quantities.find(clause)
        ]
        fixed = titled + [r for r in ranges if not _inside(r, titled)]
        found: list[Mention] = list(fixed)
        at = 0
        while at < len(parts):
            token = parts[at]
            if any(f.start <= token.start < f.end for f in fixed):
                at += 1
                continue
            mention, width = self._read(parts, at, clause, fixed)
            found.append(mention)
            at += width
        return sorted(found, key=lambda m: m.start)

    def _quoted(self, clause: str) -> Iterator[Mention]:
        for match in re.finditer(r'"([^"]{1,120})"', clause):
            items = self._lexicon.titles.exact(match[1])
            kind: _MentionKind = "title" if items else "free"
            yield Mention(kind, match.start(), match.end(), match[1], items=tuple(items))

    def _titles(self, parts: Sequence[Token], clause: str) -> Iterator[Mention]:
        """Yield exact titles of several words; common phrases count only if written as names."""
        at = 0
        while at < len(parts):
            for width in range(min(12, len(parts) - at), 1, -1):
                piece = parts[at : at + width]
                text = clause[piece[0].start : piece[-1].end]
                items = self._lexicon.titles.exact(text)
                if items and self._is_name(piece, text, first=at == 0):
                    yield Mention("title", piece[0].start, piece[-1].end, text, items=tuple(items))
                    at += width - 1
                    break
            at += 1

    def _is_name(self, piece: Sequence[Token], text: str, *, first: bool) -> bool:
        if self._lexicon.values(text):
            return False
        if len(normal(text).split()) < _CAPITAL_TITLE:  # "The Matrix" is written as a name
            return all(t.capital for t in piece) and not first
        content = [t for t in piece if t.text[0].isalnum() and not self._words.is_stop(t.low)]
        capitals = sum(t.capital for t in (piece[1:] if first else piece))
        if capitals and (capitals > 1 or len(content) <= capitals + 1):
            return True
        strange = [t for t in content if t.low not in self._lexicon.ordinary]
        return len(content) >= 3 or (len(content) == 2 and bool(strange))

    def _read(
        self, parts: Sequence[Token], at: int, clause: str, fixed: Sequence[Mention]
    ) -> tuple[Mention, int]:
        room = next(
            (
                n
                for n in range(at + 1, len(parts))
                if any(f.start <= parts[n].start < f.end for f in fixed)
            ),
            len(parts),
        )
        pieces = list(parts[at:room])
        if at and self._starts_name(parts[at - 1], pieces):
            return Mention("free", pieces[0].start, pieces[0].end, pieces[0].text), 1
        table, table_width = self._table(pieces, clause)
        flag, flag_width = self._flag(pieces, clause)
        if flag and flag_width >= table_width:
            return flag, flag_width
        value, width = self._value(pieces, clause, parts[at - 1] if at else None)
        firm = table and (table.kind in _FUNCTION or not value or table_width > width)
        if table and firm and not (value and width > table_width):
            return table, table_width
        if value:
            return value, width
        single = self._single(pieces)
        guess = self._guess(pieces, clause) if single.kind == "free" else None
        return guess or (single, 1)

    @cached_property
    def _flags(self) -> dict[str, tuple[str, bool]]:
        """What people say -> (yes-or-no field, which of the two); "sold out" by a synonym."""
        found: dict[str, tuple[str, bool]] = {}
        for field in self.schema.of(Kind.FLAG):
            if not field.hidden:
                names = (field.name.replace("_", " "), *field.aliases)
                found |= {stems(name): (field.name, True) for name in names}
                told = {"true": True, "yes": True, "1": True}
                found |= {
                    stems(said): (field.name, told.get(meant.casefold(), False))
                    for said, meant in field.synonyms.items()
                }
        return found

    def _flag(self, pieces: Sequence[Token], clause: str) -> tuple[Mention | None, int]:
        for width in range(min(4, len(pieces)) if self._flags else 0, 0, -1):
            start, end = pieces[0].start, pieces[width - 1].end
            known = self._flags.get(stems(clause[start:end]))
            if known:
                return Mention("flag", start, end, clause[start:end], data=known), width
        return None, 0

    def _starts_name(self, before: Token, pieces: Sequence[Token]) -> bool:
        """Return whether a name begins here with an ordinary word: "with Will Smith"."""
        leads = before.low in self._words.listed("by") | self._words.listed("withs")
        return (
            leads
            and len(pieces) > 1
            and all(piece.capital for piece in pieces[:2])
            and self._words.is_stop(pieces[0].low)
        )

    def _table(self, pieces: Sequence[Token], clause: str) -> tuple[Mention | None, int]:
        for width in range(min(self._words.longest + 2, len(pieces)), 0, -1):
            start, end = pieces[0].start, pieces[width - 1].end
            known = self._words.phrases.get(clause[start:end].lower())
            if known:
                kind: Any = known[0]
                return Mention(kind, start, end, clause[start:end], data=known[1]), width
        return None, 0

    def _value(
        self, pieces: Sequence[Token], clause: str, before: Token | None
    ) -> tuple[Mention | None, int]:
        for width in range(min(self._lexicon.longest + 1, len(pieces)), 0, -1):
            piece = pieces[:width]
            if not piece[0].text[0].isalnum() or not piece[-1].text[0].isalnum():
                continue
            if width > 1 and piece[0].low in _ARTICLES:
                continue
            text = clause[piece[0].start : piece[-1].end]
            entries = self._named(piece, text, before)
            if entries:
                plural = stem(piece[-1].low) != piece[-1].low
                return (
                    Mention(
                        "value", piece[0].start, piece[-1].end, text, tuple(entries), plural=plural
                    ),
                    width,
                )
        return None, 0

    def _named(self, piece: Sequence[Token], text: str, before: Token | None) -> list[Entry]:
        """Return the values a phrase names: exactly, as a people of a land, or by last name."""
        low = text.lower()
        single = len(piece) == 1
        noun = self._words.is_noun(low, self.schema.noun)
        letters = text.isupper() and len(text) > 1  # US is a country, us is not
        stop = self._words.is_stop(low) and not letters
        if single and (noun or stop or piece[0].text.isdigit()):
            return []
        entries = list(self._lexicon.values(text))
        for table in ("demonyms", "groups"):
            for value in self._words[table].get(
                low.removesuffix("s") if low not in self._words[table] else low, ()
            ):
                entries += [e for e in self._lexicon.values(value) if e not in entries]
        if not entries and low in self._words["associations"]:
            entries = self._lexicon.values(self._words["associations"][low])
        entries = self._sensible(entries, piece)
        other = before is not None and before.capital and before.text.isalpha()  # "Will Smith"
        if not entries and single and not other and low not in self._lexicon.ordinary:
            entries = self._last_name(text)
        return entries

    def _last_name(self, text: str) -> list[Entry]:
        """Return whom a last name means: the one who is clearly the best known, else up to six."""
        people = self._lexicon.people(text) if len(text) > 2 or dense(text) else []
        totals: Counter[str] = Counter()
        for person in people:  # one name may stand in several fields
            totals[person.value] += person.count
        ordered = [name for name, _ in totals.most_common()]
        if len(ordered) > 1 and totals[ordered[0]] < 2 * totals[ordered[1]]:
            return [p for p in people if p.value in ordered[:6]]
        return [p for p in people if p.value == ordered[0]] if ordered else []

    def _sensible(self, entries: list[Entry], piece: Sequence[Token]) -> list[Entry]:
        """Drop readings that an ordinary word hardly means: an actor called Day."""
        kept = []
        for entry in entries:
            named = self._lexicon.schema[entry.field].people
            single = self._lexicon.schema[entry.field].kind is Kind.CATEGORY
            if single and len(entry.value) <= _SHORT and entry.value != piece[0].text:
                continue  # "3d printing" is not by the maker called 3D
            plain = len(piece) == 1 and not piece[0].capital
            if named and plain and piece[0].low in self._lexicon.ordinary:
                continue
            kept.append(entry)
        return kept

    def _single(self, pieces: Sequence[Token]) -> Mention:
        token = pieces[0]
        low = token.low
        make = Mention("free", token.start, token.end, token.text)
        if low == ",":
            return replace(make, kind="comma")
        if not token.text[0].isalnum():
            return replace(make, kind="break" if token.text in ".;:!?" else "small")
        if self._words.is_noun(low, self.schema.noun):
            return replace(make, kind="noun", plural=stem(low) != low)
        number = self._words.number(low)
        if number is not None:
            return replace(make, kind="count", data=number)
        if self._words.is_stop(low) or self._lexicon.fields(low):
            return replace(make, kind="small")
        return make

    def _guess(self, pieces: Sequence[Token], clause: str) -> tuple[Mention, int] | None:
        """Return the value that unknown words misspell, if one is near; longer readings first."""
        for width in range(min(3, len(pieces)), 0, -1):
            piece = pieces[:width]
            if not all(self._unknown(token) for token in piece[-1:]):
                continue
            text = clause[piece[0].start : piece[-1].end]
            near = self._lexicon.near_values(stems(text), cutoff=_NEAR)
            entries = [entry for entry, _ in near if entry.value == near[0][0].value]
            if entries and abs(len(normal(entries[0].value)) - len(normal(text))) <= 2:
                kind: _MentionKind = "value"
                found = Mention(
                    kind, piece[0].start, piece[-1].end, text, tuple(entries), guessed=True
                )
                return found, width
        return None

    def _unknown(self, token: Token) -> bool:
        word = token.low
        known = self._lexicon.knows(word)
        return len(word) >= 4 and word.isalpha() and not known and not self._words.is_stop(word)


def _inside(mention: Mention, others: Sequence[Mention]) -> bool:
    return any(o.start < mention.end and mention.start < o.end for o in others)
