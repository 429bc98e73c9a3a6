"""What the embedded model was taught: adapters that ship with the library, each with its card.

`NAME.gguf` holds the weights and `NAME.md` says where they come from, what they were measured to do
and what they cannot do.
"""

from importlib import resources
from pathlib import Path
from typing import Final

__all__ = ["planner_adapter"]

_PLANNER: Final = "planner-smollm2-135m.gguf"


def planner_adapter() -> Path | None:
    """Return the file of the adapter that plans; None where this copy ships without one."""
    path = Path(str(resources.files(__name__))) / _PLANNER
    return path if path.is_file() else None
