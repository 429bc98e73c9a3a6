"""Checkpoints of a training run: after each round, all it takes to go on as if never stopped.

One file a phase, written beside the former one and put in its place in one rename. Random numbers
follow from seed and round, so no generator's state is kept. Read as plain tensors, never as code.
"""

import hashlib
import os
from collections.abc import Set
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sommelier.engines.base import EngineConfig
from sommelier.engines.sequence.shape import EXTRA
from sommelier.errors import DataError, UsageError
from sommelier.extras import load

__all__ = ["identity", "restore", "save"]


def identity(config: EngineConfig, free: Set[str], *arrays: NDArray[Any]) -> str:
    """Return a hash of all that decides the course of a run: data, and settings but for `free`."""
    seen = hashlib.blake2b(config.model_dump_json(exclude=set(free)).encode(), digest_size=16)
    for array in arrays:
        seen.update(array.tobytes())
    return seen.hexdigest()


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors, numbers and strings; whoever reads finds the former or this one."""
    torch = load("torch", extra=EXTRA)
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.{os.getpid()}")
    torch.save(state, made)
    made.replace(path)


def restore(path: Path, run: str) -> dict[str, Any] | None:
    """Return the state in a file, None where there is none.

    UsageError where it belongs to a run with other data or settings, DataError if it is unreadable.
    """
    if not path.exists():
        return None
    torch, pickle = load("torch", extra=EXTRA), load("pickle", extra=EXTRA)
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        found = state["run"]
    except (OSError, RuntimeError, KeyError, TypeError, EOFError, pickle.UnpicklingError) as error:
        raise DataError(
            f"The checkpoint {path} cannot be read: {error}",
            hint="Delete it to begin this phase anew.",
        ) from error
    if found != run:
        raise UsageError(
            f"The checkpoint {path} belongs to a run with other events, texts or settings.",
            hint="Give another folder, or delete this file to begin anew.",
        )
    return state
