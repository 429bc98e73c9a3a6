"""Amounts and ranges in Chinese: 90年代, 2000年以后, 不超过90分钟, 100元以下, 8分以上.

Bounds are read as the law of China counts them: 以上, 以下 and 以内 include the number, 超过 and
不到 do not; 以后 includes its year and 之后 does not. The reply always tells which.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from sommelier.agent.planners.rules.chinese.fold import fold, number
from sommelier.agent.planners.rules.chinese.words import ChineseWords
from sommelier.agent.planners.rules.reading.quantities import Quantity, between, bound, role_field
from sommelier.data.schema import Field, Kind, Schema
from sommelier.types import Json

__all__ = ["Amounts"]

_NUM: Final = r"(?:\d+(?:,\d{3})*(?:\.\d+)?|[零〇一二两三四五六七八九十百千万]+|半)"
_YEAR: Final = r"(?:(?:1[89]|20)\d\d|[一二][九八零〇][零〇一二三四五六七八九]{2})"
_TO: Final = r"(?:年)?(?:到|至|-|~|和|与)"
_PARTS: Final = {"初": (0, 3), "早": (0, 3), "前": (0, 4), "中": (4, 6), "末": (7, 9)}
_PARTS_LATE: Final = {"后": (5, 9), "晚": (7, 9)}
_ABOUT: Final = 0.1  # 90分钟左右 is 81 to 99
_STARS: Final = 10  # 分 beyond this are minutes rather than stars


class Amounts:
    """Finds amounts for one schema."""

    def __init__(self, schema: Schema, words: ChineseWords) -> None:
        self._schema, self._words = schema, words
        self._year = role_field(schema, words, "year")

    def find(self, clause: str) -> list[Quantity]:
        """Return the quantities of a clause, in order, without overlaps."""
        low = fold(clause)
        found: list[Quantity] = []
        for quantity in (*self._decades(low), *self._years(low), *self._sums(low)):
            if all(quantity.end <= q.start or quantity.start >= q.end for q in found):
                found.append(quantity)
        return sorted(found, key=lambda q: q.start)

    def _decades(self, low: str) -> Iterator[Quantity]:
        year = self._year
        if year is None:
            return
        pair = re.compile(r"(?:上个?世纪)?([二三四五六七八])([三四五六七八九])十年代")
        for match in pair.finditer(low):  # 八九十年代: the eighties and nineties
            first, last = (1900 + int(number(d) or 0) * 10 for d in match.groups())
            yield _dated(year, match.start(), match.end(), "between", first, last + 9)
        late = "(?P<part>[初早前中末后晚](?:期|叶|段)?)?"
        several = rf"(?:从|自)?{_decade('a', '(?:年代)?')}(?:{_TO}|、|或者?){_decade('b')}(?:之间)?"
        whole = re.compile(rf"{several}|{_decade('c')}{late}")
        for match in whole.finditer(low):
            if match["a"]:
                first, last = _first_year(match["a"]), _first_year(match["b"]) + 9
                yield _dated(year, match.start(), match.end(), "between", first, last)
                continue
            first = _first_year(match["c"])
            op, end = self._after(low, match.end(), "years_after") if not match["part"] else ("", 0)
            if op:
                yield _dated(year, match.start(), end, op, first + (9 if op == ">" else 0), first)
                continue
            begin, stop = (_PARTS | _PARTS_LATE).get((match["part"] or " ")[0], (0, 9))
            yield _dated(year, match.start(), match.end(), "between", first + begin, first + stop)

    def _years(self, low: str) -> Iterator[Quantity]:
        year = self._year
        if year is None:
            return
        ranged = rf"(?:从|自|介于|在)?({_YEAR}){_TO}({_YEAR})年?(?:之间|期间|间)?"
        for match in re.finditer(ranged, low):
            first, last = sorted(int(number(y) or 0) for y in match.groups())
            yield _dated(year, match.start(), match.end(), "between", first, last)
        for match in re.finditer(rf"(?:从|自|在)?(?<!\d)({_YEAR})(?!\d)(年)?(?:度)?", low):
            unit = re.match(rf"(?:{self._units})", low[match.end() :])
            if unit and not match[2]:
                continue
            said = int(number(match[1]) or 0)
            op, start = self._before(low, match.start())
            after, end = self._after(low, match.end(), "years_after")
            if not op and not after and not match[2] and not _plain_year(match[1]):
                continue
            yield _dated(year, start, end, after or op or "=", said, said)

    @cached_property
    def _units(self) -> str:
        return "|".join(sorted(self._words["units"], key=len, reverse=True))

    @cached_property
    def _names(self) -> str:
        """What a number field may be called before its amount."""
        said = set(self._words["fields"])
        for field in self._schema.of(Kind.NUMBER, Kind.DATE):
            said |= {field.name.lower(), *(alias.lower() for alias in field.aliases)}
        kept = (re.escape(name) for name in said if self._named(name))
        return "|".join(sorted(kept, key=len, reverse=True))

    def _named(self, name: str) -> Field | None:
        field = self._words.field(self._schema, name)
        return field if field and field.kind in (Kind.NUMBER, Kind.DATE) else None

    @cached_property
    def _amount(self) -> re.Pattern[str]:
        named = (
            rf"(?:(?P<name>{self._names})(?:要|得|在|是|为|应该|必须|都|:)*)?"
            if self._names
            else ""
        )
        before = "|".join(pattern for pattern, _ in self._words["operators"]["before"])
        units = rf"(?:个半(?=小时|钟头))?(?:{self._units})"
        one = rf"(?P<one>{_NUM})(?P<u1>{units})?(?P<h1>半)?(?P<minutes>\d+分钟?)?"
        two = rf"(?:到|至|-|~|和(?=\S+之间))(?P<two>{_NUM})(?P<u2>{units})?(?P<h2>半)?"
        lead = rf"(?P<op>{before})?(?:从|为|在|是)?(?P<money>rmb|usd|[$€£¥￥])?"
        return re.compile(rf"{named}{lead}(?<![\d第.]){one}(?:{two})?")

    def _sums(self, low: str) -> Iterator[Quantity]:
        for match in self._amount.finditer(low):
            quantity = self._sum(low, match)
            if quantity:
                yield quantity

    def _sum(self, low: str, match: re.Match[str]) -> Quantity | None:
        named = self._named(match["name"]) if match.groupdict().get("name") else None
        unit = match["u2"] or match["u1"] or ""
        one = self._value(match["one"], match["u1"] or match["u2"] or "", match["h1"])
        if match["minutes"] and one is not None:
            one += float(re.sub(r"\D", "", match["minutes"]))
        two = self._value(match["two"], match["u2"] or "", match["h2"]) if match["two"] else None
        if one is None:
            return None
        field = named or self._field(unit, match["money"], two or one)
        op = self._meaning(match["op"], "before")
        end = match.end()
        after, past = self._after(low, end, "after")
        op, end = (after, past) if after else (op, end)
        tail = re.match(r"(?:的)?(?:之间|区间)", low[end:])
        end += tail.end() if tail else 0
        if not (unit or match["money"] or named or (op and two is None)):
            return None
        if _counted(low, match, self._words) and not (unit or match["money"] or named):
            return None
        if field is None:
            known = bool(unit or match["money"])
            return Quantity(match.start(), end, None, one, op or "=") if op or known else None
        where = self._where(field, op, one, two, priced=_unit_role(self._words, unit) == "price")
        return Quantity(match.start(), end, where, one, op or "=", field.name)

    def _where(self, field: Field, op: str, one: float, two: float | None, *, priced: bool) -> Json:
        if two is not None:
            return between(field, min(one, two), max(one, two))
        if op == "~" or (not op and field.unit and not priced):
            wide = max(abs(one) * _ABOUT, 0.5)
            return between(field, one - wide, one + wide)
        if not op:
            op = "<=" if priced else "="
        return bound(field, op, one)

    def _value(self, text: str, unit: str, half: str | None) -> float | None:
        value = number(text)
        if value is None:
            return None
        value += 0.5 if half or unit.startswith("个半") else 0.0
        role, factor = self._words["units"].get(unit.removeprefix("个半"), ("", 1))
        minutes = role == "rating" and unit == "分" and value > _STARS
        return value if minutes else value * float(factor)

    def _field(self, unit: str, money: str | None, value: float) -> Field | None:
        role = "price" if money else _unit_role(self._words, unit)
        if unit == "分" and value > _STARS:
            return role_field(self._schema, self._words, "duration")
        return role_field(self._schema, self._words, role) if role else None

    def _meaning(self, said: str | None, table: str) -> str:
        for pattern, op in self._words["operators"][table] if said else ():
            if re.fullmatch(pattern, said or ""):
                return str(op)
        return ""

    def _before(self, low: str, start: int) -> tuple[str, int]:
        for pattern, op in self._words["operators"]["before"]:
            found = re.search(rf"(?:{pattern})(?:在)?$", low[:start])
            if found:
                return str(op), found.start()
        return "", start

    def _after(self, low: str, end: int, table: str) -> tuple[str, int]:
        """Return the operator that the words after an amount mean, and where these end."""
        for pattern, op in self._words["operators"][table]:
            found = re.match(rf"(?:的)?(?:{pattern})", low[end:])
            if found:
                return str(op), end + found.end()
        return "", end


def _decade(name: str, tail: str = "年代") -> str:
    return rf"(?:上个?世纪)?(?P<{name}>(?:1[89]|20)?\d0|[二三四五六七八九]十|[零〇]零){tail}"


def _dated(field: Field, start: int, end: int, op: str, first: int, last: int) -> Quantity:
    if op == "~":
        where = between(field, first - 2, last + 2)
    elif op in ("between", "="):
        where = between(field, first, last)
    else:
        where = bound(field, op, first)
    return Quantity(start, end, where, first, op, field.name)


def _unit_role(words: ChineseWords, unit: str) -> str:
    """Return the role of a unit: 分钟 is of a duration."""
    role, _ = words["units"].get(unit.removeprefix("个半"), ("", 1))
    return str(role)


def _counted(low: str, match: re.Match[str], words: ChineseWords) -> bool:
    counters = "|".join(re.escape(word) for word in words["words"]["counters"])
    return re.match(counters, low[match.end() :]) is not None


def _plain_year(text: str) -> bool:
    return text.isdigit()


def _first_year(said: str) -> int:
    value = int(number(said) or 0)
    if value >= 1000:
        return value
    return (2000 if value in (0, 10, 20) and said.isdigit() else 1900) + value
