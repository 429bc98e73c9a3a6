"""One way of writing Chinese: simplified letters, plain marks, no spaces beside Chinese letters.

Letters are replaced one by one, so places stay what they are and names are cut out as they were
written. Numerals are read here too.
"""

import re
from typing import Final

from sommelier.tools.tongues import simpler

__all__ = ["fold", "number", "tidy"]

_SAID: Final = dict(zip("嘅咗唔啲睇俾", "的了不些看给", strict=True))  # Cantonese
_MARKS: Final = {
    **{chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},
    **{"。": ".", "\u3000": " ", "「": "《", "」": "》", "『": "《", "』": "》", "〈": "《"},
    **{"〉": "》", "–": "-", "—": "-", "…": ".", "“": '"', "”": '"'},
}
_EVEN: Final = str.maketrans(_MARKS)
_FOLDED: Final = str.maketrans(_SAID | _MARKS)
_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff、《》"
_SPACED: Final = re.compile(rf"(?<=[{_HAN}])\s+|\s+(?=[{_HAN}])")
_DIGITS: Final = {word: n for n, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10_000}


def tidy(text: str) -> str:
    """Return a message in plain marks and without spaces beside Chinese letters."""
    return _SPACED.sub("", " ".join(text.translate(_EVEN).split()))


def fold(text: str) -> str:
    """Return a text as the grammar reads it, of the same length, in small letters."""
    folded = text.translate(simpler()).translate(_FOLDED)
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in folded)


def number(text: str) -> float | None:
    """Return what a numeral stands for: 12, 3.5, 两百, 十二, 一千五, 一九九四, 半; else None."""
    plain = text.replace(",", "")
    if re.fullmatch(r"\d+(?:\.\d+)?", plain):
        return float(plain)
    if plain == "半":
        return 0.5
    if not plain or any(c not in _DIGITS and c not in _TENS for c in plain):
        return None
    if len(plain) > 1 and all(c in _DIGITS for c in plain):  # read digit by digit: 一九九四
        return float("".join(str(_DIGITS[c]) for c in plain))
    total, section, digit, unit = 0, 0, 0, 1
    for letter in plain:
        if letter in _DIGITS:
            digit = _DIGITS[letter]
            unit = 10 if letter in "零〇" else unit
        elif letter == "万":
            total, section, digit, unit = (total + section + digit) * 10_000, 0, 0, 10_000
        else:
            section += (digit or 1) * _TENS[letter]
            digit, unit = 0, _TENS[letter]
    return float(total + section + digit * (unit // 10 if unit > 10 else 1))
