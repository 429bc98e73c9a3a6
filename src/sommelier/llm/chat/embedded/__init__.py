"""A language model inside this process, over llama.cpp; it loads when first used."""

from sommelier.llm.chat.embedded.model import EmbeddedModel, open_default, open_embedded

__all__ = ["EmbeddedModel", "open_default", "open_embedded"]
