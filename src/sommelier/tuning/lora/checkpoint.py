"""Checkpoints of a tuning run: weights, optimiser and place, so that it goes on where it stopped.

A checkpoint is written beside the last one and takes its place in one rename. The order of the
rows follows from seed and epoch, so the place is three numbers and no generator's state is kept.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sommelier.errors import DataError, UsageError
from sommelier.extras import load
from sommelier.tuning.lora.base import EXTRA

__all__ = ["Place", "restore", "save"]

_LAST: Final = "last"
_OLD: Final = "old"


@dataclass
class Place:
    """How far a run has come. `run` identifies data and settings: only the same run goes on."""

    run: str
    epoch: int = 0
    pack: int = 0  # packs of this epoch that are done
    step: int = 0
    examples: int = 0
    seconds: float = 0.0


def save(folder: Path, model: Any, optimiser: Any, place: Place) -> Path:
    """Write a checkpoint to `folder/last`; whoever reads it finds the former one or this one."""
    torch = load("torch", extra=EXTRA)
    made = folder / f"{_LAST}.{os.getpid()}"
    shutil.rmtree(made, ignore_errors=True)
    adapter = hasattr(model, "peft_config")  # its own rows are in it; whole tables are the base's
    model.save_pretrained(str(made), **({"save_embedding_layers": False} if adapter else {}))
    torch.save(optimiser.state_dict(), made / "optimiser.pt")
    (made / "place.json").write_text(json.dumps(asdict(place)) + "\n", encoding="utf-8")
    last, old = folder / _LAST, folder / _OLD
    shutil.rmtree(old, ignore_errors=True)
    if last.exists():
        last.rename(old)
    made.rename(last)
    shutil.rmtree(old, ignore_errors=True)
    return last


def restore(folder: Path, model: Any, optimiser: Any, run: str) -> Place | None:
    """Read the last checkpoint into model and optimiser; None where there is none.

    Raises UsageError where it belongs to a run with other data or settings.
    """
    last = next((folder / n for n in (_LAST, _OLD) if (folder / n / "place.json").exists()), None)
    if last is None:
        return None
    torch, peft = load("torch", extra=EXTRA), load("peft", extra=EXTRA)
    files = load("safetensors.torch", extra=EXTRA)
    try:
        place = Place(**json.loads((last / "place.json").read_text(encoding="utf-8")))
        if place.run != run:
            raise UsageError(
                f"The checkpoint in {folder} belongs to a run with other rows or settings.",
                hint="Give another folder, or delete this one to begin anew.",
            )
        if hasattr(model, "peft_config"):
            weights = files.load_file(last / "adapter_model.safetensors")
            peft.set_peft_model_state_dict(model, weights)
        else:
            files.load_model(model, last / "model.safetensors")
        optimiser.load_state_dict(torch.load(last / "optimiser.pt", weights_only=True))
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise DataError(f"The checkpoint {last} cannot be read: {error}") from error
    return place
