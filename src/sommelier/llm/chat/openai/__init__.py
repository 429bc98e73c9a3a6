"""Any OpenAI-compatible endpoint as a language model; the library loads when first used."""

from sommelier.llm.chat.openai.endpoint import Endpoint
from sommelier.llm.chat.openai.model import OpenAIModel

__all__ = ["Endpoint", "OpenAIModel"]
