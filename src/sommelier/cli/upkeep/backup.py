"""`sommelier backup` and `sommelier restore`: a whole workspace as one file, and back."""

from pathlib import Path
from typing import Annotated

import typer

from sommelier.cli.screen import DATABASE, err, out

__all__ = ["backup", "restore"]

_File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup, a tar file.")]


def backup(
    workspace: Annotated[Path, typer.Argument(help="The workspace's folder.")],
    file: _File,
    *,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Write a workspace with its state into one file, while it is being used."""
    from sommelier.shop.backup import backup as run

    with err.status("Backing up …"):
        done = run(workspace, file, database=database)
    out.print(f"{done.files:,} files, {done.bytes / 1e6:,.1f} MB, in {file}", markup=False)
    err.print("Profiles and conversations are in it: keep it as you keep those.")


def restore(
    file: _File,
    workspace: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    *,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Make a workspace of a backup."""
    from sommelier.shop.backup import restore as run

    with err.status("Restoring …"):
        made = run(file, workspace, database=database)
    items, users = made.manifest["n_items"], made.manifest["n_users"]
    out.print(f"{items:,} items, {users:,} users, in {workspace}", markup=False)
