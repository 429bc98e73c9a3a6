"""The tuned encoder of the engine: MiniLM with an adapter on its query side, and a map for items.

Items are read by the plain MiniLM, whose vectors are cached and shared with other engines, and
turned by one learned matrix. So a catalogue is encoded once for everything, and tuning needs to go
through the query side only.
"""

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import numpy as np

from sommelier.llm.cache import CachedEncoder
from sommelier.llm.encoder import INSTRUCT, Encoder, open_encoder
from sommelier.types import Floats

__all__ = ["Follower", "open_follower"]

_HEAD: Final = "head"


class Follower:
    """Reads instructions and items into one space."""

    def __init__(self, asked: Encoder, head: Floats, plain: Encoder | None = None) -> None:
        """`head` [size, size]: an item's vector grows by itself times that.

        Without a `plain` encoder the installed one is opened when items are read.
        """
        self.head, self._asked, self._plain = head, asked, plain

    @property
    def name(self) -> str:
        """Which weights these are."""
        return self._asked.name

    def asked(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors of instructions, float32 [len(texts), size]."""
        return self._asked.encode(texts)

    def items(self, texts: Sequence[str], *, threads: int = 0) -> Floats:
        """Return unit vectors of items, float32 [len(texts), size]."""
        plain = self._plain or CachedEncoder(open_encoder(threads=threads))
        vectors = plain.encode(texts)
        turned = vectors + vectors @ self.head
        return np.asarray(turned / np.linalg.norm(turned, axis=1, keepdims=True), np.float32)


@cache
def open_follower() -> Follower:
    """Return the installed one; NotInstalled names the command that brings it."""
    from safetensors.numpy import load_file

    adapter = files("sommelier.llm.adapters").joinpath("instruct-minilm.safetensors")
    with as_file(adapter) as path:
        head = load_file(Path(path))[_HEAD].astype(np.float32)
    # A sentence gains little from a second thread, and waits for it when the machine is busy.
    return Follower(open_encoder(name=INSTRUCT, threads=1), head)
