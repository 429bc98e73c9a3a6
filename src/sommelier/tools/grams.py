"""Words found in texts of scripts that the encoder cannot read: BM25 over pieces of a few letters.

Chinese, Japanese and Korean need no segmentation: every two neighbouring letters are an entry; in
other scripts it is every three within a word. Texts and requests are cut alike, with NumPy, so a
hundred thousand texts take half a minute, once, and a request a tenth of a millisecond. Robertson,
Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009. Knows letters, not
meanings: 太空 finds 太空, never 宇宙.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.tools.text import plain
from sommelier.types import Floats

__all__ = ["Grams"]

_K, _B = 1.2, 0.75  # how soon repeats stop counting, how much long texts are held back
_BITS = 21  # of one letter; three of them fit into 63
_GAP = 0  # stands between texts and for everything that is no letter
_KNOWN = 0.5  # share of its pieces from which a word is one that the texts know

_Keys = NDArray[np.int64]


class Grams:
    """An index over texts, one per item."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._n = len(texts)
        self._texts = texts

    @cached_property
    def _index(self) -> tuple[_Keys, sparse.csc_matrix]:
        """Rising keys, and what each is worth in each text [n_texts, n_keys]."""
        letters, owners = _letters(self._texts)
        keys, places = _pieces(letters, every=True)
        known, columns = np.unique(keys, return_inverse=True)
        ones = np.ones(len(keys), np.float32)
        shape = (self._n, len(known))
        counts = sparse.csc_matrix((ones, (owners[places], columns)), shape=shape)
        counts.sum_duplicates()
        sizes = np.asarray(counts.sum(axis=1)).ravel()
        longer = 1 - _B + _B * sizes / max(float(sizes.mean()), 1.0) if self._n else sizes
        carried = np.diff(counts.indptr)
        rarity = np.log1p((self._n - carried + 0.5) / (carried + 0.5)).astype(np.float32)
        repeats = counts.data * (_K + 1) / (counts.data + _K * longer[counts.indices])
        counts.data = (repeats * np.repeat(rarity, carried)).astype(np.float32)
        return known, counts

    def warm(self) -> None:
        """Build the index now."""
        _ = self._index

    def score(self, text: str) -> Floats:
        """Return how much each text is about these words [n_texts]; 0 where none stands in it."""
        worth = self._index[1]
        at = self._columns(text)
        at = at[at >= 0]
        total = np.zeros(self._n, np.float32)
        for column in at.tolist():
            span = slice(worth.indptr[column], worth.indptr[column + 1])
            total[worth.indices[span]] += worth.data[span]
        return total

    def knows(self, word: str) -> bool:
        """Return whether a word, or most of it, stands in any text."""
        at = self._columns(word)
        return len(at) > 0 and float((at >= 0).mean()) > _KNOWN

    def _columns(self, text: str) -> NDArray[np.int64]:
        """Return the column of every piece of a text; -1 for a piece that no text has."""
        known = self._index[0]
        keys = np.unique(_pieces(_letters([text])[0], every=False)[0])
        at = np.searchsorted(known, keys)
        held = at < len(known)
        held[held] = known[at[held]] == keys[held]
        return np.where(held, at, -1).astype(np.int64)


def _letters(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return all letters as numbers, a gap after each text, and whose text each stands in."""
    lowered = [plain(text) if text else "" for text in texts]
    joined = "\0".join([*lowered, ""])
    letters = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32).astype(np.int64)
    sizes = np.array([len(text) + 1 for text in lowered], np.int64)
    owners = np.repeat(np.arange(len(lowered), dtype=np.int32), sizes)
    spoken = _dense(letters) | _alphabetic(letters)
    return np.where(spoken, letters, _GAP), owners


def _dense(letters: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which letters are Chinese, Japanese or Korean."""
    return (
        ((letters >= 0x3040) & (letters <= 0x30FF))
        | ((letters >= 0x3400) & (letters <= 0x4DBF))
        | ((letters >= 0x4E00) & (letters <= 0x9FFF))
        | ((letters >= 0xAC00) & (letters <= 0xD7AF))
        | ((letters >= 0x1100) & (letters <= 0x11FF))
    )


def _alphabetic(letters: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which letters belong to words: digits, Latin, and the other alphabets."""
    basic = ((letters >= 0x30) & (letters <= 0x39)) | ((letters >= 0x61) & (letters <= 0x7A))
    return basic | ((letters >= 0xDF) & (letters < 0x2000) & ~_dense(letters))


def _pieces(letters: NDArray[np.int64], *, every: bool) -> tuple[_Keys, NDArray[np.int64]]:
    """Return the keys of all pieces and where they begin.

    A letter alone is a piece in texts (`every`), and in a request where it has no neighbour.
    """
    dense = _dense(letters)
    spoken = letters != _GAP
    padded = np.concatenate([letters, [_GAP, _GAP]])
    one, two, three = padded[:-2], padded[1:-1], padded[2:]
    pairs = np.flatnonzero(dense & np.append(dense[1:], False))
    words = spoken & ~dense
    after = np.append(words[1:], False)
    triples = np.flatnonzero(words & after & np.append(after[1:], False))
    alone = dense.copy()
    if not every:
        alone[pairs] = False
        alone[pairs + 1] = False
    singles = np.flatnonzero(alone)
    keys = [
        one[singles],
        (one[pairs] << _BITS) | two[pairs],
        (one[triples] << 2 * _BITS) | (two[triples] << _BITS) | three[triples],
    ]
    return np.concatenate(keys), np.concatenate([singles, pairs, triples])
