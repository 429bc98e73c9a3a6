"""What the store holds of a person, in words and groups."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sommelier.agent.replies.describe import describe
from sommelier.data.predicates import from_json
from sommelier.errors import UsageError
from sommelier.hostile import harmless
from sommelier.server.ui.seat import Seat
from sommelier.server.ui.wording import Wording
from sommelier.state.profiles import Entry
from sommelier.tools.base import Toolbox

__all__ = ["GROUPS", "Known", "known_of"]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "likes": ("like",),
    "dislikes": ("dislike",),
    "wishes": ("want", "avoid"),
}


@dataclass(frozen=True)
class Known:
    """Everything, ready to be shown."""

    entries: Mapping[str, list[tuple[Entry, str]]]  # group -> entries with their subject in words
    seen: list[tuple[str, str]]  # item_id and title, without those that were judged
    log: list[tuple[str, str]]  # the newest items of the shop's own log, and ...
    logged: int  # ... how many there are

    @property
    def empty(self) -> bool:
        """Whether nothing is known at all."""
        return not (any(self.entries.values()) or self.seen or self.logged)


async def known_of(seat: Seat) -> Known:
    """Read what is held of the seat's person."""
    return await asyncio.to_thread(_known, seat)


def _known(seat: Seat) -> Known:
    store, box = seat.hosted.store, seat.hosted.lists.box
    entries = sorted(store.entries(seat.person), key=lambda entry: -entry.time)
    groups = {
        name: [(e, _subject(e, box, seat.say)) for e in entries if e.polarity in words]
        for name, words in GROUPS.items()
    }
    judged = {entry.item_id for entry in entries}
    met = store.profile(seat.person).seen - judged
    history = box.ids(box.history(seat.person))
    return Known(
        entries=groups,
        seen=sorted(((one, _title(one, box)) for one in met), key=lambda two: two[1]),
        log=[(one, _title(one, box)) for one in reversed(history[-12:])],
        logged=len(history),
    )


def _subject(entry: Entry, box: Toolbox, say: Wording) -> str:
    if entry.item_id is not None:
        return _title(entry.item_id, box)
    if entry.wish is not None:
        return f"“{harmless(entry.wish)}”"
    try:
        tree = from_json(entry.condition)
        return describe(tree, box.schema, say.replies, box.lexicon.label_of)
    except UsageError:  # of a field that the catalogue has lost
        return str(entry.condition)


def _title(item_id: str, box: Toolbox) -> str:
    return harmless(box.lexicon.label_of(item_id) if item_id in box.catalog.index else item_id)
