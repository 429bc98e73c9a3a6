"""An encoder without a model: the same text gives the same vector, shared words bring texts near.

For tests and examples that need vectors, not meaning: it knows no synonyms.
"""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from sommelier.types import Floats

__all__ = ["BagOfWords"]

_WORD = re.compile(r"\w+")


class BagOfWords:
    """Each word is a fixed random direction; a text is the sum of its words, of length one."""

    name = "bag-of-words"

    def __init__(self, size: int = 384) -> None:
        self.size = size
        self.encoded = 0  # how many texts it was given so far

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [len(texts), size]; all empty texts share one vector."""
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.size), np.float32)
        for row, text in enumerate(texts):
            for word in _WORD.findall(text.casefold()) or [""]:
                vectors[row] += self._direction(word)
            vectors[row] /= np.linalg.norm(vectors[row])
        return vectors

    def _direction(self, word: str) -> Floats:
        seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
        return np.random.default_rng(seed).standard_normal(self.size, dtype=np.float32)
