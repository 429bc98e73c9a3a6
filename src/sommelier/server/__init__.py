"""Where people and programs meet a workspace over the web: one agent, one store, every door."""

from sommelier.server.app import make_app
from sommelier.server.settings import ServerSettings

__all__ = ["ServerSettings", "make_app"]
