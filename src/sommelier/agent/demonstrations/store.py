"""Demonstrations kept and found again: the nearest to a message, of several acts.

Vectors are those of the masked messages, from the workspace's own encoder. On disk they are two
files, `pairs.json` and the vectors it names; a key says for which catalogue and encoder.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np

from sommelier.agent.demonstrations.masking import Masker
from sommelier.agent.planners.model.frame import Frame
from sommelier.data.versions import write_file
from sommelier.errors import UsageError
from sommelier.llm.encoder import Encoder
from sommelier.types import Floats

__all__ = ["Demonstration", "Demonstrations"]

_PAIRS: Final = "pairs.json"
_SAME_ACT: Final = 0.03  # likeness lost for each demonstration of the same act chosen before
_ELSEWHERE: Final = 0.15  # likeness lost where one begins anew and the other follows a list


@dataclass(frozen=True)
class Demonstration:
    """One checked pair."""

    message: str  # what was said
    asked: str  # what a model reads: the lines before the message, and the message
    frame: Frame
    follows: bool = False  # whether there is a list on the table


class Demonstrations:
    """The demonstrations of one catalogue."""

    def __init__(
        self,
        pairs: Sequence[Demonstration],
        vectors: Floats,
        *,
        encoder: Encoder,
        masker: Masker,
        key: str = "",
    ) -> None:
        """`vectors` float32 [len(pairs), encoder.size] of the masked messages."""
        self.pairs, self.key = tuple(pairs), key
        self._vectors, self._encoder, self._masker = vectors, encoder, masker

    @classmethod
    def of(
        cls, pairs: Sequence[Demonstration], encoder: Encoder, masker: Masker, key: str = ""
    ) -> Self:
        """Encode pairs."""
        vectors = encoder.encode([_bare(masker.masked(pair.message)) for pair in pairs])
        return cls(pairs, vectors, encoder=encoder, masker=masker, key=key)

    def __len__(self) -> int:
        return len(self.pairs)

    def nearest(self, message: str, k: int, *, follows: bool = False) -> list[tuple[str, Frame]]:
        """Return the `k` demonstrations most like a message as (what a model reads, its frame).

        Best first. `follows`: there is a list on the table. Each further one of the same act has to
        be nearer than those of other acts.
        """
        if not self.pairs or k < 1:
            return []
        [vector] = self._encoder.encode([_bare(self._masker.masked(message))])
        near = self._vectors @ vector
        near -= [_ELSEWHERE * (pair.follows != follows) for pair in self.pairs]
        chosen: list[int] = []
        acts: Counter[str] = Counter()
        taken = np.zeros(len(self.pairs), np.float32)
        for _ in range(min(k, len(self.pairs))):
            lost = [_SAME_ACT * acts[pair.frame.do] for pair in self.pairs]
            best = int(np.argmax(near - lost - taken))
            chosen.append(best)
            taken[best] = np.inf
            acts[self.pairs[best].frame.do] += 1
        return [(self.pairs[at].asked, self.pairs[at].frame) for at in chosen]

    def save(self, folder: Path) -> None:
        """Write both files into a folder; readers see the old pair of files or the new one."""
        folder.mkdir(parents=True, exist_ok=True)
        vectors = f"vectors-{self.key[:16] or 'none'}.npy"
        beside = folder / f"{vectors}.new.npy"
        np.save(beside, self._vectors)
        beside.replace(folder / vectors)
        rows = [{**asdict(pair), "frame": pair.frame.to_json()} for pair in self.pairs]
        held = {"key": self.key, "vectors": vectors, "pairs": rows}
        write_file(folder / _PAIRS, json.dumps(held, ensure_ascii=False, indent=1))
        for old in folder.glob("vectors-*.npy"):
            if old.name != vectors:
                old.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, key: str, encoder: Encoder, masker: Masker) -> Self | None:
        """Read what was saved under this very key; None where there is nothing that fits."""
        try:
            held = json.loads((folder / _PAIRS).read_text("utf-8"))
            if held["key"] != key:
                return None
            vectors = np.load(folder / held["vectors"], allow_pickle=False)
            pairs = [
                Demonstration(
                    row["message"], row["asked"], Frame.from_json(row["frame"]), row["follows"]
                )
                for row in held["pairs"]
            ]
        except (OSError, ValueError, KeyError, TypeError, UsageError):
            return None  # half a copy, or one of another release: it is made afresh
        if vectors.shape != (len(pairs), encoder.size):
            return None
        return cls(pairs, vectors, encoder=encoder, masker=masker, key=key)


def _bare(masked: str) -> str:
    """Return what is encoded: placeholders as plain words."""
    return masked.replace("⟨", "").replace("⟩", "").replace("_", " ")
