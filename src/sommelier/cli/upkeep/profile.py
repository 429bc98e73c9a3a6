"""`sommelier profile`: see, correct, take along or erase what is known of one person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sommelier.cli.screen import DATABASE, err, out

if TYPE_CHECKING:
    from sommelier.data.workspace import Workspace
    from sommelier.state import Entry, Store

__all__ = ["app"]

app = typer.Typer(
    name="profile",
    help="See, edit, export or erase what is known of a person.",
    no_args_is_help=True,
)
_Where = Annotated[Path, typer.Argument(metavar="WORKSPACE", help="The workspace's folder.")]
_Database = Annotated[str, DATABASE]
_Who = Annotated[str, typer.Option("--user", "-u", help="The person's user_id.")]


@app.command()
def show(
    workspace: _Where,
    user: _Who,
    trail: Annotated[
        bool, typer.Option("--trail", help="Also what was superseded or taken back.")
    ] = False,
    database: _Database = "",
) -> None:
    """List a person's likes, dislikes, wants and avoids, with their ids."""
    with _state(workspace, database) as (shop, store):
        entries = store.entries(user, trail=trail)
        weights = {p.entry.id: p.weight for p in store.profile(user).preferences}
        sessions = len(store.sessions(user))
        events = len(store.feedback(user))
    if entries:
        _table(shop, entries, weights, trail=trail)
    out.print(
        f"{len(entries)} entries, {events} feedback events, {sessions} sessions of {user}.",
        markup=False,
    )


@app.command()
def edit(
    workspace: _Where,
    entry: Annotated[int, typer.Argument(metavar="ID", help="From `profile show`.")],
    *,
    user: _Who,
    polarity: Annotated[
        str | None, typer.Option(help="like, dislike, want or avoid.", show_default=False)
    ] = None,
    weight: Annotated[float | None, typer.Option(help="A positive number.", min=0.0)] = None,
    scope: Annotated[str | None, typer.Option(help="session or lasting.")] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Erase the entry and its trail.")] = (
        False
    ),
    database: _Database = "",
) -> None:
    """Change one entry, or remove it."""
    from sommelier.errors import UnknownName, UsageError

    asked = {"polarity": polarity, "weight": weight, "scope": scope}
    changes = {key: value for key, value in asked.items() if value is not None}
    if remove == bool(changes):
        raise UsageError(
            "Say what to do with the entry.",
            hint="Either --remove, or one or more of --polarity, --weight, --scope.",
        )
    with _state(workspace, database) as (shop, store):
        if not remove:
            changed = store.edit(user, entry, **changes)
            _table(shop, [changed], {}, trail=False)
        elif store.erase(user, entries=[entry])["entries"]:
            out.print(f"Entry {entry} is erased.")
        else:
            raise UnknownName("profile entry", str(entry), [], hint="See `profile show`.")


@app.command()
def erase(
    workspace: _Where,
    user: _Who,
    keep_conversations: Annotated[
        bool, typer.Option("--keep-conversations", help="Leave the sessions and their turns.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    database: _Database = "",
) -> None:
    """Delete for good everything stored of a person: entries, feedback, conversations."""
    what = "profile and feedback" if keep_conversations else "profile, feedback and conversations"
    if not yes:
        typer.confirm(f"Erase {what} of {user!r} for good?", abort=True, err=True)
    with _state(workspace, database) as (_, store):
        counts = store.erase(user, turns=not keep_conversations)
    out.print("Erased: " + ", ".join(f"{n} {table}" for table, n in counts.items()) + ".")
    err.print("The workspace's own log of interactions is the shop's data; it is not touched.")


@app.command()
def export(
    workspace: _Where,
    user: _Who,
    file: Annotated[
        Path | None, typer.Option("--json", help="Write here instead of the terminal.")
    ] = None,
    database: _Database = "",
) -> None:
    """Print everything stored of a person as JSON."""
    import json

    with _state(workspace, database) as (_, store):
        told = json.dumps(store.export(user), ensure_ascii=False, indent=2)
    if file is None:
        typer.echo(told)
    else:
        file.write_text(told + "\n", "utf-8")
        err.print(f"Written to {file}.", markup=False)


@contextmanager
def _state(path: Path, database: str) -> Iterator[tuple[Workspace, Store]]:
    from sommelier.data.workspace import Workspace
    from sommelier.shop.stores import open_store

    shop = Workspace.open(path)
    with open_store(shop, database) as store:
        yield shop, store


def _table(
    shop: Workspace, entries: list[Entry], weights: dict[int | None, float], *, trail: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "when (UTC)", "says", "about", "weight", "now", "scope", "source")
    if trail:
        table.add_column("state")
    for entry in entries:
        now = weights.get(entry.id)
        row: list[str | Text] = [
            str(entry.id),
            f"{datetime.fromtimestamp(entry.time, UTC):%Y-%m-%d %H:%M}",
            entry.polarity,
            Text(_about(shop, entry)),
            f"{entry.weight:g}",
            "" if now is None else f"{now:+.2f}",
            entry.scope,
            entry.source,
        ]
        table.add_row(*row, *([_fate(entry)] if trail else []), style="" if entry.active else "dim")
    out.print(table)


def _about(shop: Workspace, entry: Entry) -> str:
    if entry.item_id is not None:
        catalog = shop.catalog()
        num = catalog.index.get(entry.item_id)
        return entry.item_id if num is None else f"{catalog.titles[num]} [{entry.item_id}]"
    if entry.wish is not None:
        return f"“{entry.wish}”"
    condition = entry.condition or {}
    if "field" in condition:
        return f"{condition['field']} {condition.get('op', '')} {condition.get('value', '')}"
    return str(condition)


def _fate(entry: Entry) -> str:
    if entry.active:
        return "active"
    return f"superseded by {entry.superseded_by}" if entry.superseded_by else "taken back"
