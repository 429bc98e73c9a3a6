"""`sommelier keys`: who may use the service of a workspace, and for what."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sommelier.cli.screen import DATABASE, err, out

if TYPE_CHECKING:
    from sommelier.state import Key, Store

__all__ = ["app"]

app = typer.Typer(name="keys", help="API keys of a workspace's service.", no_args_is_help=True)
_Where = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The workspace's folder.")]
_DAY = 86_400.0  # seconds


@app.command()
def create(
    workspace: _Where,
    *,
    scopes: Annotated[
        str, typer.Option(help="read, feedback, chat, admin; commas between. admin implies all.")
    ] = "read,feedback,chat",
    name: Annotated[str, typer.Option(help="What you will know it by.")] = "",
    user: Annotated[
        str | None, typer.Option(help="The only user_id that it may speak for.")
    ] = None,
    days: Annotated[
        float | None, typer.Option(help="How long it is valid; for good without it.", min=0.0)
    ] = None,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Make a key and print its secret, this once. From the first key on every request needs one."""
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    expires = None if days is None else time.time() + days * _DAY
    with _state(workspace, database) as store:
        key, secret = store.create_key(wanted, name=name, user_id=user, expires=expires)
        store.audit("keys.create", None, {"id": key.id, "scopes": list(key.scopes)})
    typer.echo(secret)
    err.print(f"Key {key.id} ({', '.join(key.scopes)}). The secret is not stored: keep it safe.")


@app.command("list")
def list_(workspace: _Where, *, database: Annotated[str, DATABASE] = "") -> None:
    """List all keys ever made, without their secrets."""
    from rich.table import Table

    with _state(workspace, database) as store:
        keys = store.keys()
    if not keys:
        out.print("No keys: anybody who reaches the service may use it.")
        return
    table = Table("id", "name", "scopes", "user", "created (UTC)", "last used", "state")
    for key in keys:
        row = (key.id, key.name, ", ".join(key.scopes), key.user_id or "")
        table.add_row(*row, _day(key.created), _day(key.last_used), _fate(key))
    out.print(table)


@app.command()
def revoke(
    workspace: _Where,
    key: Annotated[str, typer.Argument(metavar="ID", help="From `keys list`.")],
    *,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Make a key invalid for good, within a second everywhere."""
    with _state(workspace, database) as store:
        store.revoke_key(key)
        store.audit("keys.revoke", None, {"id": key})
    out.print(f"Key {key} is revoked.", markup=False)


@contextmanager
def _state(path: Path, database: str) -> Iterator[Store]:
    from sommelier.data.workspace import Workspace
    from sommelier.shop.stores import open_store

    with open_store(Workspace.open(path), database) as store:
        yield store


def _day(seconds: float | None) -> str:
    return "" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def _fate(key: Key) -> str:
    if key.revoked is not None:
        return f"revoked {_day(key.revoked)}"
    if key.expires is None:
        return "valid"
    return f"{'valid until' if key.valid(time.time()) else 'expired'} {_day(key.expires)}"
