"""`sommelier chat`: talk to a catalogue; without a workspace, to the bundled films."""

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.padding import Padding

from sommelier.cli.screen import err, out
from sommelier.errors import UsageError

if TYPE_CHECKING:
    from sommelier.agent.agent import Chat
    from sommelier.agent.turn import Turn
    from sommelier.shop import Shop

__all__ = ["command"]

_INDENT = (0, 0, 0, 5)
_COMMANDS = {
    "/why": "why the last list looks as it does",
    "/plan": "the plan of the last turn",
    "/funnel": "how the candidates became fewer",
    "/profile": "what I know about you",
    "/new": "a new conversation",
    "/sessions": "earlier conversations; take one up with --session ID",
    "/help": "this list",
    "/quit": "leave (Ctrl-D too)",
}


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
) -> None:
    """Talk to a catalogue. Everything is remembered in the workspace."""
    from sommelier import shop as shops

    if workspace is None:
        with err.status("Opening the bundled films …") as status:
            shop = shops.open_demo(report=lambda step: status.update(f"{step} …"))
    else:
        shop = shops.open(workspace)
    chat = shop.agent().chat(user_id=user, session_id=session)
    if script is not None:
        asyncio.run(_unattended(chat, list(_lines(script)), jsonl=jsonl))
        return
    if jsonl:
        raise UsageError("--jsonl needs --script FILE ('-' reads the messages from stdin).")
    asyncio.run(_attended(shop, chat))


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
            _show(turn)


async def _attended(shop: "Shop", chat: "Chat") -> None:
    _editing(shop.workspace.path / "history.txt")
    _welcome(shop, chat)
    last: Turn | None = None
    while True:
        try:
            message = (await asyncio.to_thread(out.input, "[bold cyan]› [/]")).strip()
        except (EOFError, KeyboardInterrupt):
            break
        if message in ("/quit", "/exit", "/q"):
            break
        if message == "/new":
            chat, last = shop.agent().chat(user_id=chat.session.user_id), None
            out.print("A new conversation.")
        elif message.startswith("/"):
            _command(message, shop, chat, last)
        elif message:
            last = await chat.say(message)
            _show(last)
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


def _show(turn: "Turn") -> None:
    out.print(escape(turn.reply))
    for item in turn.items:
        facts = _facts(item.row)
        title = shorten(item.title, 100, placeholder=" …")
        out.print(f"  [bold]{item.rank}. {escape(title)}[/]  [dim]{escape(facts)}[/]")
        long = (v for v in item.row.values() if isinstance(v, str) and len(v) > 60 and " " in v)
        prose = next((text for text in long if not item.title.startswith(text)), "")
        if prose:
            out.print(Padding(escape(prose[:220]), _INDENT))
        if item.reasons:
            out.print(Padding(f"[green]{escape(' · '.join(item.reasons))}[/]", _INDENT))
    out.print()


def _facts(row: dict[str, object]) -> str:
    """Return the first short lists of a row: what one wants to see beside a title."""
    lists = [value for value in row.values() if isinstance(value, list) and value]
    return " · ".join(", ".join(str(v) for v in value[:3]) for value in lists[:2])


def _command(message: str, shop: "Shop", chat: "Chat", last: "Turn | None") -> None:
    name = message.split(maxsplit=1)[0]
    if name not in _COMMANDS or name == "/help":
        for known, meaning in _COMMANDS.items():
            out.print(f"  [cyan]{known:10}[/] {meaning}")
        return
    if name == "/profile":
        for preference in chat.profile().preferences:
            entry = preference.entry
            subject = entry.item_id or entry.wish or json.dumps(entry.condition)
            out.print(f"  {entry.polarity:8} {escape(subject)} [dim]({entry.source})[/]")
        out.print("[dim]To change it: say “forget …”, or sommelier profile --help[/]")
    elif name == "/sessions":
        for session in shop.store.sessions(chat.session.user_id)[:10]:
            out.print(f"  [cyan]{session.id}[/] {escape(session.title[:60])}")
    elif last is None:
        out.print("Nothing has been said yet.")
    elif name == "/plan":
        out.print_json(json.dumps(last.plan.to_json(), ensure_ascii=False))
    else:
        _funnel(last)
        for item in last.items if name == "/why" else ():
            out.print(f"  {item.rank}. {escape(item.title)}: {escape('; '.join(item.reasons))}")


def _funnel(turn: "Turn") -> None:
    for step in turn.funnel:
        width = max(1, round(30 * step["after"] / max(1, turn.funnel[0]["before"])))
        asked = json.dumps(step["arguments"].get("where", step["arguments"]), ensure_ascii=False)
        bar = "█" * width
        out.print(
            f"  {step['tool']:8} {step['before']:>9,} → {step['after']:>9,}  [cyan]{bar}[/] "
            f"[dim]{escape(asked[:90])} {step['ms']:.1f} ms[/]"
        )
