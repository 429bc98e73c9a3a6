"""How turns look on a terminal, and the slash commands of a conversation."""

import json
from textwrap import shorten
from typing import TYPE_CHECKING

from rich.padding import Padding

from sommelier.cli.screen import out, safe

if TYPE_CHECKING:
    from sommelier.agent.agent import Chat
    from sommelier.agent.turn import Turn
    from sommelier.shop import Shop

__all__ = ["COMMANDS", "run", "show"]

_INDENT = (0, 0, 0, 5)
COMMANDS = {
    "/why": "why the last list looks as it does",
    "/plan": "the plan of the last turn",
    "/funnel": "how the candidates became fewer",
    "/usage": "which brain answered, and what it took",
    "/profile": "what I know about you",
    "/new": "a new conversation",
    "/sessions": "earlier conversations; take one up with --session ID",
    "/help": "this list",
    "/quit": "leave (Ctrl-D too)",
}


def show(turn: "Turn") -> None:
    """Print a turn's reply and its items with facts and reasons."""
    out.print(safe(turn.reply))
    for item in turn.items:
        facts = _facts(item.row)
        title = shorten(item.title, 100, placeholder=" …")
        out.print(f"  [bold]{item.rank}. {safe(title)}[/]  [dim]{safe(facts)}[/]")
        long = (v for v in item.row.values() if isinstance(v, str) and len(v) > 60 and " " in v)
        prose = next((text for text in long if not item.title.startswith(text)), "")
        if prose:
            out.print(Padding(safe(prose[:220]), _INDENT))
        if item.reasons:
            out.print(Padding(f"[green]{safe(' · '.join(item.reasons))}[/]", _INDENT))
    out.print()


def _facts(row: dict[str, object]) -> str:
    """Return the first short lists of a row: what one wants to see beside a title."""
    lists = [value for value in row.values() if isinstance(value, list) and value]
    return " · ".join(", ".join(str(v) for v in value[:3]) for value in lists[:2])


def run(message: str, shop: "Shop", chat: "Chat", last: "Turn | None") -> None:
    """Run one of `COMMANDS` on the conversation and its last turn."""
    name = message.split(maxsplit=1)[0]
    if name not in COMMANDS or name == "/help":
        for known, meaning in COMMANDS.items():
            out.print(f"  [cyan]{known:10}[/] {meaning}")
        return
    if name == "/profile":
        for preference in chat.profile().preferences:
            entry = preference.entry
            subject = entry.item_id or entry.wish or json.dumps(entry.condition)
            out.print(f"  {entry.polarity:8} {safe(subject)} [dim]({entry.source})[/]")
        out.print("[dim]To change it: say “forget …”, or sommelier profile --help[/]")
    elif name == "/sessions":
        for session in shop.store.sessions(chat.session.user_id)[:10]:
            out.print(f"  [cyan]{session.id}[/] {safe(session.title[:60])}")
    elif last is None:
        out.print("Nothing has been said yet.")
    elif name == "/usage":
        _usage(last)
    elif name == "/plan":
        out.print_json(json.dumps(last.plan.to_json(), ensure_ascii=False))
    else:
        _funnel(last)
        for item in last.items if name == "/why" else ():
            out.print(f"  {item.rank}. {safe(item.title)}: {safe('; '.join(item.reasons))}")


def _usage(turn: "Turn") -> None:
    spent = turn.usage
    money = f", {spent.cost:.4g} spent" if spent.cost else ""
    fell = f" ({turn.fell_back})" if turn.fell_back else ""
    out.print(
        f"  {safe(turn.brain + fell)}: {spent.calls} calls, {spent.prompt_tokens:,} tokens read, "
        f"{spent.completion_tokens:,} written{money}, {spent.ms:,.0f} ms"
    )


def _funnel(turn: "Turn") -> None:
    for step in turn.funnel:
        width = max(1, round(30 * step["after"] / max(1, turn.funnel[0]["before"])))
        asked = json.dumps(step["arguments"].get("where", step["arguments"]), ensure_ascii=False)
        bar = "█" * width
        out.print(
            f"  {step['tool']:8} {step['before']:>9,} → {step['after']:>9,}  [cyan]{bar}[/] "
            f"[dim]{safe(asked[:90])} {step['ms']:.1f} ms[/]"
        )
