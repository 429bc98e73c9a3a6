"""Whether a reason is true: its condition, its shared values, its items and its numbers.

A reason is read from scores and rows when the list is made; here each is looked up once more in
the rows, the person's log and the profile, so that no reply can claim what is not so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sommelier.agent.critic.rows import holds
from sommelier.agent.outcome import Card
from sommelier.agent.situation import Situation
from sommelier.data.predicates import Compare, Predicate, conditions, from_json
from sommelier.data.schema import Schema
from sommelier.errors import UnknownName
from sommelier.tools.base import Toolbox
from sommelier.tools.explain import Reason

__all__ = ["Evidence"]


@dataclass(frozen=True)
class Evidence:
    """What reasons may rest on, for one person at one turn."""

    schema: Schema
    rows: Callable[[Sequence[str]], list[dict[str, Any]]]  # of items, by id
    events: Callable[[str], float]  # how many people met an item
    met: frozenset[str]  # items of the person's own log and those liked, without the disliked
    leanings: tuple[Predicate, ...]  # conditions that the person likes

    @classmethod
    def of(cls, box: Toolbox, at: Situation) -> Self:
        """Return the evidence that a situation gives."""
        person, index = at.person, box.catalog.index
        met = {*person.query.history.tolist(), *person.liked.tolist()}
        met -= {*person.disliked.tolist()}
        liked = (p.entry.condition for p in at.profile.conditions if p.weight > 0)
        trees = (from_json(condition) for condition in liked if condition is not None)
        return cls(
            schema=box.schema,
            rows=box.rows,
            events=lambda item: float(box.counts[index[item]]) if item in index else 0.0,
            met=frozenset(box.ids(sorted(met))),
            leanings=tuple(one for tree in trees for one in conditions(tree)),
        )

    def bears(self, reason: Reason, card: Card, text: str | None) -> bool:
        """Return whether a reason of a card holds; `text` is what was asked for in free words.

        `text` None: the words are those of an earlier turn, which are not looked at.
        """
        match reason.kind:
            case "meets":
                return self._meets(reason.condition, card)
            case "misses":
                return reason.condition is not None and not self._meets(reason.condition, card)
            case "leaning":
                return self._meets(reason.condition, card) and reason.condition in self.leanings
            case "history":
                return bool(reason.items) and set(reason.items) <= self.met
            case "shares":
                return self._shares(reason, card)
            case "like":
                return bool(reason.items) and bool(self._rows(reason.items))
            case "text":
                return text is None or (bool(reason.values) and set(reason.values) <= {text})
            case "known":
                return reason.amount > 0 and self.events(card.item_id) == reason.amount

    def _meets(self, condition: Compare | None, card: Card) -> bool:
        return condition is not None and holds(condition, card.row, self.schema)

    def _shares(self, reason: Reason, card: Card) -> bool:
        theirs = {value for row in self._rows(reason.items) for value in _held(row, reason.field)}
        own = set(_held(card.row, reason.field))
        return bool(reason.values) and set(reason.values) <= own & theirs

    def _rows(self, items: Sequence[str]) -> list[dict[str, Any]]:
        try:
            return self.rows(items)
        except UnknownName:
            return []


def _held(row: dict[str, Any], field: str) -> list[str]:
    value = row.get(field)
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]
