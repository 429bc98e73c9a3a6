"""What a plan says, taken apart: single conditions with their sign, items, and all its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sommelier.agent.plan import Filter, Lookup, Plan, Rank, Update
from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, from_json
from sommelier.errors import PredicateError, UnknownName
from sommelier.tools.base import Toolbox
from sommelier.tools.text import stems
from sommelier.types import Json

__all__ = ["Leaf", "Said", "leaves", "wheres"]

_TAKEN: Final = ("guessed", "took", "any_of")  # notes on what words were taken as, not done with


@dataclass(frozen=True)
class Leaf:
    """One value of one field, and whether it is asked for or refused."""

    field: str
    value: Any  # words in small letters, numbers as they are; None: a step's result
    wanted: bool

    @property
    def key(self) -> tuple[str, Any]:
        """Field and value, whichever way it is meant."""
        return self.field, self.value


def wheres(plan: Plan) -> Iterator[Json]:
    """Yield every condition of a plan, those of a question's options too."""
    for step in plan.steps:
        match step.kind:
            case "filter":
                yield step.where
            case "rank":
                yield from (soft.where for soft in step.prefer)
            case "lookup" if step.where:
                yield step.where
            case "ask":
                for option in step.options:
                    yield from wheres(option.plan)
    yield from (update.condition for update in plan.updates if update.condition is not None)


def leaves(box: Toolbox, where: Json, *, wanted: bool = True) -> list[Leaf]:
    """Return the leaves of one condition in the catalogue's own spelling; none if it has no sense.

    A value that is the result of an earlier step is None.
    """
    value = where.get("value")
    if isinstance(value, dict):
        return [Leaf(str(where.get("field")), None, wanted)]
    try:
        return list(_leaves(box.check(from_json(where)), box, wanted))
    except (PredicateError, UnknownName):
        return []


def _leaves(tree: Predicate, box: Toolbox, wanted: bool) -> Iterator[Leaf]:
    match tree:
        case All(parts) | Any_(parts):
            for part in parts:
                yield from _leaves(part, box, wanted)
        case Not(part):
            yield from _leaves(part, box, not wanted)
        case Compare(field, op, value):
            for one in value if isinstance(value, tuple) else (value,):
                yield Leaf(field, _key(one), wanted != (op == "!="))


def _key(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


@dataclass(frozen=True)
class Said:
    """All that a plan says, for asking whether something stands anywhere in it."""

    required: tuple[Leaf, ...]  # of filters: what every item must or must not have
    leaves: frozenset[tuple[str, Any]]  # of all conditions
    fields: frozenset[str]  # named in any way
    items: frozenset[str]  # ids
    words: frozenset[str]  # stems of free words, of notes, and of the titles of its items

    @classmethod
    def of(cls, plan: Plan, box: Toolbox, shown: tuple[str, ...]) -> "Said":
        """Take a plan apart; `shown` is the list that its references point into."""
        every = [leaf for where in wheres(plan) for leaf in leaves(box, where)]
        required = [leaf for step in plan.of(Filter) for leaf in leaves(box, step.where)]
        items = frozenset(_items(plan.to_json(), shown, box.schema.id_field))
        titles = (box.lexicon.label_of(item) for item in items if item in box.catalog.index)
        told = [*_texts(plan), *titles]
        return cls(
            required=tuple(required),
            leaves=frozenset(leaf.key for leaf in every),
            fields=frozenset(leaf.field for leaf in every) | _named_fields(plan),
            items=items,
            words=frozenset(word for text in told for word in stems(text).split()),
        )

    def tells(self, text: str) -> bool:
        """Return whether all these words stand somewhere in the plan's own words."""
        return bool(told := stems(text).split()) and set(told) <= self.words


def _named_fields(plan: Plan) -> frozenset[str]:
    ranks: list[Rank] = plan.of(Rank)
    lookups: list[Lookup] = plan.of(Lookup)
    sorts = {rank.sort for rank in ranks if rank.sort}
    return frozenset(sorts | {name for step in lookups for name in step.fields})


def _texts(plan: Plan) -> Iterator[str]:
    notes = (note for note in plan.notes if note.topic not in _TAKEN)
    for step in (*plan.steps, *notes):
        match step.kind:
            case "rank":
                yield step.text
            case "say":
                yield step.about.replace("|", " ")
            case "ask":
                yield step.about.replace("|", " ")
                for option in step.options:
                    yield option.label.replace("|", " ")
                    yield from _texts(option.plan)
    yield from (subject.partition(":")[2] for subject in plan.forget)
    yield from (_wish(update) for update in plan.updates)


def _wish(update: Update) -> str:
    return update.wish or ""


def _items(data: Any, shown: tuple[str, ...], id_field: str) -> Iterator[str]:
    """Yield the id of every item that a plan points at, at any depth."""
    match data:
        case {"field": str(name), "value": value} if name == id_field:
            yield from (str(one) for one in (value if isinstance(value, list) else [value]))
        case {"topic": str(), "about": str(about)}:
            yield about.rpartition("|")[2]
        case dict():
            for key, part in data.items():
                if key == "item" and isinstance(part, str):
                    yield part
                elif key == "shown" and isinstance(part, int) and 0 < part <= len(shown):
                    yield shown[part - 1]
                else:
                    yield from _items(part, shown, id_field)
        case list() | tuple():
            for part in data:
                yield from _items(part, shown, id_field)
