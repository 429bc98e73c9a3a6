"""Linking a Chinese clause to the catalogue. Nothing sets words apart: the longest known wins.

From left to right: titles in 《》, amounts, then whatever of values, titles, people, little words
and subjects is longest at that place. Latin letters between Chinese ones are names or values.
What nothing knows is a free word, looked for in the texts letter by letter.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from sommelier.agent.planners.rules.chinese.amounts import Amounts
from sommelier.agent.planners.rules.chinese.fold import fold, number
from sommelier.agent.planners.rules.chinese.words import ChineseWords
from sommelier.agent.planners.rules.reading.link import Linker, Mention
from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Entry, Lexicon
from sommelier.tools.text import dense, stems

__all__ = ["ChineseLinker"]

_QUOTED: Final = re.compile(r"[《\"]([^》\"]{1,80})[》\"]")
_LATIN: Final = re.compile(r"[a-z0-9À-ɏ][a-z0-9À-ɏ'’:.&\- ]*[a-z0-9À-ɏ!]|[a-zÀ-ɏ]")
_EDGES: Final = re.compile(
    r"^[的了是在有和我你他她它们这那一着过呢吧啊把被让给对从到地得之其]+|[的了是着过呢吧啊地得吗]+$"
)
_ROLES: Final = ("made", "played", "wrote")
_TITLE: Final = 3  # letters from which a title is seen without marks
_NEAR: Final = 86.0  # likeness from which a misspelt name of someone is taken


class ChineseLinker(Linker):
    """Links clauses for one catalogue."""

    def __init__(self, lexicon: Lexicon, words: ChineseWords) -> None:
        super().__init__(lexicon, words)
        self._chinese = words
        self._amounts = Amounts(lexicon.schema, words)

    def link(self, clause: str) -> list[Mention]:
        """Return the mentions of a clause, in order."""
        low = fold(clause)
        fixed = [*self._quotes(clause, low)]
        for quantity in self._amounts.find(clause):
            span = (quantity.start, quantity.end)
            if not any(m.start < span[1] and span[0] < m.end for m in fixed):
                fixed.append(Mention("range", *span, clause[slice(*span)], quantity=quantity))
        fixed += [m for m in self._counts(low) if not any(_touch(m, f) for f in fixed)]
        found, at = list(fixed), 0
        while at < len(low):
            held = next((f for f in fixed if f.start <= at < f.end), None)
            if held:
                at = held.end
                continue
            room = min((f.start for f in fixed if f.start > at), default=len(low))
            found += self._free(clause, *(span := self._strange(clause, low, at, room)))
            at = span[1]
            if at < room:
                read = self._known(clause, low, at, room)
                found += read
                at = read[-1].end if read else at + 1
        return self._negated(self._people(sorted(found, key=lambda m: m.start)), low)

    def _quotes(self, clause: str, low: str) -> Iterator[Mention]:
        for match in _QUOTED.finditer(low):
            text = clause[slice(*match.span(1))]
            items = self._lexicon.titled(text)
            near = [] if items else self._lexicon.titles.find(text, cutoff=88.0)[:1]
            values = () if items else tuple(self._lexicon.values(text))
            if values:
                yield Mention("value", *match.span(), text, entries=values)
            else:
                numbers = tuple(items or [n for n, _ in near])
                kind: Any = "title" if numbers else "free"
                yield Mention(kind, *match.span(), text, items=numbers, guessed=bool(near))

    @cached_property
    def _counting(self) -> re.Pattern[str]:
        signs = self._chinese.macros
        return re.compile(
            rf"(?<![第前后头每同])(?P<n>{signs['«数»']})(?:{signs['«个»']})(?![半人])"
        )

    def _counts(self, low: str) -> Iterator[Mention]:
        for match in self._counting.finditer(low):
            n = number(match["n"])
            if n and not (n == 1 and match[0].endswith(("个", "种", "位"))):
                yield Mention("count", match.start(), match.end(), match[0], data=n)

    @cached_property
    def _tables(self) -> dict[str, tuple[str, Any]]:
        """Little words and subjects -> kind of mention and what stands behind it."""
        words, found = self._chinese, dict[str, tuple[str, Any]]()
        found |= {word: ("topic", said) for word, said in words["topics"].items()}
        roles = {w for name in _ROLES for w in words.listed(f"roles_{name}")}
        small = (w for w in words.listed("small") if w.rstrip("的过") not in roles)
        found |= dict.fromkeys(small, ("small", None))
        for field in self.schema:
            found |= {alias: ("small", None) for alias in field.aliases if dense(alias)}
        found |= dict.fromkeys((*words.listed("nouns"), self.schema.noun), ("noun", None))
        found |= words.phrases
        for name in _ROLES:
            found |= dict.fromkeys(words.listed(f"roles_{name}"), ("role", name))
        for said, (names, meant) in words["flags"].items():
            flags = [f.name for f in self.schema.of(Kind.FLAG) if f.name in names]
            found |= dict.fromkeys([said] if flags else [], ("flag", ((*flags, "")[0], meant)))
        return found

    @cached_property
    def _longest(self) -> int:
        known = (*self._tables, *self._lexicon.dense, *self._lexicon.titles.dense)
        return min(24, max(map(len, known), default=1))

    @cached_property
    def _pieces(self) -> re.Pattern[str]:
        degrees = self._chinese["degrees"]
        before, after = ("|".join(degrees[name]) for name in ("before", "after"))
        return re.compile(rf"(?:{before})?(.+?)(?:{after})?$")

    def _strange(self, clause: str, low: str, at: int, room: int) -> tuple[int, int]:
        """Return the stretch from `at` in which nothing is known."""
        end = at
        while end < room and not self._known(clause, low, end, room):
            end += 1
        return at, end

    def _free(self, clause: str, start: int, end: int) -> Iterator[Mention]:
        for match in re.finditer(r"[^\W_]+", clause[start:end]):
            text = match[0]
            cut = _EDGES.sub("", text)
            begin = start + match.start() + (text.index(cut) if cut else 0)
            long = len(cut) > 1 or (cut and not dense(cut) and cut.isalpha())
            kind: Any = "free" if long else "small"
            if cut:
                yield Mention(kind, begin, begin + len(cut), clause[begin : begin + len(cut)])

    def _known(self, clause: str, low: str, at: int, room: int) -> list[Mention]:
        """Return what begins at a place: the longest thing known; several in Latin letters."""
        latin = _LATIN.match(low, at, room)
        if latin and (at == 0 or not low[at - 1].isascii() or not low[at - 1].isalnum()):
            return self._latin(clause, at, latin.end())
        if low[at] in ",.;!?、:/":
            kind: Any = "comma" if low[at] == "、" else "or" if low[at] == "/" else "break"
            return [Mention(kind, at, at + 1, low[at])]
        for width in range(min(self._longest, room - at), 0, -1):
            read = self._at(clause, low[at : at + width], at)
            if read:
                return [read]
        return []

    def _at(self, clause: str, piece: str, at: int) -> Mention | None:
        end = at + len(piece)
        make = Mention("small", at, end, clause[at:end])
        table = self._tables.get(piece)
        if table and table[0] not in ("topic", "small"):
            kind: Any = table[0]
            return replace(make, kind=kind, data=table[1])
        entries = self._lexicon.dense.get(piece) or self._associated(piece)
        if entries:
            chosen = self._chosen(piece, entries)
            return replace(make, kind="value", entries=chosen) if chosen else None
        titles = self._lexicon.titles.dense.get(piece) if len(piece) >= _TITLE else None
        if titles and not table:
            return replace(make, kind="title", items=tuple(titles))
        if table and table[0] == "topic":
            return self._topic(make, piece)
        if table:
            return make
        return self._graded(make, piece)

    def _chosen(self, piece: str, entries: Sequence[Entry]) -> tuple[Entry, ...]:
        part = all(
            dense(e.value) not in ("", piece) and self.schema[e.field].people for e in entries
        )
        return tuple(self._last_name(piece) if part else entries)

    def _associated(self, piece: str) -> list[Entry]:
        meant = self._chinese["associations"].get(piece)
        entries = self._lexicon.values(meant) if meant else []
        return [e for e in entries if not self._lexicon.loose(e.field)]

    def _graded(self, make: Mention, piece: str) -> Mention | None:
        """Read 更轻松, 温馨一点: a quality in a degree."""
        found = self._pieces.match(piece)
        bare = found[1] if found else piece
        said = self._chinese["topics"].get(bare)
        if bare == piece or said is None:
            return None
        return replace(make, kind="quality", data=self.wording(bare))

    def _topic(self, make: Mention, piece: str) -> Mention:
        """Return a subject: as a keyword where the catalogue has it, else as words to look for."""
        said = self.wording(piece)
        entries = () if said == piece else self._keywords(said)
        if entries:
            return replace(make, kind="value", text=said, entries=entries)
        return replace(make, kind="free", text=piece, data=said)

    def _keywords(self, said: str) -> tuple[Entry, ...]:
        for part in (said, *said.split()):
            entries = tuple(e for e in self._lexicon.values(part) if self._lexicon.loose(e.field))
            if entries:
                return entries
        return ()

    def wording(self, said: str) -> str:
        """Return a word as the catalogue's texts have it: as it is, or in English."""
        if self._lexicon.foreign or self._lexicon.grams.knows(said):
            return said
        return str(self._chinese["topics"].get(said, said))

    def _latin(self, clause: str, start: int, end: int) -> list[Mention]:
        """Return what Latin letters name: the longest titles and values, else free words."""
        parts = [
            (m.start() + start, m.end() + start) for m in re.finditer(r"\S+", clause[start:end])
        ]
        found: list[Mention] = []
        at = 0
        while at < len(parts):
            mention = None
            for read in (self._named_latin, self._near_latin):
                for width in range(len(parts) - at, 0, -1):
                    begin, stop = parts[at][0], parts[at + width - 1][1]
                    mention = read(clause[begin:stop], begin, stop, width)
                    if mention:
                        break
                if mention:
                    break
            found.append(mention or Mention("free", begin, stop, clause[begin:stop]))
            at += width
        return found

    def _named_latin(self, text: str, start: int, end: int, width: int) -> Mention | None:
        entries = self._lexicon.values(text)
        if not entries and width == 1 and not text.isdigit():
            entries = self._last_name(text)
        if entries:
            return Mention("value", start, end, text, tuple(entries))
        items = self._lexicon.titles.exact(text)
        if items and (width > 1 or text[:1].isupper()) and not text.isdigit():
            return Mention("title", start, end, text, items=tuple(items))
        return None

    def _near_latin(self, text: str, start: int, end: int, width: int) -> Mention | None:
        """Return the value that Latin letters misspell, or that they are a name unknown here."""
        named = text.istitle() or (width > 1 and all(w[:1].isupper() for w in text.split()))
        near = self._lexicon.near_values(stems(text), cutoff=_NEAR) if len(text) > 4 else []
        entries = tuple(e for e, _ in near if e.value == near[0][0].value)
        if entries:
            return Mention("value", start, end, text, entries, guessed=True)
        unknown = width > 1 and named and any(f.people for f in self.schema)
        return Mention("free", start, end, text, data="name") if unknown else None

    def _people(self, mentions: list[Mention]) -> list[Mention]:
        """Let 导演 and 主演 say which field a name stands in, before them or after."""
        questions = self._chinese["questions"]
        fields = {"made": questions["made"], "wrote": questions["wrote"]}
        fields["played"] = questions["actors"]
        found: list[Mention] = list(mentions)
        for place, mention in enumerate(mentions):
            if mention.kind != "role":
                continue
            found[place] = replace(mention, kind="small", data=None)
            for near in _beside(found, place):
                entries = found[near].entries
                kept = tuple(e for e in entries if e.field in fields[mention.data])
                if kept:
                    found[near] = replace(found[near], entries=kept)
                elif found[near].kind == "free":
                    found[near] = self._someone(found[near], fields[mention.data])
        return found

    def _someone(self, mention: Mention, fields: Sequence[str]) -> Mention:
        """Return whom an unknown word before 导演 misspells, or that it is a name unknown."""
        near = self._lexicon.near_values(mention.text, cutoff=_NEAR)
        entries = tuple(e for e, _ in near[:1] if e.field in fields)
        if entries:
            return replace(mention, kind="value", entries=entries, guessed=True)
        return replace(mention, data="name")

    def _negated(self, mentions: list[Mention], low: str) -> list[Mention]:
        """Read 宫崎骏的除外: a refusal that stands behind."""
        ending = next((w for w in self._posts if low.rstrip(" 了吧").endswith(w.rstrip("了"))), "")
        firm = any(m.kind in ("value", "title", "range", "flag") for m in mentions)
        if not ending or not firm or any(m.kind == "not" for m in mentions[:1]):
            return mentions
        begin = len(low.rstrip(" 了吧")) - len(ending.rstrip("了"))
        kept = [m for m in mentions if m.start < begin]
        return [Mention("not", 0, 0, ending), *kept] if kept else mentions

    @cached_property
    def _posts(self) -> list[str]:
        return sorted(self._chinese.listed("post_negators"), key=len, reverse=True)


def _touch(one: Mention, other: Mention) -> bool:
    return one.start < other.end and other.start < one.end


def _beside(mentions: Sequence[Mention], place: int) -> Iterator[int]:
    """Yield the places of the names that a role word is about: those before it, else the next."""
    before = place - 1
    named = False
    while before >= 0 and mentions[before].kind in ("value", "free", "and", "comma", "small", "or"):
        kind = mentions[before].kind
        if kind == "small" and named:
            break
        if kind in ("value", "free"):
            named = True
            yield before
        before -= 1
    if not named and place + 1 < len(mentions) and mentions[place + 1].kind in ("value", "free"):
        yield place + 1
