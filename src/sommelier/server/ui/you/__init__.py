"""What is known of the person who looks, to see, correct, take along and erase."""

from sommelier.server.ui.you.page import build

__all__ = ["build"]
