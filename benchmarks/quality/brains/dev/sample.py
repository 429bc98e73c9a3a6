"""Draws the turns to be labelled, before anyone has read them.

    python -m benchmarks.quality.brains.dev.sample      # prints their keys

From each set, dialogues by chance, then one of the seeker's turns of each by chance: no dialogue
counts twice. Of the requests, every second one is its headline alone.
"""

import random
from pathlib import Path

from benchmarks.quality.brains.dev.sources import DATA, Heard, turns

__all__ = ["DRAWN", "SEED", "drawn"]

SEED = 20
DRAWN = {"redial": 114, "ccpe": 63, "opendialkg": 64, "iard": 42, "tomt": 52}


def drawn(data: Path = DATA) -> list[Heard]:
    """Return the sample, set by set, in the order in which it was drawn."""
    return [heard for source in DRAWN for heard in _of(source, data)]


def _of(source: str, data: Path) -> list[Heard]:
    said: dict[str, list[Heard]] = {}
    for heard in turns(source, data).values():
        said.setdefault(heard.dialogue, []).append(heard)
    chance = random.Random(f"{SEED} {source}")
    talks = chance.sample(sorted(said), DRAWN[source])
    if source == "tomt":
        return [said[talk][place % 2] for place, talk in enumerate(talks)]
    return [chance.choice(said[talk]) for talk in talks]


if __name__ == "__main__":
    print("\n".join(heard.key for heard in drawn()))
