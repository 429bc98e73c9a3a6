"""The bundled catalogue: real films, described for this project, and a simulated log of viewers.

`prepare` makes an ordinary workspace of them; fitting engines is the business of others. What is
said of films is real; everything about viewers is simulated and labelled so.
"""

from pathlib import Path
from typing import Final

from sommelier.data.demo.films import digest, load_films, load_schema
from sommelier.data.demo.generate import simulate
from sommelier.data.sources.base import Imported
from sommelier.data.workspace import Workspace

__all__ = ["LABEL", "NOTES", "digest", "load_films", "load_schema", "prepare", "simulate"]

LABEL: Final = "simulated log"
NOTES: Final = (
    "The films are real; their facts and descriptions were written for Sommelier.",
    "The log is simulated: no real person is behind a viewer, a rating or a count, "
    "so average ratings and popularity say nothing about the films.",
)


def prepare(path: Path | str, *, seed: int = 7) -> Workspace:
    """Make the demo workspace at `path`; WorkspaceError if there is one already, or other files."""
    Workspace.refuse_existing(path)  # before the work, not after it
    films = load_films()
    imported = Imported(
        films,
        simulate(films, seed=seed),
        name="bundled films",
        notes=NOTES,
        schema=load_schema(),
        label=LABEL,
    )
    return Workspace.create(path, imported)
