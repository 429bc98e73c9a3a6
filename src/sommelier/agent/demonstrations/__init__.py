"""Requests and their frames, made for one catalogue by itself; the nearest are shown to models."""

from sommelier.agent.demonstrations.make import key, make, opened
from sommelier.agent.demonstrations.store import Demonstration, Demonstrations

__all__ = ["Demonstration", "Demonstrations", "key", "make", "opened"]
