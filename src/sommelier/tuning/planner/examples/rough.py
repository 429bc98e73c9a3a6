"""How people type: small letters, lost marks, slips of the finger, fillers.

A slip changes a word wherever it stands, so what a frame copies from the message can be changed the
same way. Knows no catalogue.
"""

from dataclasses import dataclass, field
from random import Random
from typing import Final

__all__ = ["Rough"]

_FILLERS: Final = ("um ", "uh, ", "ok ", "well, ", "so ", "hmm, ", "like, ", "oh, ", "hey ")
_POLITE: Final = (" please", " thanks", " pls", ", thank you", " :)", " if you don't mind", "!")


@dataclass
class Rough:
    """One way to write: drawn once for each message, applied to it and to what is copied."""

    rng: Random
    lower: bool = False
    slips: dict[str, str] = field(default_factory=dict)

    @classmethod
    def drawn(cls, message: str, rng: Random) -> "Rough":
        """Draw the roughness of a message."""
        rough = cls(rng, lower=rng.random() < 0.42)
        if rng.random() < 0.12:
            able = [w.strip(".,!?\"'") for w in message.split()]
            able = [w for w in able if len(w) > 4 and w.isalpha()]
            for word in rng.sample(able, min(len(able), rng.choice((1, 1, 2)))):
                rough.slips[word] = _slip(word, rng)
        return rough

    def copied(self, text: str) -> str:
        """Return words of the message as they stand in it now."""
        for word, slip in self.slips.items():
            text = text.replace(word, slip)
        return text.lower() if self.lower else text

    def message(self, text: str, *, polite: bool = True) -> str:
        """Return the whole message, roughened; not `polite`, no thanks are added."""
        rng = self.rng
        text = self.copied(text)
        if rng.random() < 0.35:
            text = text.rstrip(".?!") or text
        if rng.random() < 0.06:
            text = rng.choice(_FILLERS) + (text if self.lower else text[:1].lower() + text[1:])
        if polite and rng.random() < 0.05 and not text.endswith("?"):
            text += rng.choice(_POLITE)
        if not self.lower and rng.random() < 0.6:
            text = text[:1].upper() + text[1:]
        return text


def _slip(word: str, rng: Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    kind = rng.random()
    if kind < 0.4:
        return word[:at] + word[at + 1 :]
    if kind < 0.75:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + word[at] + word[at:]
