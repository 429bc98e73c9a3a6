"""The table of known models, and the card that lies beside an installed one.

Adding a model is adding rows to `known.toml`. Knows nothing of how a model is fetched or kept.
"""

import hashlib
import tomllib
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Setting

__all__ = ["Known", "Manifest", "Pinned", "known_models"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Pinned(_Frozen):
    """One file: where it lies inside its package, and what it must hash to.

    One that comes from a hub has an address of its own; of its path only the name counts.
    """

    path: str
    sha256: str
    url: str = ""


class Known(_Frozen):
    """One row of the table: a model that can be installed."""

    purpose: str
    licence: str
    package: str = ""  # none where every file has an address
    package_version: str = ""
    files: tuple[Pinned, ...]
    keep: tuple[str, ...]
    build: str = ""  # module:function, called with the folder
    revision: int = 1

    @model_validator(mode="after")
    def _can_be_had(self) -> Self:
        if not self.package and not all(file.url for file in self.files):
            raise ValueError("name the package, or give every file an address")
        return self

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        if not self.package:
            return ", ".join(sorted({urlsplit(file.url).netloc for file in self.files}))
        return f"{self.package} {self.package_version}"

    @property
    def version(self) -> str:
        """Twelve hex digits that change whenever the installed files may."""
        parts = [*(file.sha256 for file in self.files), self.build, str(self.revision)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


class Manifest(_Frozen):
    """What lies in a model's folder."""

    name: str
    version: str
    source: str
    licence: str
    installed: datetime
    files: dict[str, str]  # file name -> SHA-256
    sizes: dict[str, int]  # file name -> bytes
    folder: Annotated[Path, Setting(exclude=True)] = Path()  # set when read


def known_models() -> dict[str, Known]:
    """Read the table that ships with the library."""
    table = tomllib.loads(resources.files("sommelier.llm").joinpath("known.toml").read_text())
    return {name: Known.model_validate(row) for name, row in table.items()}
