"""Engines by name: unfitted ones by settings, fitted ones by where they were written."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from sommelier import registry
from sommelier.data.dataset import Dataset
from sommelier.engines.base import Engine
from sommelier.errors import ConfigError

__all__ = ["load_engine", "make_engine", "usual_engines"]


def make_engine(name: str, settings: Mapping[str, object] | None = None) -> Engine:
    """Return an unfitted engine by its registered name; ConfigError for a setting it refuses."""
    kind: type[Engine] = registry.load("engines", name)
    try:
        return kind(kind.Config.model_validate(dict(settings or {})))
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise ConfigError(
            f"The engine {name!r} cannot have {where} = {problem['input']!r}: {problem['msg']}.",
            hint=f"Its settings: {', '.join(kind.Config.model_fields)}.",
        ) from error


def load_engine(name: str, folder: Path, dataset: Dataset) -> Engine:
    """Return the fitted engine of a folder; WorkspaceError if it is of another version or data."""
    kind: type[Engine] = registry.load("engines", name)
    return kind.load(folder, dataset)


def usual_engines() -> list[str]:
    """Return the engines that are tried where none is named: all but the costly ones."""
    names = registry.names("engines")
    return [name for name in names if not registry.load("engines", name).costly]
