"""Talking: messages, lists as cards, reactions that count at once, and earlier conversations."""

from sommelier.server.ui.talk.page import build

__all__ = ["build"]
