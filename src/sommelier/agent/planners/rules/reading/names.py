"""Which item is meant: by place ("the second"), by pointing ("it"), or by title as people write it.

A title that is certain is taken; one that is likely is taken and said openly; a doubtful one
becomes a question; an unknown one is reported as unknown. Nothing is ever silently replaced.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sommelier.agent.planners.rules.reading.words import Words
from sommelier.agent.working import Working
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal

__all__ = ["Named", "Namer"]

_MOST_PLACES = 50  # of a list
_TAKE, _ASK, _MARGIN = 88.0, 66.0, 4.0  # likeness of titles: taken openly, asked about, lead needed


_YEAR = re.compile(r"[,(\s]*(?:from |of )?\(?((?:18|19|20)\d\d)\b\)?(?!-)")


@dataclass(frozen=True)
class Named:
    """What a phrase names. At most one of `items`, `options` is filled; none: unknown."""

    said: str
    items: tuple[str, ...] = ()  # item_ids
    guessed: bool = False  # near, not exact: say so
    options: tuple[str, ...] = ()  # item_ids it might be

    @property
    def known(self) -> bool:
        """Whether it is clear which items are meant."""
        return bool(self.items)


class Namer:
    """Resolves phrases to items of one catalogue, given what was shown."""

    def __init__(self, lexicon: Lexicon, words: Words) -> None:
        self._lexicon, self._words = lexicon, words

    def resolve(self, text: str, working: Working) -> Named:
        """Return what a phrase names: places and pointing words first, then titles."""
        said = text.strip(" .,!?\"'")
        pointed = self.pointed(said, working)
        if pointed:
            return Named(said, pointed)
        return self.title(said, working.shown)

    def resolve_all(self, text: str, working: Working) -> Named:
        """Return what a phrase names, or the several things it names one by one ("A and B")."""
        whole = self.resolve(text, working)
        parts = re.split(r",\s*(?:and\s+)?|\s+(?:and|&)\s+", text)
        if (whole.known and not whole.guessed) or len(parts) < 2:
            return whole
        each = [self.resolve(part, working) for part in parts]
        if all(one.known for one in each):
            items = tuple(dict.fromkeys(item for one in each for item in one.items))
            return Named(text, items)
        return whole

    def pointed(self, text: str, working: Working) -> tuple[str, ...]:
        """Return the items that "it", "these" or "the first and third" point at."""
        low = text.lower().strip()
        shown = working.shown
        if low in self._words.listed("it"):
            return working.focus[:1] or shown[:1]
        if low in self._words.listed("plural_all") or re.fullmatch(
            r"(all|any) of (them|these|those)", low
        ):
            return shown
        places = self._places(low, len(shown))
        return tuple(shown[place] for place in places)

    def is_place(self, text: str) -> bool:
        """Return whether a phrase is a place in a list, be there such a place or not."""
        return bool(self._places(text.lower().strip(), _MOST_PLACES))

    def _places(self, low: str, n_shown: int) -> list[int]:
        """Return places from 0 that a phrase of ordinals and numbers names; none if it is else."""
        if n_shown == 0:
            return []
        several = re.fullmatch(r"(?:the )?(first|last) (\w+)(?: \w+)?", low)
        n_several = self._words.number(several[2]) if several else None
        if several and n_several:
            count = min(int(n_several), n_shown)
            return (
                list(range(count))
                if several[1] == "first"
                else list(range(n_shown - count, n_shown))
            )
        ordinals = self._words["ordinals"]
        found = []
        fillers = {
            "the",
            "and",
            "number",
            "one",
            "ones",
            "no",
            "film",
            "movie",
            "book",
            "item",
            "also",
        }
        for word in re.findall(r"[\w']+", low.replace("#", "number ")):
            if word in ordinals:
                place = int(ordinals[word])
            elif re.fullmatch(r"\d{1,2}(st|nd|rd|th)?", word):
                place = int(re.match(r"\d+", word)[0])  # type: ignore[index]  # just matched
            elif word in fillers or self._words.is_noun(word, self._lexicon.schema.noun):
                continue
            else:
                return []
            place = n_shown if place == -1 else place
            if not 1 <= place <= n_shown:
                return []
            found.append(place - 1)
        return found

    def title(self, text: str, shown: Sequence[str] = ()) -> Named:
        """Return the item with this title: exact, then near; a year beside it decides."""
        exact = self.exact(text, shown)
        if exact:
            return Named(text, (exact,))
        year, bare = self._split_year(text)
        titles = self._lexicon.titles
        near = titles.find(bare or text, cutoff=_ASK)
        if not near:
            return Named(text)
        best = near[0][1]
        same = [n for n, _ in near if titles.normals[n] == titles.normals[near[0][0]]]
        runner = next((s for n, s in near if n not in same), 0.0)
        if best >= _TAKE and best - runner >= _MARGIN:
            return Named(
                text, (self._lexicon.item_id(self._pick(same, year, shown)),), guessed=True
            )
        return Named(text, options=tuple(self._lexicon.item_id(n) for n, _ in near[:4]))

    def exact(self, text: str, shown: Sequence[str] = ()) -> str | None:
        """Return the item whose title this is to the letter; a year after it must be its own."""
        titles = self._lexicon.titles
        whole = titles.exact(text)
        if whole:
            return self._lexicon.item_id(self._pick(whole, None, shown))
        year, bare = self._split_year(text)
        dated = [n for n in titles.exact(bare) if self._lexicon.year(n) == year] if year else []
        return self._lexicon.item_id(dated[0]) if dated else None

    def slot(self, clause: str, working: Working) -> tuple[Named, str] | None:
        """Return what stands after "like" or "similar to", and the clause without it.

        None where nothing there names an item: "like" may be a verb, or lead to a value.
        """
        low = clause.lower()
        for phrase in sorted(self._words.listed("like"), key=len, reverse=True):
            found = re.search(rf"\b{re.escape(phrase)}\b (?!to\b)", low)
            if found:
                before, rest = clause[: found.start()], clause[found.end() :]
                named, left = self._leading(rest, working)
                return (named, f"{before} {left}".strip()) if named else None
        return None

    def _leading(self, rest: str, working: Working) -> tuple[Named | None, str]:
        """Return the items that a text begins with, and what is left of it."""
        pieces = list(re.finditer(r"\S+", rest))
        for width in range(min(12, len(pieces)), 0, -1):
            text = rest[: pieces[width - 1].end()].strip(" ,.!?\"'")
            left = rest[pieces[width - 1].end() :]
            items = self.pointed(text, working) if width <= 4 else ()
            exact = self._lexicon.titles.exact(text)
            if not items and exact and not (width == 1 and self._is_word(text)):
                dated = _YEAR.match(left)
                year = int(dated[1]) if dated else None
                number = self._pick(exact, year, working.shown)
                items = (self._lexicon.item_id(number),)
                if dated and self._lexicon.year(number) == year:
                    left = left[dated.end() :]  # it says which of them, and asks for nothing more
            if items:
                joined = re.match(r"\s*(?:,|and|or|&|,\s*and)\s+", left)
                more, further = (
                    self._leading(left[joined.end() :], working) if joined else (None, left)
                )
                if more and more.known and not more.guessed:
                    return Named(text, items + more.items), further
                return Named(text, items), left
        stop = re.search(
            r",|\b(but|except|with|without|from|in|that|and not|or|only|just|which)\b|[.?!]", rest
        )
        phrase = rest[: stop.start()].strip() if stop else rest.strip()
        if not phrase or self._lexicon.values(phrase) or self._lexicon.people(phrase):
            return None, rest
        named = self.title(phrase.strip("\"'"), working.shown)
        strange = any(c.isupper() for c in phrase) or not self._ordinary(phrase)
        if named.known or named.options or strange:
            return (named if strange or named.known else None), rest[len(phrase) :]
        return None, rest

    def _is_word(self, text: str) -> bool:
        firm = [e for e in self._lexicon.values(text) if not self._lexicon.loose(e.field)]
        return bool(firm) or self._words.is_stop(text.lower())

    def _ordinary(self, phrase: str) -> bool:
        ordinary = self._lexicon.ordinary
        return all(word in ordinary or self._words.is_stop(word) for word in normal(phrase).split())

    def _split_year(self, text: str) -> tuple[int | None, str]:
        found = re.search(r"[ (]*((?:18|19|20)\d\d)\)?$", text)
        return (int(found[1]), text[: found.start()]) if found and found.start() else (None, text)

    def _pick(self, numbers: Sequence[int], year: int | None, shown: Sequence[str]) -> int:
        for number in numbers:
            if year is not None and self._lexicon.year(number) == year:
                return number
        for number in numbers:
            if self._lexicon.item_id(number) in shown:
                return number
        return numbers[0]
