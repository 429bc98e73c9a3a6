"""Pieces of messages with what they mean, and what all voices share.

The slot `text` holds words of the message as they were said, in order, without the small words at
the edges of each wish (`trimmed`). Knows no act.
"""

from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from sommelier.data.schema import Kind
from sommelier.tools.lexicon import Lexicon
from sommelier.tuning.planner.examples.catalogues import Spoken, World
from sommelier.tuning.planner.examples.patterns import Patterns

__all__ = ["Part", "Place", "Speaker", "trimmed"]

Place = Literal["pre", "head", "post", "tail", "other"]
_EDGES: Final = frozenset(
    [
        "a", "an", "the", "some", "any", "something", "anything", "of", "about", "with", "for",
        "to", "in", "on", "is", "are", "it", "that", "and", "or", "but", "so", "my", "our", "i",
        "by", "from",
    ]
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A piece of a message and what it means: `slot` of the frame, and the entry there.

    Several entries are joined by ";". A part without a slot is said and means nothing.
    """

    text: str
    slot: str = ""
    gold: str = ""
    place: Place = "post"
    item: int = -1  # item_num, where an item is meant
    stance: str = ""  # before the subject, in `told`
    field: str = ""


def trimmed(wish: str) -> str:
    """Return the words of a wish without small words at its edges: what the slot `text` holds."""
    said = wish.split()
    while said and said[0].lower().strip(",.!?") in _EDGES:
        said = said[1:]
    while said and said[-1].lower().strip(",.!?") in _EDGES:
        said = said[:-1]
    return " ".join(said).strip(" ,.!?")


@dataclass(frozen=True)
class Speaker:
    """What a voice speaks with: a world, its vocabulary, the patterns of its split, a dice."""

    world: World
    lexicon: Lexicon
    patterns: Patterns
    rng: Random

    def fields(self, *kinds: Kind) -> list[Spoken]:
        """Return the fields of these kinds, free keywords aside."""
        return [f for f in self.world.fields if f.kind in kinds and not f.loose]

    def named(self, field: Spoken) -> str:
        """Return what people call a field."""
        return self.rng.choice(field.said)
