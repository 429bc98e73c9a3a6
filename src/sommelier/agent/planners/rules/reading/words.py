"""The rules brain's language file, compiled: frames, word classes, tables. Knows no catalogue."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

from sommelier.tools.text import stem

__all__ = ["Words", "clean", "words"]

_QUOTES: Final = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": ","})
_TABLES: Final = {  # table of the file -> kind of mention, the function words first
    "comparatives": "comparative",
    "superlatives": "superlative",
    "leanings": "leaning",
    "qualities": "quality",
}
_LISTS: Final = {
    "negators": "not",
    "negator_phrases": "not",
    "soft": "soft",
    "breaks": "break",
    "like": "like",
    "conjunctions": "and",
    "disjunctions": "or",
}


def clean(message: str) -> str:
    """Return the message with plain quotes and dashes and single spaces."""
    return " ".join(message.translate(_QUOTES).split())


@dataclass(frozen=True)
class Words:
    """One language: `data` is its file as read."""

    data: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.data[name]

    def listed(self, name: str) -> frozenset[str]:
        """Return one list of the section `words`."""
        return self._sets[name]

    @cached_property
    def _sets(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(listed) for name, listed in self.data["words"].items()}

    def patterns(self, section: str) -> dict[str, re.Pattern[str]]:
        """Return a section of plain regular expressions, compiled without regard to case."""
        return {name: re.compile(pattern, re.I) for name, pattern in self.data[section].items()}

    @property
    def added(self) -> frozenset[str]:
        """Words that put a value beside those asked before: also, only."""
        return frozenset(self.data["ask"]["add"])

    @cached_property
    def phrases(self) -> dict[str, tuple[str, Any]]:
        """Phrase -> (kind of mention, its table entry); several words are joined by spaces."""
        found: dict[str, tuple[str, Any]] = {}
        for name, kind in _TABLES.items():
            found |= {phrase: (kind, entry) for phrase, entry in self.data[name].items()}
        for name, kind in _LISTS.items():
            found |= dict.fromkeys(self.data["words"][name], (kind, None))
        return found

    @cached_property
    def longest(self) -> int:
        """The number of words in the longest phrase."""
        return max(phrase.count(" ") + 1 for phrase in self.phrases)

    @cached_property
    def _frames(self) -> dict[str, list[tuple[str, re.Pattern[str]]]]:
        return {
            section: [
                (name, self.compile(pattern, whole=section != "ask"))
                for name, patterns in self.data[section].items()
                if section != "ask" or name == "request"
                for pattern in patterns
            ]
            for section in ("frames", "answers", "opinions", "ask")
        }

    def compile(self, pattern: str, *, whole: bool = True) -> re.Pattern[str]:
        """Compile a frame: «x» and «y» are anything, «number» a number, «noun» an item word."""
        every = {*self.data["words"]["nouns"], *self.data["nouns"]}
        nouns = "|".join(sorted(every, key=len, reverse=True))
        numbers = "|".join(self.data["numbers"])
        filled = (
            pattern.replace("«x»", "(?P<x>.+?)")
            .replace("«y»", "(?P<y>.+?)")
            .replace("«number»", rf"(?:\d+|{numbers})")
            .replace("«noun»", rf"(?:{nouns})s?")
        )
        return re.compile(rf"(?:{filled})$" if whole else rf"(?:{filled})\b[ ,]*")

    def match(self, section: str, clause: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield (name, what the slots hold) of every frame that the whole clause fits, in order."""
        bare = clause.strip(" .!?,;")
        low = "".join(
            c.lower() if len(c.lower()) == 1 else c for c in bare
        )  # places must not shift
        for name, pattern in self._frames[section]:
            found = pattern.match(low)
            if found:
                spans = {key: found.span(key) for key, held in found.groupdict().items() if held}
                yield name, {key: bare[slice(*span)] for key, span in spans.items()}

    def wish(self, clause: str) -> tuple[str, bool]:
        """Return the clause without its polite start, and whether it had one ("show me ...")."""
        rest, asked = clause.strip(), False
        while True:
            ends = [m.end() for _, p in self._frames["ask"] if (m := p.match(rest.lower()))]
            if not ends or not max(ends):
                return rest, asked
            rest, asked = rest[max(ends) :].strip(), True

    def is_noun(self, word: str, noun: str) -> bool:
        """Return whether a word says "item" where one item is called `noun`."""
        one = stem(word)
        others = self.data["nouns"].get(noun.lower(), ())
        return one == stem(noun.lower()) or one in self._sets["nouns"] or one in others

    def is_stop(self, word: str) -> bool:
        """Return whether a small word carries no content."""
        return word in self._sets["stop"]

    def number(self, text: str) -> float | None:
        """Return what a numeral or number word stands for."""
        plain = text.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+", text) else text
        try:
            return float(plain.replace(",", "."))
        except ValueError:
            value = self.data["numbers"].get(text)
            return None if value is None else float(value)


@cache
def words(language: str = "en") -> Words:
    """Return a language file of this folder, compiled once."""
    text = files(__package__).joinpath(f"{language}.toml").read_text("utf-8")
    return Words(tomllib.loads(text))
