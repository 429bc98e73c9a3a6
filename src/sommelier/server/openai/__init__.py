"""The OpenAI-compatible door: what its requests, answers and errors look like."""

from sommelier.server.openai.dialect import Dialect, handle
from sommelier.server.openai.history import Talked, Voice, talk, voice_of
from sommelier.server.openai.shapes import Completion
from sommelier.server.openai.telling import Teller

__all__ = ["Completion", "Dialect", "Talked", "Teller", "Voice", "handle", "talk", "voice_of"]
