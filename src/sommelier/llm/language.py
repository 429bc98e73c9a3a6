"""Which language a message is written in: by its script, and in Latin letters by little words.

Meant for single messages of a conversation, where a wrong guess costs more than none: what is too
short to tell, such as a bare title, is left open. Knows no grammar, no catalogue and no model.
"""

import re
import tomllib
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import Final

__all__ = ["guess", "han"]

_QUOTED: Final = re.compile(r"《[^》]*》|“[^”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』")
_HAN: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_SCRIPTS: Final = {  # first letter -> language that is mostly written so
    "ja": re.compile(r"[\u3040-\u30ff]"),
    "ko": re.compile(r"[\uac00-\ud7af\u1100-\u11ff]"),
    "ru": re.compile(r"[\u0400-\u04ff]"),
    "ar": re.compile(r"[\u0600-\u06ff]"),
    "he": re.compile(r"[\u0590-\u05ff]"),
    "el": re.compile(r"[\u0370-\u03ff]"),
    "hi": re.compile(r"[\u0900-\u097f]"),
    "th": re.compile(r"[\u0e00-\u0e7f]"),
}
_SURE: Final = 2  # little words of a language other than English that must be there


def han(text: str) -> bool:
    """Return whether any Chinese letter stands in a text."""
    return _HAN.search(text) is not None


def guess(text: str) -> str:
    """Return the language of a message as two letters, or nothing where it cannot be told.

    Names in quotes do not count: an English question about 《花样年华》 is English.
    """
    bare = _QUOTED.sub(" ", text)
    counts = {name: len(script.findall(bare)) for name, script in _SCRIPTS.items()}
    strange = max(counts, key=lambda name: counts[name])
    chinese = len(_HAN.findall(bare))
    latin = _latin(bare)
    if counts["ja"] and chinese + counts["ja"] > latin.total():
        return "ja"
    if counts[strange] > max(chinese, latin.total()):
        return strange
    if chinese:
        spoken = any(word in bare for word in _words()["zh"])
        english = latin["en"]
        return "zh" if spoken or not english else "en"
    return _european(latin)


def _latin(text: str) -> Counter[str]:
    """Return how many different words are little words of each language."""
    words = {word.lower().replace("’", "'") for word in _LATIN.findall(text)}
    return Counter({name: len(words & little) for name, little in _little().items()})


def _european(latin: Counter[str]) -> str:
    ranked = latin.most_common(2)
    (first, most), (_, next_most) = ranked
    if not most or (most == next_most and latin["en"] != most):
        return ""
    if latin["en"] == most:
        return "en"
    return first if most >= _SURE else ""


@cache
def _words() -> dict[str, list[str]]:
    text = files(__package__).joinpath("language.toml").read_text("utf-8")
    return tomllib.loads(text)["words"]  # type: ignore[no-any-return]  # the file's own shape


@cache
def _little() -> dict[str, frozenset[str]]:
    return {name: frozenset(words) for name, words in _words().items() if name != "zh"}
