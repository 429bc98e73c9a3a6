"""Numbers and ranges in a clause: "90s", "under two hours", "at least 7 stars", "$10 to $20".

Each becomes a condition on the number or date field that it is about: by unit, by currency, by the
field's own name beside it, or, for a bare year, by the field that holds years. A number that fits
no field is reported as unclear, so that the planner can ask instead of guessing.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sommelier.agent.planners.rules.reading.words import Words
from sommelier.data.schema import Field, Kind, Schema
from sommelier.tools.text import stem, stems
from sommelier.types import Json

__all__ = ["Quantities", "Quantity", "between", "bound", "role_field"]

_MONEY: Final = (1, 3)  # letters of what may stand before a sum: "$20", "CHF 20"
_ABOUT_SHARE: Final = 0.1  # "around 100 minutes" is 90 to 110


@dataclass(frozen=True)
class Quantity:
    """One amount or range, where it stands, and the condition it means (None: which field?)."""

    start: int
    end: int
    condition: Json | None
    value: float
    op: str = "="
    field: str = ""
    high: float | None = None  # the other end of a range whose field is not known


def role_field(schema: Schema, words: Words, role: str) -> Field | None:
    """Return the number or date field that plays a role, by its name, aliases or unit."""
    able = [f for f in schema.of(Kind.NUMBER, Kind.DATE) if not f.hidden]
    for name in words["roles"].get(role, ()):
        key = stems(name)
        for field in able:
            unit = "" if role == "year" else field.unit  # an age in years is no date
            named = {stems(n) for n in (field.name.replace("_", " "), *field.aliases, unit)}
            if key in named:
                return field
    return None


class Quantities:
    """Finds quantities for one schema in one language."""

    def __init__(self, schema: Schema, words: Words) -> None:
        self._schema, self._words = schema, words

    @cached_property
    def _amount(self) -> re.Pattern[str]:
        numbers = "|".join(sorted(self._words["numbers"], key=len, reverse=True))
        units = sorted((u for u in self._words["units"] if u.isalpha()), key=len, reverse=True)
        unit = "|".join(units)
        priced = [u for u, (role, _) in self._words["units"].items() if role == "price"]
        money = "|".join(re.escape(u) for u in priced if len(u) in _MONEY)  # "$", "chf"
        number = rf"\d+(?:[.,]\d+)*|\b(?:{numbers}|an?(?= (?:hour|half)))\b"
        minutes = r"(?<=[hrs]) ?(?:and )?(?P<minutes>\d+) ?m(?:in(?:ute)?s?)?\b"
        return re.compile(
            rf"(?:(?P<money>{money}) ?)?(?<![\w.])(?P<number>{number})(?: ?(?P<half>and a half))?"
            rf"(?P<plus>\+)?(?:[ -]?(?P<unit>(?:{unit})s?)(?![a-z]))?(?P<half2> and a half)?"
            rf"(?:(?<=h)(?P<odd>\d\d)(?!\d)|{minutes})?(?P<scale> ?(?:/|out of) ?\d+)?"
            r"(?P<stop>k\b)?"
        )

    @cached_property
    def _decade(self) -> re.Pattern[str]:
        named = "|".join(self._words["decades"])
        digits = r"(?<!\d)(?:(?P<digits>(?:1[89]|20)?\d0)'?s\b"
        return re.compile(rf"(?:(?P<part>early|mid|late)[ -])?{digits}|\b(?P<name>{named})\b)")

    def find(self, clause: str) -> list[Quantity]:
        """Return the quantities of a clause, in order, without overlaps."""
        low = clause.lower()
        found: list[Quantity] = []
        for quantity in [*self._decades(low), *self._amounts(low)]:
            if all(quantity.end <= q.start or quantity.start >= q.end for q in found):
                found.append(quantity)
        return sorted(found, key=lambda q: q.start)

    def _decades(self, low: str) -> Iterator[Quantity]:
        field = role_field(self._schema, self._words, "year")
        if field is None:
            return
        for match in self._decade.finditer(low):
            first = self._first_year(match)
            begin, end = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}.get(
                match["part"] or "", (0, 9)
            )
            low_year, high_year = first + begin, first + end
            op, start = self._operator(low[: match.start()], match.start(), years=True)
            rest = re.match(r"(?: to | until |-| and (?:the )?)(?:the )?", low[match.end() :])
            second = rest and self._decade.match(low, match.end() + rest.end())
            stop = match.end()
            if second:
                high_year, stop = self._first_year(second) + 9, second.end()
            yield self._years(field, op, low_year, high_year, start, stop)

    def _first_year(self, match: re.Match[str]) -> int:
        if match["name"]:
            return int(self._words["decades"][match["name"]])
        digits = int(match["digits"])
        if digits >= 1000:
            return digits
        return digits + (1900 if digits >= 20 else 2000)

    def _years(self, field: Field, op: str, low: int, high: int, start: int, end: int) -> Quantity:
        match op:
            case "<" | "<=":
                condition = bound(field, op, low if op == "<" else high)
            case ">" | ">=":
                condition = bound(field, op, high if op == ">" else low)
            case _:
                condition = between(field, low, high)
        return Quantity(start, end, condition, float(low), op, field.name)

    def _amounts(self, low: str) -> Iterator[Quantity]:
        matches = [m for m in self._amount.finditer(low) if self._value(m) is not None]
        skip = False
        for here, following in zip(matches, [*matches[1:], None], strict=False):
            if skip:
                skip = False
                continue
            gap = low[here.end() : following.start()] if following else ""
            joint = re.fullmatch(r"(?: (?P<noun>[a-z]+))? ?(?P<word>-|to|and|or) ?", gap)
            noun = joint["noun"] if joint else None  # "7 servings to 9 servings"
            if following and joint and low.startswith(f" {noun}" if noun else "", following.end()):
                pair = self._range(low, here, following, joint["word"])
                if pair:
                    skip = True
                    yield pair
                    continue
            single = self._single(low, here)
            if single:
                yield single

    def _range(self, low: str, one: re.Match[str], two: re.Match[str], gap: str) -> Quantity | None:
        before = re.search(self._words["operators"]["range"], low[: one.start()])
        if not before and gap not in ("-", "to"):
            return None
        field = self._field(low, two) or self._field(low, one)
        start = before.start() if before else one.start()
        first, second = self._value(one) or 0.0, self._value(two) or 0.0
        if field is None:
            return Quantity(start, two.end(), None, first, "between", high=second)
        if one["unit"] is None and two["unit"]:
            first = first * self._unit(two)[1]
        condition = between(field, min(first, second), max(first, second))
        return Quantity(
            start, self._past_field(low, two.end(), field), condition, first, "between", field.name
        )

    def _single(self, low: str, match: re.Match[str]) -> Quantity | None:
        value = self._value(match) or 0.0
        op, start = self._operator(low[: match.start()], match.start())
        end = match.end()
        if low[end : end + 1].isalpha():  # "3M" is a name
            return None
        if match["plus"]:
            op = ">="
        field = self._field(low, match)
        past = self._past_field(low, end, field) if field else end  # "nine weeks or less"
        after = _first(self._words["operators"]["after"], low[past:])
        if after:
            op, end = after[0], past + after[1]
        elif field and not op:
            op, start = self._before_name(low[: match.start()], start, field)
        year = role_field(self._schema, self._words, "year")
        if field is not None and field == year:
            op, start = (
                self._operator(low[: match.start()], match.start(), years=True)
                if not after
                else (op, start)
            )
            return self._years(year, op or "=", int(value), int(value), start, end)
        aged = re.match(self._words["operators"]["age"], low[end:])
        if aged:  # the age of people, which no field holds
            return Quantity(start, end + aged.end(), None, value, "age")
        if field is None:
            bounded = op in ("<", "<=", ">", ">=") or bool(match["money"])
            return Quantity(start, end, None, value, op) if bounded else None
        if op in ("", "="):
            op = "<=" if match["money"] and op == "" else "="
        end = self._past_field(low, end, field)
        if op == "~" or (op == "=" and field.unit and not match["money"]):
            wide = max(abs(value) * _ABOUT_SHARE, 0.5)
            return Quantity(
                start, end, between(field, value - wide, value + wide), value, op, field.name
            )
        return Quantity(start, end, bound(field, op, value), value, op, field.name)

    def _value(self, match: re.Match[str]) -> float | None:
        number = 1.0 if match["number"] in ("a", "an") else self._words.number(match["number"])
        if number is None:
            return None
        number += 0.5 if match["half"] or match["half2"] else 0.0
        number *= 1000 if match["stop"] else 1
        return number * self._unit(match)[1] + float(match["minutes"] or match["odd"] or 0)

    def _unit(self, match: re.Match[str]) -> tuple[str, float]:
        name = match["money"] or match["unit"] or ""
        units = self._words["units"]
        role, factor = units.get(name) or units.get(stem(name)) or ("", 1.0)
        return role, float(factor)

    def _field(self, low: str, match: re.Match[str]) -> Field | None:
        """Return the field an amount is about, by unit, by name beside it, or as a year."""
        role = self._unit(match)[0] or ("rating" if match["scale"] else "")
        if role:
            return role_field(self._schema, self._words, role)
        value = self._value(match) or 0.0
        beside = self._named(low[: match.start()], low[match.end() :])
        year = role_field(self._schema, self._words, "year")
        plain_year = (
            match["number"].isdigit() and len(match["number"]) == 4 and 1800 <= value <= 2100
        )
        beyond = plain_year and year and beside and value > 2 * (beside.maximum or value)
        if beside and not beyond and not (value < 1000 and beside == year):
            return beside
        comparative = self._comparative(low[: match.start()])
        if comparative and not (comparative == "year" and not plain_year):
            return role_field(self._schema, self._words, comparative)
        return year if plain_year else None

    def _comparative(self, before: str) -> str:
        found = re.search(r"\b(\w+)(?: rated)?(?: than)? (?:above |over |at least )?$", before)
        if found and found[1] in self._words["comparatives"]:
            return str(self._words["comparatives"][found[1]][0])
        return "rating" if re.search(r"\b(rated|rating|score|scored)\b[\w ]{0,16}$", before) else ""

    def _named(self, before: str, after: str) -> Field | None:
        near = before.split()[-6:]
        following = after.split()[:2]
        for field in self._schema.of(Kind.NUMBER, Kind.DATE):
            if field.hidden:
                continue
            names = {stems(n) for n in (field.name.replace("_", " "), *field.aliases, field.unit)}
            names.discard("")
            texts = [stems(" ".join(near[i:j])) for i in range(len(near)) for j in (i + 1, i + 2)]
            texts += [stems(" ".join(following[:j])) for j in (1, 2)]
            if names & set(texts):
                return field
        return None

    def _operator(self, before: str, start: int, *, years: bool = False) -> tuple[str, int]:
        """Return the operator that the words before a number mean, and where these words begin."""
        for pattern, op in self._words["operators"]["before"]:
            if op == "=" and not years:
                continue
            found = re.search(rf"(?:\b|(?<=\s)|^)(?:{pattern})(?: the| year)? ?$", before)
            if found:
                return op, found.start()
        article = re.search(r"\bthe $", before)
        return "", article.start() if article else start

    def _before_name(self, before: str, start: int, field: Field) -> tuple[str, int]:
        """Return the operator before the field's own name: "minimum rating 4.5"."""
        for name in (field.name.replace("_", " "), *field.aliases):
            if before.rstrip().endswith(f" {name.lower()}"):
                bare = before.rstrip()[: -len(name)]
                op, begun = self._operator(bare, len(bare))
                return (op, begun) if op else ("", start)
        return "", start

    def _past_field(self, low: str, end: int, field: Field) -> int:
        """Return the end of the clause part, with the field's name or unit if it follows."""
        following = re.match(r" ?([a-z]+)", low[end:])
        names = {stems(n) for n in (field.name, *field.aliases, field.unit)}
        if following and stems(following[1]) in names:
            return end + following.end()
        return end


def _first(table: Sequence[Sequence[str]], after: str) -> tuple[str, int] | None:
    for pattern, op in table:
        found = re.match(rf" ?(?:{pattern})(?![\w']| ?[$€£]?\d)", after)
        if found:
            return op, found.end()
    return None


def bound(field: Field, op: str, value: float) -> Json:
    """Return the condition that a number or day lies on one side of a value."""
    if field.kind is Kind.DATE:
        day = {"<": (1, 1), ">=": (1, 1), ">": (12, 31), "<=": (12, 31)}
        if op in day:
            return {"field": field.name, "op": op, "value": _day(value, *day[op])}
        return between(field, value, value)
    return {"field": field.name, "op": op, "value": value}


def between(field: Field, low: float, high: float) -> Json:
    """Return the condition that a number or day lies between two values, both included."""
    if field.kind is Kind.DATE:
        days = [_day(low, 1, 1), _day(high, 12, 31)]
        return {"field": field.name, "op": "between", "value": days}
    if low == high:
        return {"field": field.name, "op": "=", "value": low}
    return {"field": field.name, "op": "between", "value": [low, high]}


def _day(year: float, month: int, day: int) -> str:
    """Return a day as text; years beyond the calendar stop at its ends."""
    return dt.date(min(max(int(year), dt.MINYEAR), dt.MAXYEAR), month, day).isoformat()
