"""Which sentences of a wording stand on evidence: their titles, names, numbers and values.

A sentence that names something else is taken out whole, and so is one with an address, code, words
of the instructions, words that no shop talk needs ("password"), or in another language than the
written reply. It reads words, not meanings: what is said of the right item in the right words, but
is not so ("a short film"), it cannot tell.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sommelier.hostile import harmless, linked, strange
from sommelier.tools.lexicon import Lexicon
from sommelier.tools.text import normal, stems

__all__ = ["Evidence", "grounded"]

_END: Final = re.compile(r"(?<=[.!?。！？])[\"”’)]*\s+|(?<=[。！？])|\n+")
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTED: Final = re.compile(r"“([^”]+)”|\"([^\"]+)\"|《([^》]+)》|‘([^’]+)’")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_MARK: Final = 0xE000  # private letters stand for titles, so that no rule reads their words
_MARKED: Final = re.compile(r"[\ue000-\uf8ff]")
_PRIVATE: Final = re.compile(r"[\ue000-\uf8ff]")  # our own marks, in what a model wrote
_CODED: Final = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d])[\w-]{6,}\b|\b\w+_\w+\b")  # keys, ids
_RUN: Final = 5  # words
_SEQUEL: Final = re.compile(r"[\ue000-\uf8ff]:? *(?:\d|[IVX]+\b)")  # "Heat 2", "Heat II"


@dataclass(frozen=True)
class Evidence:
    """What a wording may draw on: the written reply, and the items it is about, title to facts."""

    written: str
    items: Mapping[str, str]


@dataclass(frozen=True)
class _Known:
    """The words and numbers of some evidence, in the form they are compared."""

    words: frozenset[str]
    stems: str
    plain: str
    numbers: frozenset[float]

    @classmethod
    def of(cls, text: str, count: int) -> "_Known":
        plain = normal(text)
        numbers = {_amount(found) for found in _NUMBER.findall(text)} | {float(count)}
        numbers |= {float(n) for word, n in _words()["numbers"].items() if word in plain.split()}
        stemmed = stems(text)
        words = frozenset(plain.split()) | frozenset(stemmed.split())
        return cls(words, f" {stemmed} ", plain, frozenset(numbers))


def grounded(text: str, evidence: Evidence, lexicon: Lexicon, *, secret: str = "") -> str:
    """Return the sentences of `text` that the evidence bears out; may be empty.

    `secret` is a text of which nothing may be repeated: what the model was told to do.
    """
    text = _PRIVATE.sub("", text)
    if linked(text) or strange(text):  # an address may stand over the end of a sentence
        text = " ".join(s for s in _sentences(text) if not (linked(s) or strange(s)))
        text = harmless(text)
    told = _runs(secret)
    marks: dict[str, str] = {}  # a private letter -> the title as the text has it
    owners: dict[str, str] = {}
    names = [(name, title) for title in evidence.items for name in _names(title)]
    for name, title in sorted(names, key=lambda pair: -len(pair[0])):
        mark = chr(_MARK + len(marks))
        found = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", mark, text)
        if found != text:
            text, marks[mark], owners[mark] = found, name, title
    proper = _Proper.of(evidence)
    kept = [
        s
        for s in _sentences(text)
        if _stands(s, owners, evidence, lexicon)
        and proper.allows(_MARKED.sub(" ", s))
        and not told & _runs(s)
    ]
    return _MARKED.sub(lambda found: marks.get(found[0], ""), " ".join(kept))


@dataclass(frozen=True)
class _Proper:
    """What the written reply and the facts make fit to be said."""

    known: frozenset[str]  # words of the evidence
    scripts: frozenset[str]  # of the written reply's letters
    plain: bool  # whether the written reply is English, as far as its small words tell

    @classmethod
    def of(cls, found: Evidence) -> "_Proper":
        known = normal("\n".join([found.written, *found.items, *found.items.values()])).split()
        small = set(_low(found.written)) & _starters()
        return cls(frozenset(known), _scripts(found.written), len(small) > 1)

    def allows(self, sentence: str) -> bool:
        """Return whether a sentence keeps to the language and to what a shop talks of."""
        words = _low(sentence)
        bare = set(normal(sentence).split())
        foreign = self.plain and len(words) > 3 and not set(words) & _starters()
        strangers = _scripts(" ".join(bare - self.known)) - self.scripts
        strangers -= set() if self.plain else {"LATIN"}  # names in a Chinese reply
        odd = {w for w in bare - self.known if any(w.startswith(s) for s in _words()["improper"])}
        codes = {w for w in _CODED.findall(sentence) if normal(w) not in self.known}
        return not (foreign or strangers or odd or codes)


def _starters() -> frozenset[str]:
    return frozenset(_words()["starters"])


def _scripts(text: str) -> frozenset[str]:
    """Return the scripts of a text's letters, by the first word of their names."""
    letters = {c for c in text if c.isalpha() and not "\ue000" <= c <= "\uf8ff"}
    return frozenset(unicodedata.name(c, "?").split(" ")[0].split("-")[0] for c in letters)


def _runs(text: str) -> frozenset[str]:
    """Return each run of five words, to find a text repeated in part."""
    words = normal(text).split()
    return frozenset(" ".join(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))


def _names(title: str) -> Iterator[str]:
    yield title
    yield re.sub(r" \(\d{4}\)$", "", title)


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in _END.split(text) if part and part.strip()]


def _stands(sentence: str, owners: Mapping[str, str], found: Evidence, lexicon: Lexicon) -> bool:
    """Judge a sentence by the written reply and the items it names; if it names none, by all."""
    named = dict.fromkeys(owners[m] for m in _MARKED.findall(sentence) if m in owners)
    facts = [found.items[title] for title in named or found.items]
    known = _Known.of("\n".join([found.written, *facts]), len(found.items))
    if _SEQUEL.search(sentence):
        return False
    bare = _MARKED.sub(" ", sentence)
    return (
        all(_amount(number) in known.numbers for number in _NUMBER.findall(bare))
        and all(normal("".join(parts)) in known.plain for parts in _QUOTED.findall(bare))
        and not any(_unknown_name(bare, known, lexicon))
        and not any(_unknown_value(bare, known, lexicon))
        and all(_words()["numbers"].get(w, None) in (None, *known.numbers) for w in _low(bare))
    )


def _unknown_name(sentence: str, known: _Known, lexicon: Lexicon) -> Iterator[str]:
    """Yield names that the evidence does not have: a capital makes a name, but for a beginning."""
    run: list[str] = []  # words with a capital, one after the other
    for match in _WORD.finditer(sentence):
        word, before = match.group(), sentence[: match.start()]
        run = [*run, word] if run and before.endswith(f"{run[-1]} ") else [word]
        if not word[0].isupper():
            run = []
            continue
        whole = " ".join(run)
        if len(run) > 1 and lexicon.titled(whole) and normal(whole) not in known.plain:
            yield whole
        if _borne_out(word, known) or normal(word) in _words()["starters"]:
            continue
        begins = not before.strip() or before.rstrip()[-1] in '“":'
        if not begins or not lexicon.knows(word) or lexicon.titled(word):
            yield word


def _borne_out(word: str, known: _Known) -> bool:
    return normal(word) in known.words or stems(word) in known.words


def _unknown_value(sentence: str, known: _Known, lexicon: Lexicon) -> Iterator[str]:
    """Yield catalogue values that the evidence does not have. Free keywords are plain words."""
    words = [match.group() for match in _WORD.finditer(sentence)]
    for start in range(len(words)):
        for end in range(start + 1, min(len(words), start + lexicon.longest) + 1):
            said = " ".join(words[start:end])
            entries = [e for e in lexicon.values(said) if not lexicon.loose(e.field)]
            fits = any(f" {stems(e.value)} " in known.stems for e in entries)
            if entries and not fits and f" {stems(said)} " not in known.stems:
                yield said


def _low(sentence: str) -> list[str]:
    return [match.group().lower() for match in _WORD.finditer(sentence)]


def _amount(number: str) -> float:
    plain = number.replace(",", "") if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", number) else number
    try:
        return float(plain.replace(",", "."))
    except ValueError:  # 1.2.3
        return float("nan")  # equals no number


@cache
def _words() -> dict[str, Any]:
    import tomllib

    return tomllib.loads(files(__package__).joinpath("plain.toml").read_text("utf-8"))
