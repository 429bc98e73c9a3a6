"""What a GGUF file says of itself: settings, and the shape of each tensor; never the weights.

llama.cpp only tells that a file could not be loaded; this tells why. Knows nothing of llama.cpp.
"""

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from sommelier.errors import DataError

__all__ = ["Header", "check_adapter", "check_model"]

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_PLAIN: Final = dict(zip((*range(8), 10, 11, 12), "BbHhIif?Qqd", strict=True))  # by kind of value
_STRING, _ARRAY = 8, 9  # the kinds of value that have a length
_HINT: Final = "It may be another kind of file, or one whose download broke off."


@dataclass(frozen=True)
class Header:
    """Settings by name, arrays left out; tensors by name with their sizes, fastest first."""

    path: Path
    settings: Mapping[str, Any]
    tensors: Mapping[str, tuple[int, ...]]

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the head of a file; DataError if there is none, or it is no whole GGUF file."""
        try:
            with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as m:
                return cls(path, *_Reader(m).read())
        except FileNotFoundError as error:
            raise DataError(f"There is no file {path}.") from error
        except (ValueError, struct.error, UnicodeDecodeError, KeyError) as error:
            raise DataError(f"{path} is no GGUF file: {error}.", hint=_HINT) from error
        except OSError as error:
            raise DataError(f"{path} cannot be read: {error}") from error

    @property
    def adapts(self) -> bool:
        """Whether this is an adapter, and not a model."""
        return bool(self.settings.get("general.type") == "adapter")

    @property
    def context(self) -> int:
        """How many tokens the model was made to read at once; 0 if it does not say."""
        return int(self.settings.get(f"{self.architecture}.context_length", 0))

    @property
    def architecture(self) -> str:
        """The kind of model, such as "llama"."""
        return str(self.settings.get("general.architecture", ""))


def check_model(path: Path) -> Header:
    """Return the head of a model's file; DataError if it is none."""
    head = Header.read(path)
    if head.adapts:
        raise DataError(
            f"{path} is an adapter, not a model.",
            hint="Give the model that it was made for, and this file as its adapter.",
        )
    return head


def check_adapter(path: Path, model: Header) -> Header:
    """Return the head of an adapter's file; DataError if it was made for another model."""
    head = Header.read(path)
    if not head.adapts:
        raise DataError(f"{path} is a model, not an adapter.")
    if fault := _misfit(head, model):
        raise DataError(
            f"The adapter {path} was made for another model than {model.path.name}: {fault}.",
            hint="An adapter fits the one model that it was trained on; take that, or do without.",
        )
    return head


def _misfit(head: Header, model: Header) -> str:
    """Return why an adapter does not fit, or nothing; A reads what a tensor reads, B writes."""
    if head.architecture != model.architecture:
        return f"its kind is {head.architecture!r}, not {model.architecture!r}"
    for name, sizes in head.tensors.items():
        adapted, _, side = name.rpartition(".lora_")
        place = {"a": 0, "b": 1}.get(side)
        if place is None:
            continue
        whole = model.tensors.get(adapted)
        if whole is None:
            return f"that has no {adapted}"
        if sizes[place : place + 1] != whole[place : place + 1]:
            return f"{adapted} is of {whole}, which {name} of {sizes} does not fit"
    return ""


class _Reader:
    """Goes through the bytes once, from the front."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self._at = data, 0

    def read(self) -> tuple[dict[str, Any], dict[str, tuple[int, ...]]]:
        if self._bytes(4) != _MAGIC:
            raise ValueError("it does not begin with the letters GGUF")
        version = self._number("I")
        if version not in _VERSIONS:
            raise ValueError(f"version {version} is unknown")
        tensors, settings = self._number("Q"), self._number("Q")
        pairs = [(self._text(), self._value(self._number("I"))) for _ in range(settings)]
        found = {name: value for name, value in pairs if value is not None}
        return found, dict(self._tensor() for _ in range(tensors))

    def _tensor(self) -> tuple[str, tuple[int, ...]]:
        name = self._text()
        sizes = tuple(self._number("Q") for _ in range(self._number("I")))
        self._at += 12  # its type and its place
        return name, sizes

    def _value(self, kind: int) -> Any:
        """Return a value; None for an array, which is passed over."""
        if kind == _STRING:
            return self._text()
        if kind != _ARRAY:
            return self._number(_PLAIN[kind])
        inner, length = self._number("I"), self._number("Q")
        if inner != _STRING:
            self._at += length * struct.calcsize(_PLAIN[inner])
            return None
        for _ in range(length):
            self._bytes(self._number("Q"))
        return None

    def _text(self) -> str:
        return self._bytes(self._number("Q")).decode("utf-8")

    def _number(self, code: str) -> Any:
        form = f"<{code}"
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    def _bytes(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise ValueError("it ends too early")
        part = self._data[self._at : end]
        self._at = end
        return part
