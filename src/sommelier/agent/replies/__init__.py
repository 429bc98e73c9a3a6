"""From evidence to words: one file of texts per language, and the code that fills them."""

from sommelier.agent.replies.describe import describe
from sommelier.agent.replies.write import Reply, Writer

__all__ = ["Reply", "Writer", "describe"]
