"""Vectors kept by content: a text that was encoded once, by these weights, is never encoded again.

One SQLite file with a row per encoder name and text hash, vectors in half precision. Several
processes may share it. Rows are written while the work goes on, so an interrupted run resumes. It
holds no text. For catalogues only: what people say is not kept.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from sommelier.errors import StateError
from sommelier.llm.encoder import Encoder
from sommelier.types import Floats

__all__ = ["CachedEncoder"]

_CHUNK = 1024  # texts encoded between two writes
_ASKED = 500  # keys in one SELECT
_WAIT = 60.0  # seconds to wait for another process's write
_TABLE = "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"


class CachedEncoder:
    """An encoder that looks into the file first; gives the same vectors either way."""

    def __init__(
        self,
        encoder: Encoder,
        path: Path | None = None,
        *,
        progress: Callable[[int, int], object] = lambda done, total: None,
    ) -> None:
        """`path` is the file, by default in the user's cache folder; `progress(done, total)`."""
        self._encoder = encoder
        self._path = path or user_cache_path("sommelier") / "vectors.sqlite"
        self._progress = progress

    @property
    def name(self) -> str:
        """Which weights these are."""
        return self._encoder.name

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return self._encoder.size

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [len(texts), size]; StateError if the file is unusable."""
        order: dict[bytes, str] = {}
        keys = [self._key(text) for text in texts]
        order.update(zip(keys, texts, strict=True))
        rows = {key: row for row, key in enumerate(order)}
        halves = np.empty((len(order), self.size), np.float16)
        with self._open() as connection:
            missing = list(self._read(connection, rows, halves))
            done = len(order) - len(missing)
            self._progress(done, len(order))
            # Alike lengths go together, so that the encoder pads little within a chunk.
            missing.sort(key=lambda key: len(order[key]))
            for start in range(0, len(missing), _CHUNK):
                chunk = missing[start : start + _CHUNK]
                fresh = self._encoder.encode([order[key] for key in chunk]).astype(np.float16)
                halves[[rows[key] for key in chunk]] = fresh
                self._write(connection, chunk, fresh)
                done += len(chunk)
                self._progress(done, len(order))
        vectors = halves[[rows[key] for key in keys]].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # halves are off by 1e-4
        return vectors

    def _key(self, text: str) -> bytes:
        said = f"{self.name}\n{text}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(said, digest_size=16).digest()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(
                sqlite3.connect(self._path, timeout=_WAIT, isolation_level=None)
            ) as connection:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_TABLE)
                yield connection
        except (sqlite3.Error, OSError) as error:
            raise StateError(
                f"The cache of text vectors {self._path} cannot be used: {error}.",
                hint="It can be deleted at any time; what it held is worked out again.",
            ) from error

    def _read(
        self, connection: sqlite3.Connection, rows: dict[bytes, int], halves: NDArray[np.float16]
    ) -> Iterator[bytes]:
        """Fill the rows that are known; yield the keys of the others."""
        keys, width = list(rows), 2 * self.size
        for start in range(0, len(keys), _ASKED):
            asked = keys[start : start + _ASKED]
            marks = ", ".join("?" * len(asked))
            found = dict(
                connection.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", asked)
            )
            for key in asked:
                vector = found.get(key, b"")
                if len(vector) == width:
                    halves[rows[key]] = np.frombuffer(vector, np.float16)
                else:
                    yield key

    def _write(
        self, connection: sqlite3.Connection, keys: list[bytes], fresh: NDArray[np.float16]
    ) -> None:
        pairs = zip(keys, map(bytes, fresh), strict=True)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", pairs)
        connection.execute("COMMIT")
