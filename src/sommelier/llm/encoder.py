"""Text to unit vectors: the contract, and MiniLM on ONNX Runtime's CPU provider.

Knows a folder with `model.onnx` and `tokenizer.json`; where it comes from is the business of
`models`, and keeping vectors is the business of `cache`.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from sommelier.errors import NotInstalled
from sommelier.llm.models import Store
from sommelier.llm.onnx_bert import IDS, MASK, VECTORS
from sommelier.types import Floats, Ints

__all__ = ["ENCODER", "INSTRUCT", "Encoder", "OnnxEncoder", "open_encoder"]

ENCODER = "all-minilm-l6-v2"  # the model that `open_encoder` opens, by its name in the store
INSTRUCT = "all-minilm-l6-v2-instruct"  # the same, tuned to read what people ask for
_LONGEST = 256  # tokens; the model was trained on 128 and made for up to 256
_CELLS = 1024  # tokens in a batch, padding too: more leaves the processor's cache and is slower


@runtime_checkable
class Encoder(Protocol):
    """Text to vectors of length one, so that a dot product is a cosine."""

    @property
    def name(self) -> str:
        """Which weights these are: encoders of one name give the same vectors."""

    @property
    def size(self) -> int:
        """How many numbers a vector has."""

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [len(texts), size]; an empty text has a vector too."""


class OnnxEncoder:
    """A sentence encoder read from a folder. Safe to share between threads."""

    def __init__(self, folder: Path, name: str, *, threads: int = 0) -> None:
        """Read the files; `threads` per call, 0 for one per core. NotInstalled if unreadable."""
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        providers = ["CPUExecutionProvider"]
        model = str(folder / "model.onnx")
        try:
            self._session = ort.InferenceSession(model, options, providers=providers)
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        except Exception as error:  # both libraries raise Exception itself for a broken file
            raise NotInstalled(
                f"The encoder in {folder} cannot be read: {error}",
                hint="Run: sommelier models install",
            ) from error
        self._tokenizer.no_padding()  # batches are padded here, to their own longest text
        self._tokenizer.enable_truncation(_LONGEST)
        self.name = name
        self.size = int(self._session.get_outputs()[0].shape[1])

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors float32 [len(texts), size], in batches of texts alike in length."""
        # A terminal may hand over halves of characters, which the tokenizer refuses.
        whole = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = [found.ids for found in self._tokenizer.encode_batch_fast(whole)]
        lengths = np.fromiter(map(len, tokens), np.int64, len(tokens))
        vectors = np.empty((len(tokens), self.size), np.float32)
        for rows in _batches(lengths):
            mask = np.arange(lengths[rows].max()) < lengths[rows, None]
            ids = np.zeros(mask.shape, np.int32)
            ids[mask] = np.concatenate([tokens[row] for row in rows])
            inputs = {IDS: ids, MASK: mask.astype(np.int32)}
            vectors[rows] = self._session.run([VECTORS], inputs)[0]
        return vectors

    @cached_property
    def words(self) -> frozenset[str]:
        """The whole words of the tokenizer's vocabulary, small letters: what the model knows."""
        return frozenset(word for word in self._tokenizer.get_vocab() if word.isalpha())


def _batches(lengths: Ints) -> list[Ints]:
    """Return the rows of each batch: shortest texts first, at most _CELLS tokens with padding."""
    order = np.argsort(lengths, kind="stable")
    batches: list[Ints] = []
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or lengths[order[end]] * (end + 1 - start) > _CELLS:
            batches.append(order[start:end])
            start = end
    return batches


def open_encoder(root: Path | None = None, *, name: str = ENCODER, threads: int = 0) -> OnnxEncoder:
    """Return the encoder installed under `root`, by default in the user's data folder.

    It is read once per process. NotInstalled names the command that brings it.
    """
    return _opened(root, name, threads)


@cache
def _opened(root: Path | None, name: str, threads: int) -> OnnxEncoder:
    manifest = Store(root).manifest(name)
    return OnnxEncoder(manifest.folder, f"{name}@{manifest.version}", threads=threads)
