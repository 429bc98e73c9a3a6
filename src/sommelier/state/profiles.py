"""What a person likes, wants and avoids: single entries, and the profile they add up to.

Pure values and functions. Knows nothing of databases, catalogues or engines: items are the shop's
ids, and a condition is the JSON form of a predicate, as the plan gave it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sommelier.errors import UsageError
from sommelier.types import Json

__all__ = [
    "HALF_LIFE",
    "Entry",
    "Polarity",
    "Preference",
    "Profile",
    "Scope",
    "Source",
    "merge",
    "profile_of",
]

Polarity = Literal["like", "dislike", "want", "avoid"]
Source = Literal["said", "did", "inferred"]
Scope = Literal["session", "lasting"]

HALF_LIFE: Final = 90 * 86_400.0  # seconds until an entry weighs half: one season


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing known of a person: exactly one subject of `item_id`, `condition` and `wish`.

    `condition` is a predicate's JSON (`{"field": "genres", "op": "contains", "value": "Horror"}`).
    A lasting entry of a known user counts in every session; all others count in theirs. The store
    gives the id; `superseded_by` names the newer entry about the same subject.
    """

    polarity: Polarity
    source: Source
    time: float  # seconds since 1970 UTC
    item_id: str | None = None
    condition: Json | None = None
    wish: str | None = None
    weight: float = 1.0
    scope: Scope = "session"
    user_id: str | None = None
    session_id: str | None = None
    id: int | None = None
    active: bool = True
    superseded_by: int | None = None

    def __post_init__(self) -> None:
        """Check the words, the weight, and that there is one subject."""
        for name, words in (("polarity", Polarity), ("source", Source), ("scope", Scope)):
            if getattr(self, name) not in get_args(words):
                raise UsageError(
                    f"A profile entry cannot have {name} {getattr(self, name)!r}.",
                    hint=f"One of: {', '.join(get_args(words))}.",
                )
        if sum(subject is not None for subject in (self.item_id, self.condition, self.wish)) != 1:
            raise UsageError(
                "A profile entry is about exactly one of an item, a condition and a wish."
            )
        if not 0 < self.weight < float("inf"):
            raise UsageError(
                f"A profile entry cannot weigh {self.weight}.",
                hint="Weights are positive; polarity says the direction.",
            )

    @property
    def subject(self) -> str:
        """What it is about, as one canonical string: entries with equal ones contradict."""
        if self.item_id is not None:
            return f"item:{self.item_id}"
        if self.wish is not None:
            return f"wish:{' '.join(self.wish.casefold().split())}"
        return "condition:" + json.dumps(_folded(self.condition), sort_keys=True)

    @property
    def sign(self) -> int:
        """+1 for like and want, -1 for dislike and avoid."""
        return 1 if self.polarity in ("like", "want") else -1


@dataclass(frozen=True)
class Preference:
    """An entry that counts now, and its signed weight after decay."""

    entry: Entry
    weight: float


@dataclass(frozen=True)
class Profile:
    """What counts for a person at one moment: one preference a subject, oldest first."""

    preferences: tuple[Preference, ...] = ()
    seen: frozenset[str] = frozenset()  # item ids that the person reacted to or has met

    @property
    def liked(self) -> dict[str, float]:
        """item_id -> positive weight."""
        return {item: weight for item, weight in self._items() if weight > 0}

    @property
    def disliked(self) -> dict[str, float]:
        """item_id -> positive weight of the dislike."""
        return {item: -weight for item, weight in self._items() if weight < 0}

    @property
    def conditions(self) -> tuple[Preference, ...]:
        """Preferences about fields; positive weights attract, negative ones repel."""
        return tuple(p for p in self.preferences if p.entry.condition is not None)

    @property
    def wishes(self) -> tuple[Preference, ...]:
        """Preferences in free words."""
        return tuple(p for p in self.preferences if p.entry.wish is not None)

    def _items(self) -> Iterable[tuple[str, float]]:
        for preference in self.preferences:
            if preference.entry.item_id is not None:
                yield preference.entry.item_id, preference.weight


def merge(
    entries: Iterable[Entry],
    now: float,
    half_life: float | None = HALF_LIFE,
    *,
    seen: Iterable[str] = (),
) -> Profile:
    """Add entries up to a profile: the newest per subject counts, halved every `half_life` seconds.

    Inactive entries do not count. Of two of the same second the one stored later (larger id) wins.
    `half_life` None keeps weights as they are; a time after `now` counts as now.
    """
    counted = sorted((e for e in entries if e.active), key=lambda e: (e.time, e.id or 0))
    return profile_of(((e.subject, e) for e in counted), now, half_life, seen=seen)


def profile_of(
    entries: Iterable[tuple[str, Entry]],
    now: float,
    half_life: float | None = HALF_LIFE,
    *,
    seen: Iterable[str] = (),
) -> Profile:
    """Do what `merge` does with active entries beside their subjects, oldest first."""
    newest: dict[str, Entry] = {}
    for subject, entry in entries:
        newest.pop(subject, None)  # so that the order stays that of time
        newest[subject] = entry
    return Profile(
        tuple(
            Preference(entry, entry.sign * entry.weight * _decay(now - entry.time, half_life))
            for entry in newest.values()
        ),
        frozenset(seen),
    )


def _decay(age: float, half_life: float | None) -> float:
    return 1.0 if half_life is None else 0.5 ** (max(age, 0.0) / half_life)


def _folded(value: Any) -> Any:
    """Ignore the case of words and the order of value lists, which mean nothing to a condition."""
    match value:
        case dict():
            folded = {key: _folded(part) for key, part in value.items()}
            if isinstance(folded.get("value"), list) and value.get("op") != "between":
                folded["value"] = sorted(folded["value"], key=str)
            return folded
        case list() | tuple():
            return [_folded(part) for part in value]
        case str():
            return value.casefold()
        case bool() | None:
            return value
        case int():
            return float(value)
        case _:
            return value
