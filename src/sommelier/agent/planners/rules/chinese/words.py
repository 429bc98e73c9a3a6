"""The Chinese language file, compiled; what English shares is taken over from its own."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from sommelier.agent.planners.rules.chinese.fold import fold, number
from sommelier.agent.planners.rules.reading.words import Words, words
from sommelier.data.schema import Field, Schema

__all__ = ["ChineseWords", "chinese_words"]

_NUMBER: Final = r"(?:\d+|[零〇一二两三四五六七八九十百千]+)"


@dataclass(frozen=True)
class ChineseWords(Words):
    """Chinese: frames without spaces, counters, numerals."""

    @property
    def added(self) -> frozenset[str]:
        """Words that put a value beside those asked before: also, only."""
        return frozenset({"也", "还", "还要", "只", "只要", "只看"})

    @cached_property
    def macros(self) -> dict[str, str]:
        """What stands in for a sign of the file."""
        held = self.data["words"]
        counter = f"(?:{_longest(held['counters'])})"
        noun = f"(?:{_longest(held['nouns'])})"
        last, it = _longest(held["last"]), _longest([*held["it"], *held["plural_all"]])
        one = rf"(?:第{_NUMBER}{counter}?|{_NUMBER}号|no\.?\d+|\d+(?!\d))"
        several = rf"(?:前|后|头){_NUMBER}{counter}"
        place = rf"(?:{one}(?:(?:和|与|跟|、|,|以及){one})*|{several}|{last}|{it}){noun}?"
        return {"«数»": _NUMBER, "«个»": counter, "«物»": noun, "«位»": place}

    def compile(self, pattern: str, *, whole: bool = True) -> re.Pattern[str]:
        """Compile a frame; see the head of the file for its signs."""
        for sign, meant in self.macros.items():
            pattern = pattern.replace(sign, meant)
        pattern = pattern.replace("«x»", "(?P<x>.+?)").replace("«y»", "(?P<y>.+?)")
        return re.compile(f"(?:{pattern})$" if whole else pattern)

    def patterns(self, section: str) -> dict[str, re.Pattern[str]]:
        """Return a section of plain regular expressions, compiled."""
        return {name: self.compile(one, whole=False) for name, one in self.data[section].items()}

    @cached_property
    def _frames(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
        return {
            section: [
                (name, self.compile(pattern))
                for name, patterns in self.data[section].items()
                for pattern in patterns
            ]
            for section in ("frames", "answers", "opinions")
        }

    @cached_property
    def _edges(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        found = self.patterns("clauses")
        return found["opening"], found["ending"]

    def bare(self, clause: str) -> str:
        """Return a clause without courtesies and particles at its ends, if it has more."""
        opening, ending = self._edges
        text = clause.strip(" ,.!?;~，。！？；～…")
        folded = fold(text)
        begun = opening.match(folded)
        start = begun.end() if begun else 0
        ended = ending.search(folded, start)
        rest = text[start : ended.start() if ended else len(text)].strip(" ,，")
        return rest or text

    def match(self, section: str, clause: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (name, what the slots hold) of every frame that the whole clause fits, in order."""
        whole = clause.strip(" ,.!?;~，。！？；～…")
        forms = dict.fromkeys((self.bare(clause), whole))
        for name, pattern in self._frames[section]:
            for text in forms:
                found = pattern.match(fold(text))
                if found:
                    spans = {k: found.span(k) for k, held in found.groupdict().items() if held}
                    yield name, {key: text[slice(*span)] for key, span in spans.items()}
                    break

    def wish(self, clause: str) -> tuple[str, bool]:
        """Return the clause, and whether it asks for items, wherever it says so."""
        low = fold(clause)
        clauses = self._asking
        return clause, bool(clauses[0].search(low)) and not clauses[1].match(low)

    @cached_property
    def _asking(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        found = self.patterns("clauses")
        return found["asked"], found["refused"]

    def is_noun(self, word: str, noun: str) -> bool:
        """Return whether a word says "item"."""
        return word in self.listed("nouns") or word == noun

    def is_stop(self, word: str) -> bool:
        """Return whether a small word carries no content."""
        return word in self.listed("small")

    def number(self, text: str) -> float | None:
        """Return what a numeral stands for."""
        return number(text)

    def field(self, schema: Schema, name: str) -> Field | None:
        """Return the field that Chinese people call so: by alias, by its name, or by custom."""
        for field in schema:
            if not field.hidden and name in (field.name, *field.aliases):
                return field
        known = self.data["fields"].get(name, ())
        return next((schema[n] for n in known if n in schema and not schema[n].hidden), None)


def _longest(listed: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(listed, key=len, reverse=True))


@cache
def chinese_words() -> ChineseWords:
    """Return the language file, compiled once."""
    own: dict[str, Any] = tomllib.loads(files(__package__).joinpath("zh.toml").read_text("utf-8"))
    english = words().data
    own["roles"] = {
        role: [*listed, *own["roles"].get(role, ())] for role, listed in english["roles"].items()
    }
    own["questions"] = {**{k: english["questions"][k] for k in ("actors", "made", "wrote")}} | own[
        "questions"
    ]
    for table in ("demonyms", "groups"):
        own[table] = {}
    return ChineseWords(own)
