"""`sommelier chat`: talk to a catalogue; without a workspace, to the bundled films."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from sommelier.cli.brain import options
from sommelier.cli.chat.opened import Opened
from sommelier.cli.chat.showing import run, show
from sommelier.cli.screen import DATABASE, err, out
from sommelier.errors import UsageError

if TYPE_CHECKING:
    from sommelier.agent.agent import Chat
    from sommelier.agent.turn import Turn
    from sommelier.shop import Shop

__all__ = ["command"]


def command(
    workspace: Annotated[
        Path | None, typer.Argument(help="A workspace; without it the bundled films.")
    ] = None,
    *,
    user: Annotated[str | None, typer.Option(help="Talk as this user of the log.")] = None,
    session: Annotated[str | None, typer.Option(help="Take up this conversation.")] = None,
    script: Annotated[
        Path | None, typer.Option(help="Run the messages of a file, one a line ('-': stdin).")
    ] = None,
    jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one JSON object a turn, nothing else.")
    ] = False,
    brain: options.Name = None,
    base_url: options.Address = None,
    model: options.Model = None,
    key_env: options.KeyEnv = None,
    phrase: Annotated[
        bool | None,
        typer.Option("--phrase/--no-phrase", help="Let the model reword replies.", show_default=""),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="Keep every call of the model in this folder.")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Answer from such a folder, without a call.")
    ] = None,
    database: Annotated[str, DATABASE] = "",
) -> None:
    """Talk to a catalogue. Everything is remembered in the workspace."""
    from sommelier import shop as shops

    if workspace is None:
        with err.status("Opening the bundled films …") as status:
            shop = shops.open_demo(report=lambda step: status.update(f"{step} …"))
    else:
        shop = shops.open(workspace, database)
    settings = shop.brain_settings(
        name=brain,
        base_url=base_url,
        model=model,
        key_env=key_env,
        phrase=phrase,
        record=record and record.absolute(),
        replay=replay and replay.absolute(),
    )
    opened = Opened(shop, settings)
    chat = opened.agent.chat(user_id=user, session_id=session)
    if jsonl and script is None:
        raise UsageError("--jsonl needs --script FILE ('-' reads the messages from stdin).")
    try:
        if script is not None:
            asyncio.run(_unattended(chat, list(_lines(script)), jsonl=jsonl))
        else:
            replayed = settings.replay is not None
            asyncio.run(_attended(opened, chat, replayed=replayed))
    finally:
        opened.close()


def _lines(script: Path) -> Iterator[str]:
    if str(script) == "-":
        text = sys.stdin.read()
    else:
        try:
            text = script.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The script {script} cannot be read: {error}") from error
    yield from (line for line in text.splitlines() if line.strip())


async def _unattended(chat: "Chat", messages: list[str], *, jsonl: bool) -> None:
    for message in messages:
        turn = await chat.say(message)
        if jsonl:
            sys.stdout.write(json.dumps(turn.to_json(), ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            out.print(f"[bold cyan]›[/] {escape(message)}")
            show(turn)


async def _attended(opened: Opened, chat: "Chat", *, replayed: bool) -> None:
    _editing(opened.shop.workspace.path / "history.txt")
    await options.greet(opened.brain, replayed=replayed)
    await opened.brain.warm()
    _welcome(opened.shop, chat)
    last: Turn | None = None
    while True:
        try:
            message = (await asyncio.to_thread(out.input, "[bold cyan]› [/]")).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if message in ("/quit", "/exit", "/q"):
            break
        if message == "/new":
            chat, last = opened.agent.chat(user_id=chat.session.user_id), None
            out.print("A new conversation.")
        elif message.startswith("/"):
            run(message, opened.shop, chat, last)
        elif message:
            chat = opened.newest(chat)
            last = await chat.say(message)
            show(last)
    out.print(f"\nUntil next time. To go on here: --session {chat.session.id}")


def _welcome(shop: "Shop", chat: "Chat") -> None:
    schema = shop.box.schema
    n_items = f"{len(shop.box.catalog):,}"
    name = escape(shop.workspace.label or shop.name)
    out.print(f"[bold]Sommelier[/] · {n_items} {schema.plural} · {name}")
    for note in shop.workspace.notes:
        out.print(f"[dim]{escape(note)}[/]")
    if shop.box.reader is None:
        out.print(
            "[yellow]Words that are no field (“cosy”) are not understood here yet.[/] "
            f"sommelier models install; sommelier fit {escape(str(shop.workspace.path))}"
        )
    who = f", {chat.session.user_id}" if chat.session.user_id else ""
    out.print(f"Hello{escape(who)}! What are you in the mood for? [dim](/help, /quit)[/]\n")


def _editing(history: Path) -> None:
    """Give the prompt arrow keys and a history that lasts, where the platform has them."""
    try:
        import readline
    except ImportError:  # Windows: plain input
        return
    import atexit

    if history.exists():
        readline.read_history_file(history)
    atexit.register(readline.write_history_file, history)
