"""Optional libraries, loaded when first needed; absence names the extra to install."""

from importlib import import_module
from types import ModuleType

from sommelier.errors import NotInstalled

__all__ = ["load"]


def load(module: str, *, extra: str) -> ModuleType:
    """Import `module`, or raise NotInstalled with the command that installs its `extra`."""
    try:
        return import_module(module)
    except ImportError as error:
        raise NotInstalled(
            f"This needs the library {module.partition('.')[0]!r}, which is not installed.",
            hint=f"Install it with: pip install 'sommelier[{extra}]'",
        ) from error
