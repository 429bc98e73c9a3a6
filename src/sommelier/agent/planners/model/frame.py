"""The semantic frame of a message: what a language model writes, and all that it writes.

A frame names an act and fills slots in the catalogue's own words; `resolve` turns it into a plan,
so a model never writes ids, steps or references. It is small on purpose: a model on two cores
writes thirty tokens in a third of a second. Knows no catalogue and no model.

A clause is one condition without spaces around its sign: `genres=Comedy`, `genres=Comedy|Drama`
(either), `year=1990..1999`, `price<20`, `runtime<#` (shorter than what the list or the named items
have), `price<#2` (cheaper than the second), `description~lighthouse` (the text says so),
`in_stock=yes`. An item is `#2`, its place in the list shown, or a title.

A value of free keywords (a field that the catalogue's text calls "free words") is a hint, not a
fact: wished for, its words go to `text` as they were said, and the resolver links them; refused, it
is a clause in `no`. "Short" or "recent" is a clause in `prefer`, with the bound that it is linked
to; "under two hours" one in `must`.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Final, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from sommelier.errors import UsageError
from sommelier.types import Json

__all__ = ["ACTS", "STANCES", "TOPICS", "Act", "Clause", "Frame", "Stance", "Topic"]

Act = Literal[
    "find",  # a list, begun anew
    "refine",  # the list on the table, under further or other conditions
    "more",  # further items of the list on the table
    "pick",  # the best of the items shown, by `sort` or `must`
    "undo",  # back to the earlier list
    "facts",  # what the catalogue says of `items`: `fields`, or the main ones
    "explain",  # why `items` were shown; all of them where none is named
    "compare",  # `items` side by side; those shown where none is named
    "count",  # how many items satisfy `must` and `no`
    "mean",  # the average of `fields[0]` over them
    "most",  # the commonest value of `fields[0]` among them
    "values",  # which values `fields[0]` has
    "answer",  # to the question that waits: its option number `n`
    "tell",  # only opinions and experience, in `told`
    "forget",  # profile entries about `must`, `items` or `text`; all where nothing is named
    "restart",  # put everything on the table away
    "talk",  # small talk, in `topic`; "fine" where there is nothing to act on
]
ACTS: Final[tuple[str, ...]] = get_args(Act)
Stance = Literal["like", "dislike", "avoid", "seen", "accept", "reject"]
STANCES: Final[tuple[str, ...]] = get_args(Stance)
Topic = Literal["greet", "thanks", "bye", "how", "who", "help", "profile", "fine", "off_topic"]
TOPICS: Final[tuple[str, ...]] = get_args(Topic)

_CLAUSE = re.compile(r"(?P<field>[^\s=<>~]+)(?P<sign><=|>=|=|<|>|~)(?P<value>.+)", re.DOTALL)
_RANGE = re.compile(r"(?P<low>.+?)\.\.(?P<high>.+)")


@dataclass(frozen=True)
class Clause:
    """One condition as it is written: `values` has several where any of them will do."""

    field: str
    sign: Literal["=", "<", "<=", ">", ">=", "~"]
    values: tuple[str, ...]
    between: bool = False  # `values` are the two ends of a range, both included

    @classmethod
    def read(cls, text: str) -> Self:
        """Read `year=1990..1999`; UsageError where that is no clause."""
        found = _CLAUSE.fullmatch(text.strip())
        if not found:
            raise UsageError(
                f"{text!r} is no condition.", hint="Write field=value, field<5 or field=1..9."
            )
        sign, value = found["sign"], found["value"].strip()
        range_ = _RANGE.fullmatch(value) if sign == "=" else None
        values = (range_["low"], range_["high"]) if range_ else tuple(value.split("|"))
        return cls(found["field"], sign, tuple(v.strip() for v in values), bool(range_))  # type: ignore[arg-type]  # the pattern allows these signs only

    @property
    def relative(self) -> str | None:
        """`#` or `#2` where the clause compares with items shown, else None."""
        one = self.values[0] if len(self.values) == 1 else ""
        return one if re.fullmatch(r"#\d*", one) else None

    def __str__(self) -> str:
        return f"{self.field}{self.sign}{('..' if self.between else '|').join(self.values)}"


class Frame(BaseModel):
    """What one message asks for and tells. Its keys stand in this order in what models write."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    do: Act
    told: tuple[str, ...] = ()  # "like Heat", "dislike genres=Horror", "seen #2": stance, subject
    items: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    like: tuple[str, ...] = ()  # items that the list should resemble
    must: tuple[str, ...] = ()  # clauses that every item satisfies
    no: tuple[str, ...] = ()  # clauses that no item satisfies, or titles left out
    prefer: tuple[str, ...] = ()  # clauses to satisfy if possible
    drop: tuple[str, ...] = ()  # fields whose conditions no longer hold
    text: str = ""  # wishes that no field holds, or free keywords, in the person's words
    sort: str = ""  # a number or date field, least first; "-price": greatest first
    n: Annotated[int, Setting(ge=1, le=50)] | None = None
    topic: Topic | None = None

    def to_text(self) -> str:
        """Return the frame as models write it: JSON in one line, without what is empty."""
        data = {key: value for key, value in self.to_json().items() if value not in (None, "", [])}
        return json.dumps(data, ensure_ascii=False, separators=(",", ":"))

    def to_json(self) -> Json:
        """Return every slot."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, data: Json) -> Self:
        """Read a frame; UsageError says which part breaks which rule."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise UsageError(f"This frame is not valid at {where}: {first['msg']}") from error
