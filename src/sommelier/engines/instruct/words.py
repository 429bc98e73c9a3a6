"""Items by the words that an instruction shares with them: BM25 over the catalogue's texts.

Okapi BM25 (Robertson and Zaragoza 2009) with the weights of every word in every item worked out
beforehand, so that a query is one sum of sparse columns. Words are compared without plurals.
"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.types import Floats

__all__ = ["Words"]

_K1: Final = 1.2
_B: Final = 0.75
_WORD: Final = re.compile(r"\w{2,}")
_COMMON: Final = 0.5  # of the items: a word that more of them hold tells nothing


class Words:
    """Which item holds which word, and what that says."""

    def __init__(self, words: Sequence[str], weights: sparse.csr_matrix) -> None:
        """`weights` [n_words, n_items]: what a word of a query adds to an item's score."""
        self._place = {word: place for place, word in enumerate(words)}
        self._weights = weights

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """Index the text of every item."""
        held = [Counter(_words(text)) for text in texts]
        spread = Counter(word for one in held for word in one)
        told = [word for word, n in spread.items() if n <= max(_COMMON * len(texts), 1)]
        place = {word: number for number, word in enumerate(told)}
        sizes = np.array([sum(one.values()) for one in held], np.float32)
        flat = _K1 * (1 - _B + _B * sizes / max(float(sizes.mean()) if len(sizes) else 1.0, 1.0))
        rows, columns, values = list[int](), list[int](), list[float]()
        for item, one in enumerate(held):
            for word, times in one.items():
                if word in place:
                    n = spread[word]
                    rows.append(place[word])
                    columns.append(item)
                    rarity = np.log1p((len(texts) - n + 0.5) / (n + 0.5))
                    values.append(rarity * times * (_K1 + 1) / (times + flat[item]))
        cells = (np.array(values, np.float32), (rows, columns))
        return cls(told, sparse.csr_matrix(cells, shape=(len(told), len(texts))))

    def score(self, texts: Sequence[str]) -> Floats:
        """Return scores float32 [len(texts), n_items]; 0 where nothing is shared."""
        rows, columns = list[int](), list[int]()
        for row, text in enumerate(texts):
            known = {self._place[word] for word in _words(text) if word in self._place}
            rows += [row] * len(known)
            columns += sorted(known)
        shape = len(texts), self._weights.shape[0]
        asked = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)
        return np.asarray((asked @ self._weights).toarray(), np.float32)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return everything, by name; `restored` takes it back."""
        words = json.dumps(list(self._place), ensure_ascii=False).encode()
        return {
            "words": np.frombuffer(words, np.uint8),
            "word_data": self._weights.data,
            "word_indices": self._weights.indices,
            "word_starts": self._weights.indptr,
        }

    @classmethod
    def restored(cls, arrays: dict[str, NDArray[Any]], n_items: int) -> Self:
        """Take back what `arrays` gave."""
        words = json.loads(arrays["words"].tobytes().decode())
        cells = arrays["word_data"], arrays["word_indices"], arrays["word_starts"]
        return cls(words, sparse.csr_matrix(cells, shape=(len(words), n_items)))


def _words(text: str) -> list[str]:
    """Return words in small letters, without the s of a plural; two letters say too little."""
    found = _WORD.findall(text.casefold())
    return [w[:-1] if len(w) > 3 and w[-1] == "s" and w[-2] != "s" else w for w in found]
