"""The two consoles of the terminal: answers go to `out`, everything about the work to `err`."""

from rich.console import Console

__all__ = ["err", "out"]

out = Console(highlight=False, soft_wrap=False)
err = Console(stderr=True, highlight=False)
