"""What people did with items: events that arrive once, whatever happens on the way.

Pure values. An event carries its own id, so that a repeated delivery counts once. Some kinds also
say what the person thinks of the item, and so become profile entries.
"""

from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from sommelier.errors import UsageError
from sommelier.state.profiles import Entry, Polarity, Scope

__all__ = ["MEANING", "MET", "SEEN", "Event"]

# feedback type -> (polarity, weight, scope) of the entry it leaves. Accepting one of a few is
# weaker than saying "I like it", and a rejection may only mean "not tonight".
MEANING: Final[dict[str, tuple[Polarity, float, Scope]]] = {
    "like": ("like", 1.0, "lasting"),
    "accept": ("like", 0.5, "lasting"),
    "dislike": ("dislike", 1.0, "lasting"),
    "reject": ("dislike", 0.5, "session"),
}
_TAKEN: Final = ("buy", "consume", "listen", "order", "play", "purchase", "rating", "read", "watch")
SEEN: Final = frozenset({*MEANING, "seen", *_TAKEN})  # the item is no discovery any more
# ... and after these it is one that the person took, as an event of the log is
MET: Final = SEEN - {name for name, (polarity, _, _) in MEANING.items() if polarity == "dislike"}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One reaction. `feedback_type` is any word; those in MEANING and SEEN change the profile."""

    event_id: str  # unique in the store
    item_id: str
    feedback_type: str
    time: float  # seconds since 1970 UTC
    value: float | None = None
    user_id: str | None = None
    session_id: str | None = None
    recommendation_id: str | None = None  # the list that it answers
    impression: tuple[str, ...] | None = None  # item_ids of that list, as they were shown
    taken_back: float | None = None  # when the person took it back: it counts no more

    def __post_init__(self) -> None:
        """Check that it can be told apart, belongs to somebody and says finite numbers."""
        if not self.event_id or not self.feedback_type:
            raise UsageError("A feedback event needs an event_id and a feedback_type.")
        if self.user_id is None and self.session_id is None:
            raise UsageError(
                f"The feedback event {self.event_id!r} belongs to nobody.",
                hint="Give its user_id, its session_id, or both.",
            )
        if not isfinite(self.time) or not isfinite(self.value or 0.0):
            raise UsageError(
                f"The time and the value of the feedback event {self.event_id!r} must be finite."
            )

    def repeats(self, stored: "Event") -> bool:
        """Return whether this is the stored event, delivered again.

        Sent before a login, it may come again after its session became the user's; one that was
        taken back stays so.
        """
        known = replace(self, taken_back=stored.taken_back)
        if self.user_id is None and self.session_id is not None:
            known = replace(known, user_id=stored.user_id)
        return known == stored

    def entry(self) -> Entry | None:
        """Return what the event says of the person's taste, if anything.

        Without a session even a rejection lasts: there is nothing else it could belong to.
        """
        if self.feedback_type not in MEANING:
            return None
        polarity, weight, scope = MEANING[self.feedback_type]
        if self.session_id is None:
            scope = "lasting"
        return Entry(
            polarity=polarity,
            source="did",
            time=self.time,
            item_id=self.item_id,
            weight=weight,
            scope=scope,
            user_id=self.user_id,
            session_id=self.session_id,
        )
