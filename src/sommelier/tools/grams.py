"""Words found in texts of scripts that the encoder cannot read: BM25 over pieces of a few letters.

Chinese, Japanese and Korean need no segmentation: every two neighbouring letters are an entry; in
other scripts it is every three within a word. Texts and requests are cut alike, with NumPy, so a
hundred thousand texts take seconds, once, and a request a tenth of a millisecond. Robertson,
Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009. Knows letters, not
meanings: 太空 finds 太空, never 宇宙.

What was built is kept in a file, with the digest of the texts: other texts, and it is built again.
"""

import hashlib
import logging
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sommelier.engines.storage import mapped
from sommelier.tools.text import plain
from sommelier.types import Floats

__all__ = ["FILE", "Grams"]

FILE: Final = "grams.safetensors"  # what an index is called in the folder that keeps it
_CUT: Final = 1  # how texts are cut and weighed: another number makes every kept index a stale one

_K, _B = 1.2, 0.75  # how soon repeats stop counting, how much long texts are held back
_BITS = 21  # of one letter; three of them fit into 63
_GAP = 0  # stands between texts and for everything that is no letter
_KNOWN = 0.5  # share of its pieces from which a word is one that the texts know

_Keys = NDArray[np.int64]
_log = logging.getLogger("sommelier.tools")


class Grams:
    """An index over texts, one per item."""

    def __init__(self, texts: Sequence[str], folder: Path | None = None) -> None:
        """With a `folder` the index is kept there, for whoever opens these texts next."""
        self._n = len(texts)
        self._texts = texts
        self._kept = None if folder is None else folder / FILE

    @cached_property
    def _index(self) -> tuple[_Keys, sparse.csc_matrix]:
        """Rising keys, and what each is worth in each text [n_texts, n_keys]."""
        if self._kept is None or not self._n:
            return self._built()
        digest = _digest(self._texts)
        found = _read(self._kept, digest, self._n)
        if found is not None:
            return found
        built = self._built()
        _keep(self._kept, digest, *built)
        return _read(self._kept, digest, self._n) or built  # mapped: processes share its memory

    def _built(self) -> tuple[_Keys, sparse.csc_matrix]:
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


def _digest(texts: Sequence[str]) -> NDArray[np.uint8]:
    """Return what tells texts apart, and how they are cut."""
    told = hashlib.blake2b(str(_CUT).encode(), digest_size=32)
    for text in texts:
        told.update(text.encode("utf-8", "surrogatepass") + b"\xff")
    return np.frombuffer(told.digest(), np.uint8)


def _read(path: Path, digest: NDArray[np.uint8], n: int) -> tuple[_Keys, sparse.csc_matrix] | None:
    """Return the index that was kept for these texts; None where there is none, or another's."""
    try:
        kept = mapped(path)
        if not np.array_equal(kept["digest"], digest):
            return None
        worth = sparse.csc_matrix(
            (kept["data"], kept["indices"], kept["indptr"]), shape=(n, len(kept["keys"]))
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # none, or damaged
        return None
    return kept["keys"], worth


def _keep(path: Path, digest: NDArray[np.uint8], keys: _Keys, worth: sparse.csc_matrix) -> None:
    """Write an index beside and rename it; where that cannot be, the next opening builds again."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    parts = {"keys": keys, "data": worth.data, "indices": worth.indices, "indptr": worth.indptr}
    try:
        save_file({"digest": digest, **parts}, beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except (OSError, SafetensorError) as error:
        beside.unlink(missing_ok=True)
        _log.warning("the index of words cannot be kept in %s: %s", path.parent, error)


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
