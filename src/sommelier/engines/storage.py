"""How engines are kept: a JSON card and a safetensors file of arrays. Never pickle.

Arrays are mapped, not read: opening is quick whatever their size, only what is touched takes
memory, and processes that serve the same engine share it. Changing one changes it in memory only.
"""

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file

from sommelier.errors import WorkspaceError
from sommelier.types import Json

__all__ = ["mapped", "read", "write"]

_FORMAT = 1
_LENGTH = struct.Struct("<Q")  # what a safetensors file begins with: the size of its JSON header
_TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "I32": "<i4", "I64": "<i8"} | {
    f"F{bits}": f"<f{bits // 8}" for bits in (16, 32, 64)
}


def write(
    folder: Path, name: str, *, n_items: int, config: Json, arrays: dict[str, NDArray[Any]]
) -> None:
    """Write the card and the arrays of engine `name` into an existing folder."""
    card = {"format": _FORMAT, "engine": name, "n_items": n_items, "config": config}
    save_file(
        {key: np.ascontiguousarray(a) for key, a in arrays.items()}, folder / "arrays.safetensors"
    )
    (folder / "engine.json").write_text(json.dumps(card, indent=1), "utf-8")


def read(folder: Path, name: str, *, n_items: int) -> tuple[Json, dict[str, NDArray[Any]]]:
    """Return (config, arrays); WorkspaceError if the card is missing, foreign or of other size."""
    try:
        card = json.loads((folder / "engine.json").read_text("utf-8"))
        arrays = mapped(folder / "arrays.safetensors")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"No fitted engine {name!r} can be read in {folder}: {error}",
            hint=f"Fit it: sommelier fit WORKSPACE --engines {name}",
        ) from error
    if not isinstance(card, dict):
        card = {}
    expected = {"format": _FORMAT, "engine": name, "n_items": n_items}
    found = {key: card.get(key) for key in expected}
    if found != expected:
        raise WorkspaceError(
            f"The engine in {folder} was fitted as {found}, but {expected} is needed here.",
            hint=f"Fit it again: sommelier fit WORKSPACE --engines {name}",
        )
    return card.get("config", {}), arrays


def mapped(path: Path) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file as private (copy-on-write) maps of it.

    OSError, ValueError, KeyError, TypeError or AttributeError where it is none, or damaged.
    """
    if path.stat().st_size < _LENGTH.size:
        raise ValueError(f"{path.name} is cut short")
    whole = np.memmap(path, np.uint8, mode="c")
    begin = _LENGTH.size + _LENGTH.unpack(whole[: _LENGTH.size].tobytes())[0]
    header = json.loads(whole[_LENGTH.size : begin].tobytes())
    arrays = {}
    for name, about in header.items():
        if name != "__metadata__":
            start, end = (begin + offset for offset in about["data_offsets"])
            kind, shape = np.dtype(_TYPES[about["dtype"]]), about["shape"]
            if end > len(whole) or end - start != kind.itemsize * math.prod(shape):
                raise ValueError(f"{path.name} is cut short at {name!r}")
            arrays[name] = np.asarray(whole[start:end]).view(kind).reshape(shape)
    return arrays
