"""The two consoles of the terminal: answers go to `out`, everything about the work to `err`.

And what several verbs share: an option, and the way in which text of others is shown.
"""

from typing import Any, Final

import typer
from rich.console import Console
from rich.markup import escape

from sommelier.hostile import harmless

__all__ = ["DATABASE", "err", "out", "safe"]

DATABASE: Final[Any] = typer.Option(
    envvar="SOMMELIER_DATABASE",
    help="PostgreSQL URL of the state; without one, the workspace's own file.",
    show_default=False,
)

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)


def safe(text: str) -> str:
    """Return text that strangers may have written as a terminal can show it: no code, no markup."""
    return escape(harmless(text))
