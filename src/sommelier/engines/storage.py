"""How engines are kept: a JSON card and a safetensors file of arrays. Never pickle."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from sommelier.errors import WorkspaceError
from sommelier.types import Json

__all__ = ["read", "write"]

_FORMAT = 1


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
        arrays = load_file(folder / "arrays.safetensors")
    except (OSError, ValueError) as error:
        raise WorkspaceError(
            f"No fitted engine {name!r} can be read in {folder}: {error}",
            hint=f"Fit it: sommelier fit WORKSPACE --engines {name}",
        ) from error
    expected = {"format": _FORMAT, "engine": name, "n_items": n_items}
    found = {key: card.get(key) for key in expected}
    if found != expected:
        raise WorkspaceError(
            f"The engine in {folder} was fitted as {found}, but {expected} is needed here.",
            hint=f"Fit it again: sommelier fit WORKSPACE --engines {name}",
        )
    return card["config"], arrays
