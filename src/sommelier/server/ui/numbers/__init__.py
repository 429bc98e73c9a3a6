"""What was measured: engines on held-out events, and the data itself."""

from sommelier.server.ui.numbers.page import build

__all__ = ["build"]
