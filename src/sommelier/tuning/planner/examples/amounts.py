"""Amounts in words and in clauses: "an hour and a half", `runtime<90`.

The rules are those of the rules brain: around 100 is 90 to 110 (a tenth to each side, at least a
half), so is an exact amount with a unit ("90 minutes"); a bare sum of money is the most one pays;
"early 90s" is 1990 to 1993, "mid" 1994 to 1996, "late" 1997 to 1999. Knows no messages.
"""

from random import Random
from typing import Final

from sommelier.data.schema import Kind

__all__ = ["MONEY", "amount_said", "clause", "decade_said", "rounded"]

MONEY: Final = {
    "USD": ("${n}", "{n} dollars", "{n} bucks", "${n}", "{n} usd"),
    "EUR": ("€{n}", "{n} euros", "{n} eur", "{n} euro", "{n}€"),
    "GBP": ("£{n}", "{n} pounds", "£{n}"),
    "CHF": ("{n} CHF", "CHF {n}", "{n} francs", "{n} chf"),
    "SEK": ("{n} SEK", "{n} kronor", "SEK {n}"),
    "yen": ("{n} yen", "¥{n}", "{n} yen"),
}
_WORDS: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_TENS: Final = {20: "twenty", 30: "thirty", 40: "forty", 50: "fifty", 60: "sixty"}
_HOURS: Final = {
    60: ("an hour", "1 hour", "one hour", "60 minutes"),
    90: ("an hour and a half", "1.5 hours", "one and a half hours", "90 minutes"),
    120: ("two hours", "2 hours", "2h", "120 min", "2 hrs"),
    150: ("two and a half hours", "2.5 hours", "150 minutes"),
    180: ("three hours", "3 hours", "3h"),
    30: ("half an hour", "30 minutes", "30 min", "thirty minutes"),
}
_NAMED: Final = {1950: "fifties", 1960: "sixties", 1970: "seventies", 1980: "eighties"} | {
    1990: "nineties",
    1920: "twenties",
    1930: "thirties",
    1940: "forties",
}


def clause(name: str, kind: Kind, op: str, a: float, b: float, *, wide: bool = False) -> str:
    """Return the clause of a bound; `wide` for an amount that is met about."""
    if kind is Kind.DATE:
        low, high = f"{int(a)}-01-01", f"{int(b)}-12-31"
        bounds = {"<": low, ">=": low, ">": f"{int(a)}-12-31", "<=": f"{int(a)}-12-31"}
        return f"{name}{op}{bounds[op]}" if op in bounds else f"{name}={low}..{high}"
    if wide:
        room = max(abs(a) * 0.1, 0.5)
        return f"{name}={a - room:g}..{a + room:g}"
    return f"{name}={a:g}..{b:g}" if op == ".." else f"{name}{op}{a:g}"


def rounded(value: float, rng: Random, *, digits: int = 0) -> float:
    """Return a number as people say it, near a value."""
    if digits:
        return round(value * 2) / 2 if rng.random() < 0.6 else round(value, 1)
    if value < 13:
        return float(round(value))
    steps = (5, 10) if value < 200 else (50, 100)
    if value >= 3000:
        steps = (500, 1000)
    step = rng.choice(steps)
    return float(max(step, round(value / step) * step))


def amount_said(value: float, unit: str, rng: Random) -> str:
    """Return an amount with its unit in words."""
    plain = f"{value:g}"
    if unit in MONEY:
        return rng.choice(MONEY[unit]).format(n=plain)
    if unit == "minutes":
        if value in _HOURS and rng.random() < 0.8:
            return rng.choice(_HOURS[int(value)])
        return rng.choice(("{} minutes", "{} min", "{} minutes", "{} mins")).format(plain)
    if value in _TENS and rng.random() < 0.2:
        plain = _TENS[int(value)]
    elif value == int(value) and 0 < value < len(_WORDS) and rng.random() < 0.4:
        plain = _WORDS[int(value)]
    if not unit:
        return plain
    one = value == 1 and unit.endswith("s")
    return f"{plain} {unit[:-1] if one else unit}"


def decade_said(year: int, rng: Random) -> tuple[str, int, int]:
    """Return a decade in words, with its first and last year."""
    first = year // 10 * 10
    short = f"{first % 100:02d}s" if first != 2000 else "2000s"
    options = [short, f"{first}s", short]
    if first in _NAMED:
        options.append(_NAMED[first])
    if first >= 2010:
        options = [f"{first}s"]
    said = rng.choice(options)
    part, (low, high) = rng.choice(
        [("", (0, 9))] * 6 + [("early ", (0, 3)), ("mid ", (4, 6)), ("late ", (7, 9))]
    )
    if said == "noughties":
        part, low, high = "", 0, 9
    return f"{part}{said}", first + low, first + high
