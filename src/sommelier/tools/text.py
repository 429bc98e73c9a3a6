"""How names are compared: one normal form, one light stem. Knows no catalogue, no language model.

Chinese, Japanese and Korean letters are words of their own here, since those scripts set no spaces.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sommelier.tools.tongues import simpler

__all__ = ["Token", "dense", "normal", "plain", "stem", "stems", "tokens"]

_IE: Final = frozenset(
    {"movies", "zombies", "cookies", "brownies", "hoodies", "indies", "smoothies"}
)
_SHORT: Final = 100  # characters up to which a text may be a name, and comes again
_ARTICLES: Final = ("the ", "a ", "an ")
_CJK: Final = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_CLOSE: Final = re.compile(rf"[{_CJK}]")
_PLAINER: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"}
)  # letters that have no mark to lose
_WORD: Final = re.compile(rf"[{_CJK}]|\d+(?:[.,]\d+)*|[^\W\d_{_CJK}]+(?:['’][^\W\d_]+)*|\d+")
_PIECE: Final = re.compile(
    rf"[$€£¥]|\d+[^\W\d_{_CJK}]\w*|\d+(?:[.,]\d+)*|[{_CJK}]|[^\W\d_{_CJK}]+(?:['’][^\W\d_]+)*|[?!.,;:()\"“”&+#]"
)


@dataclass(frozen=True)
class Token:
    """One word, number or mark of a message, and where it stands."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        """The word as it is compared: plain letters, small."""
        return plain(self.text)

    @property
    def capital(self) -> bool:
        """Whether it is written with a capital letter."""
        return self.text[:1].isupper()


def tokens(message: str) -> list[Token]:
    """Split a message into words, numbers and marks, with their places."""
    return [Token(m.group(), m.start(), m.end()) for m in _PIECE.finditer(message)]


def plain(text: str) -> str:
    """Return small letters without accents: "Élève" -> "eleve", "Straße" -> "strasse"."""
    if text.isascii():  # most names, and ten times quicker
        return text.lower()
    return _bare(text) if len(text) <= _SHORT else _bare.__wrapped__(text)


@lru_cache(maxsize=16_384)  # in bounds, number and length: what people say comes here too
def _bare(text: str) -> str:
    # Letters without their marks; İ and the like lower to two letters, hence after decomposition.
    split = unicodedata.normalize("NFKD", text.translate(simpler()))
    bare = "".join(c for c in split if not unicodedata.combining(c)).lower()
    return bare.translate(_PLAINER).replace("’", "'")


def normal(text: str) -> str:
    """Return the normal form of a name: "The Matrix: Reloaded!" -> "matrix reloaded"."""
    words = _WORD.findall(plain(text).replace("&", " and "))
    joined = " ".join(word.replace("'", "") for word in words)
    for article in _ARTICLES:
        if joined.startswith(article) and len(joined) > len(article):
            return joined[len(article) :]
    return joined


def dense(text: str) -> str:
    """Return the normal form without spaces where the script sets none, else nothing."""
    return normal(text).replace(" ", "") if _CLOSE.search(text) else ""


def stem(word: str) -> str:
    """Return a word without its plural: comedies -> comedy, heroes -> hero, shoes -> shoe."""
    if not word.endswith("s") or len(word) <= 3 or word.endswith(("ss", "us", "is")):
        return word
    if word in _IE:
        return word[:-1]
    if word.endswith("ies"):
        return word[:-3] + ("y" if len(word) > 4 else "ie")
    if word.endswith(("ches", "shes", "xes", "sses", "zes", "oes")) and len(word) > 4:
        return word[:-1] if word.endswith("shoes") else word[:-2]
    return word[:-1]


def stems(text: str) -> str:
    """Return the normal form with every word stemmed: the key under which values are found."""
    return " ".join(stem(word) for word in normal(text).split())
