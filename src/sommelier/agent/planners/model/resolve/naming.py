"""Which items a frame names: `#2` in the list shown, or a title as the model copied it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sommelier.agent.plan import Plan, Say
from sommelier.agent.planners.base import View
from sommelier.agent.planners.rules.asking import StepsOf, ask_title
from sommelier.agent.planners.rules.reading.names import Named, Namer
from sommelier.tools.lexicon import Lexicon

__all__ = ["Items", "Names"]

_PLACE = re.compile(r"#(\d{1,4})\b")


@dataclass(frozen=True)
class Items:
    """What a slot's entries name, in order; `doubtful` is the first that is not clear."""

    ids: tuple[str, ...] = ()
    guessed: tuple[tuple[str, str], ...] = ()  # (as written, item_id)
    doubtful: Named | None = None

    @property
    def notes(self) -> tuple[Say, ...]:
        """Say openly what was taken for what."""
        return tuple(Say(topic="took", about=f"{said}|{item}") for said, item in self.guessed)


class Names:
    """Resolves item slots over one catalogue."""

    def __init__(self, lexicon: Lexicon, namer: Namer) -> None:
        self._lexicon, self._namer = lexicon, namer

    def one(self, text: str, view: View) -> Named:
        """Return what an entry names: its place, its exact title, then as people name things."""
        place = _PLACE.match(text.strip())
        shown = view.working.shown
        if place:
            at = int(place[1])
            return Named(place[0], shown[at - 1 : at] if at else ())
        exact = self._namer.exact(text, shown)
        return Named(text, (exact,)) if exact else self._namer.resolve(text, view.working)

    def all(self, texts: Sequence[str], view: View) -> Items:
        """Return what several entries name."""
        each = [self.one(text, view) for text in texts]
        return Items(
            tuple(dict.fromkeys(item for named in each for item in named.items)),
            tuple((named.said, named.items[0]) for named in each if named.guessed),
            next((named for named in each if not named.known), None),
        )

    def nums(self, text: str, view: View) -> tuple[int, ...]:
        """Return the item_nums of an entry; none where it is not clear."""
        return tuple(self._lexicon.num(item) for item in self.one(text, view).items)

    def unclear(self, named: Named, view: View, then: StepsOf | None = None) -> Plan:
        """Return what to say or ask where an entry names nothing for certain."""
        if named.options:
            return ask_title(named, view, then)
        if _PLACE.match(named.said):
            topic = "no_place" if view.working.shown else "nothing_shown"
            return Plan(steps=(Say(topic=topic, about=named.said),))
        return Plan(steps=(Say(topic="unknown_title", about=named.said),))
