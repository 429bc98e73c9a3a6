"""Watches a conversation from outside and notes every broken promise.

It reads turns, catalogue and log, nothing of the agent's own state, and evaluates conditions with
Polars, so it shares no code with the packed scan that chose the items nor with the critic that
looked at them again.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import polars as pl

from sommelier.agent.memory import entries_of
from sommelier.agent.plan import Explain, Filter, Plan, Rank, React, Undo
from sommelier.agent.turn import Turn
from sommelier.data.catalog import Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, conditions, from_json
from sommelier.data.schema import Kind, Schema
from sommelier.state.profiles import Entry, Profile
from sommelier.types import ITEM_ID, Json

__all__ = ["Broken", "Judge", "expression"]

_ORDER: Final[dict[str, Callable[[pl.Expr, Any], pl.Expr]]] = {
    "=": pl.Expr.eq,
    "!=": pl.Expr.ne,
    "<": pl.Expr.lt,
    "<=": pl.Expr.le,
    ">": pl.Expr.gt,
    ">=": pl.Expr.ge,
}


@dataclass(frozen=True)
class Broken:
    """One broken promise: its kind, and what exactly."""

    kind: str
    what: str


@dataclass
class Judge:
    """Follows one conversation; call `broken` after every turn, in order."""

    dataset: Dataset
    user_id: str | None = None
    require: Predicate | None = None  # the operator's condition
    n: int = 5  # items of a list unless the plan says another number
    before: Profile = field(default_factory=Profile)  # what earlier conversations left
    _shown: set[str] = field(default_factory=set)
    _listed: tuple[str, ...] = ()  # the list last shown
    _said: str = ""  # every message so far, in plain words
    _spoken: set[str] = field(default_factory=set)  # every item that a turn had reason to name
    _reacted: set[str] = field(default_factory=set)
    _heard: dict[str, Entry] = field(default_factory=dict)  # by subject, the newest stands

    def __post_init__(self) -> None:
        """Take in what earlier conversations left."""
        self._reacted = set(self.before.seen)
        self._heard = {p.entry.subject: p.entry for p in self.before.preferences}

    def broken(self, turn: Turn) -> list[Broken]:
        """Return what this turn broke; empty if it kept every promise."""
        plan = turn.plan
        if plan.reset:
            self._shown, self._listed = set(), ()
        self._hear(plan)
        fitting = self._fitting(plan)
        found = [
            *self._items(turn, fitting),
            *self._conditions(turn, fitting),
            *self._words(turn),
            *(Broken("fault", fault) for fault in turn.faults),
        ]
        if turn.items:
            self._listed = tuple(item.item_id for item in turn.items)
            self._shown |= set(self._listed)
        return found

    @property
    def _catalog(self) -> Catalog:
        return self.dataset.catalog

    def _history(self) -> set[str]:
        log = self.dataset.interactions
        number = log.user_index.get(self.user_id or "")
        return set() if number is None else {self._catalog.ids[i] for i in log.history(number)}

    def _hear(self, plan: Plan) -> None:
        """Take in what the plan says of the person, as of this very turn."""
        for subject in list(self._heard) if "*" in plan.forget else plan.forget:
            self._heard.pop(subject, None)
        for step in plan.of(React):
            for ref in step.items:
                self._reacted.add(ref.item or self._listed[(ref.shown or 1) - 1])
        for entry in entries_of(plan.updates, 0.0):
            self._heard[entry.subject] = entry

    def _opinions(self) -> set[str]:
        return {entry.item_id for entry in self._heard.values() if entry.item_id}

    def _avoided(self) -> list[Json]:
        return [e.condition for e in self._heard.values() if e.condition and e.sign < 0]

    def _items(self, turn: Turn, fitting: set[str]) -> Iterator[Broken]:
        ids = [item.item_id for item in turn.items]
        undone = bool(turn.plan.of(Undo))
        again = undone or any(step.again for step in turn.plan.of(Rank))
        refused = self._reacted | self._opinions() | self._history()
        # A narrower wish may lead to nothing but what was on the table: then that is shown.
        left = fitting - (self._shown | refused | set(_referred(turn.plan.model_dump())))
        again = again or not self._sortable(turn.plan, left)
        limit = max((step.n for step in turn.plan.of(Rank)), default=self.n)
        if len(ids) > limit and not undone:
            yield Broken("too long", f"{len(ids)} items")
        for item_id in {i for i in ids if ids.count(i) > 1}:
            yield Broken("twice", item_id)
        for item in turn.items:
            if item.item_id not in self._catalog.index:
                yield Broken("no such item", item.item_id)
                continue
            title = self._catalog.titles[self._catalog.index[item.item_id]]
            if not item.title.startswith(title):
                yield Broken("wrong title", f"{item.title} is not {title}")
            if not again and item.item_id in self._shown:
                yield Broken("shown before", item.item_id)
            if not undone and item.item_id in self._reacted | self._opinions():
                yield Broken("refused", item.item_id)
            if not undone and item.item_id in self._history():
                yield Broken("consumed", item.item_id)

    def _sortable(self, plan: Plan, items: set[str]) -> set[str]:
        """Return the items that a list in the plan's order may hold: not those without value."""
        held = pl.all_horizontal(
            pl.col(ITEM_ID).is_in(sorted(items)),
            *(pl.col(step.sort).is_not_null() for step in plan.of(Rank) if step.sort),
        )
        return set(self._catalog.table.filter(held)[ITEM_ID])

    def _fitting(self, plan: Plan) -> set[str]:
        """Return the ids of all items that a list of this plan may hold."""
        filters = [step.where for step in plan.of(Filter)]
        asked = set().union(*(_leaves(where) for where in filters))
        demands = [from_json(where) for where in filters]
        demands += [Not(from_json(w)) for w in self._avoided() if not _leaves(w) & asked]
        demands += [self.require] if self.require else []
        kept = expression(All(tuple(demands)), self._catalog.schema)
        return set(self._catalog.table.filter(kept)[ITEM_ID])

    def _conditions(self, turn: Turn, fitting: set[str]) -> Iterator[Broken]:
        if turn.plan.of(Undo):
            return
        for item in turn.items:
            if item.item_id not in fitting:
                yield Broken("breaks a condition", f"{item.item_id} {item.row}")
        ranked = [step for step in turn.funnel if step["tool"] == "rank"]
        if ranked and ranked[-1]["before"] != len(fitting):
            yield Broken("wrong count", f"{ranked[-1]['before']} instead of {len(fitting)}")

    def _words(self, turn: Turn) -> Iterator[Broken]:
        json.dumps(turn.to_json())
        if not turn.reply.strip():
            yield Broken("empty reply", turn.message)
        spoken = "\n".join([turn.reply, *(r for item in turn.items for r in item.reasons)])
        for brace in re.findall(r"\{\w*\}", spoken):
            if brace not in turn.message:
                yield Broken("unfilled brace", brace)
        left, self._said = _plain(spoken), f"{self._said} |{_plain(turn.message)}"
        for title in sorted(self._evidence(turn), key=len, reverse=True):
            left = re.sub(rf"(?<= ){re.escape(_plain(title).strip())}(?= )", "#", left)
        for title in self._catalog.titles:
            if _plain(title) in left and _plain(title) not in self._said:  # else it is quoted
                yield Broken("ungrounded title", title)

    def _evidence(self, turn: Turn) -> set[str]:
        """Return the titles that may be named: shown, in the plan, known of the person."""
        ids = {item.item_id for item in turn.items} | set(_referred(turn.plan.model_dump()))
        if turn.asked:
            ids |= set(_referred(turn.asked.model_dump()))
        if turn.plan.of(Undo) or turn.plan.of(Explain):  # the reasons are those of an earlier list
            ids |= self._spoken
        self._spoken |= ids
        ids |= {self._listed[at - 1] for at in _places(turn.plan.model_dump()) if self._listed}
        ids |= self._history() | self._reacted | self._opinions()
        index = self._catalog.index
        return {self._catalog.titles[index[i]] for i in ids if i in index}


def expression(predicate: Predicate, schema: Schema) -> pl.Expr:
    """Return a condition as a Polars expression: never null, false for missing values."""
    match predicate:
        case All(parts):
            return pl.all_horizontal(pl.lit(True), *(expression(p, schema) for p in parts))
        case Any_(parts):
            return pl.any_horizontal(pl.lit(False), *(expression(p, schema) for p in parts))
        case Not(part):
            return ~expression(part, schema)
        case Compare(name, op, value):
            return _compared(schema[name].kind, pl.col(name), op, value).fill_null(False)


def _compared(kind: Kind, column: pl.Expr, op: str, value: Any) -> pl.Expr:
    if kind is Kind.TAGS:
        return _tagged(column, op, value)
    words = kind not in (Kind.NUMBER, Kind.DATE, Kind.FLAG)
    if op == "is_null":
        return column.is_null() | (column == "" if words else pl.lit(False))
    held = column.str.to_lowercase() if words else column
    several = value if isinstance(value, tuple) else (value,)
    wanted = [_literal(kind, one) for one in several]
    match op:
        case "between":
            return held.is_between(wanted[0], wanted[1])
        case "in" | "contains_any":
            return held.is_in(wanted)
        case "contains":
            return held.str.contains(wanted[0], literal=True)
        case _:
            return _ORDER[op](held, wanted[0])


def _tagged(column: pl.Expr, op: str, value: Any) -> pl.Expr:
    if op == "is_null":
        return column.is_null() | (column.list.len() == 0)
    own = column.list.eval(pl.element().str.to_lowercase())
    wanted = [str(v).lower() for v in (value if isinstance(value, tuple) else (value,))]
    each = [own.list.contains(word) for word in wanted]
    if op == "contains_all":
        return pl.all_horizontal(own.list.len() > 0, *each)
    return pl.any_horizontal(pl.lit(False), *each)


def _literal(kind: Kind, value: Any) -> Any:
    match kind:
        case Kind.NUMBER:
            return float(value)
        case Kind.DATE if isinstance(value, str):
            return date.fromisoformat(value)
        case Kind.DATE:
            return date(1970, 1, 1) + timedelta(days=int(value))
        case Kind.FLAG:
            return (
                value
                if isinstance(value, bool)
                else str(value).casefold() in ("true", "1", "1.0", "yes")
            )
        case _:
            return str(value).lower()


def _leaves(where: Json) -> set[tuple[str, str]]:
    return {(c.field, str(c.value)) for c in conditions(from_json(where))}


def _referred(data: Any) -> Iterator[str]:
    """Yield every item id that a dumped plan points at, at any depth."""
    match data:
        case {"item": str(item_id), **more}:
            yield item_id
            yield from _referred(more)
        case {"field": "item_id", "value": str(item_id)}:
            yield item_id
        case {"topic": "took" | "enjoy", "about": str(about)}:
            yield about.rpartition("|")[2]
        case dict():
            for part in data.values():
                yield from _referred(part)
        case list() | tuple():
            for part in data:
                yield from _referred(part)


def _places(data: Any) -> Iterator[int]:
    match data:
        case {"shown": int(place)}:
            yield place
        case dict():
            for part in data.values():
                yield from _places(part)
        case list() | tuple():
            for part in data:
                yield from _places(part)


def _plain(text: str) -> str:
    words = re.findall(r"[^\W_]+", text.casefold())
    return f" {' '.join(words)} "
