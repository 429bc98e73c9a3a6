"""The operator's policy as conditions over one catalogue: what may be shown, and to whom.

`Demands.mask` is the one answer to "which items may this list hold", for conversations and for the
plain lists of a server alike. Knows no brain and no words.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from sommelier.agent.policy import Policy
from sommelier.data.predicates import All, Not, Predicate
from sommelier.data.where import parse
from sommelier.errors import ConfigError, UsageError
from sommelier.tools.base import Toolbox
from sommelier.types import Bools

__all__ = ["Demands"]


@dataclass(frozen=True, eq=False)
class Demands:
    """A policy over one catalogue; ConfigError where it names what the catalogue lacks."""

    policy: Policy
    box: Toolbox

    def __post_init__(self) -> None:
        """Look at every condition now, not in the middle of a conversation."""
        self.policy.check(self.box.schema)
        _ = self.required, self.adult, self.paid

    @cached_property
    def required(self) -> Predicate | None:
        """What every listed item satisfies: `require` and `available`."""
        parts = [self._fitted(key) for key in ("require", "available")]
        kept = tuple(part for part in parts if part is not None)
        return (kept[0] if len(kept) == 1 else All(kept)) if kept else None

    @cached_property
    def adult(self) -> Predicate | None:
        """What an item satisfies that is shown only after the person's age was confirmed."""
        rule = self.policy.age
        if rule is None:
            return None
        if rule.values:  # a rating that no item has just now is no mistake, none at all is one
            known = tuple(value for value in rule.values if self._stands(rule.field, value))
            rule = rule.model_copy(update={"values": known or rule.values})
        return self._checked("age", rule.predicate(self.box.schema))

    def _stands(self, field: str, value: str) -> bool:
        return value.casefold() in self.box.catalog.packed.postings(field).index

    @cached_property
    def paid(self) -> Predicate | None:
        """What a sponsored item satisfies."""
        return self._fitted("sponsored")

    @cached_property
    def ask_before(self) -> tuple[str, ...]:
        """The fields that are asked about before the first list."""
        named = (self.policy.asked_field(n, self.box.schema) for n in self.policy.ask_before)
        return tuple(dict.fromkeys(named))

    def shown(self, *, grown: bool = False) -> Predicate | None:
        """Return what every shown item satisfies; `grown` once the person's age is confirmed."""
        if self.adult is None or grown:
            return self.required
        of_age: Predicate = Not(self.adult)
        return of_age if self.required is None else All((self.required, of_age))

    def mask(self, *, grown: bool = False) -> Bools:
        """Return which items may stand in a list [n_items]; the same array for the same answer."""
        return self._masks(grown)

    @cached_property
    def _masks(self) -> Callable[[bool], Bools]:
        @lru_cache(2)
        def made(grown: bool) -> Bools:
            tree = self.shown(grown=grown)
            mask = np.ones(len(self.box.catalog), bool) if tree is None else self._mask(tree)
            mask.flags.writeable = False
            return mask

        return made

    @cached_property
    def sponsored(self) -> Bools:
        """Which items are paid for [n_items]: wherever they stand, it is said."""
        none = np.zeros(len(self.box.catalog), bool)
        return none if self.paid is None else self._mask(self.paid)

    def paid_for(self, item_ids: Iterable[str]) -> tuple[str, ...]:
        """Return those of the items that are sponsored, in their order."""
        if self.paid is None:
            return ()
        return tuple(item for item in item_ids if self.sponsored[self.box.catalog.num(item)])

    def restricted(self, item_ids: Iterable[str], *, grown: bool) -> frozenset[str]:
        """Return those of the items that this person is not shown for their age."""
        if self.adult is None or grown:
            return frozenset()
        held = self._adults
        return frozenset(item for item in item_ids if held[self.box.catalog.num(item)])

    @cached_property
    def _adults(self) -> Bools:
        none = np.zeros(len(self.box.catalog), bool)
        return none if self.adult is None else self._mask(self.adult)

    def _mask(self, tree: Predicate) -> Bools:
        return self.box.catalog.packed.mask(tree).copy()

    def _fitted(self, key: str) -> Predicate | None:
        text = getattr(self.policy, key)
        return self._checked(key, parse(text)) if text else None

    def _checked(self, key: str, tree: Predicate) -> Predicate:
        try:
            return self.box.check(tree)
        except UsageError as error:
            raise ConfigError(f"[policy] {key}: {error.message}", hint=error.hint) from error
