"""The words of an answer: the reply as it appears, and what one may answer to a question."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from typing import Final

from nicegui import ui

from sommelier.server.ui.parts import part
from sommelier.server.ui.wording import Wording

__all__ = ["draw_reply", "options_of", "repeats"]

_PIECE: Final = re.compile(r"\s+|[^\s\u2e80-\u9fff]+|[\u2e80-\u9fff]{1,3}")  # what appears at once

_WORDS: Final = ("yes", "no", "any")  # labels of the policy's questions


def options_of(labels: Sequence[str], say: Wording) -> list[tuple[str, str]]:
    """Return the answers that a question offers: what the button shows, and what it says.

    A label "wish|n" offers to let a wish go, which would leave n items.
    """
    told = []
    for place, label in enumerate(labels, 1):
        wish, _, left = label.partition("|")
        if left:
            message = str(place) if len(labels) > 1 else say("ask", "yes")
            told.append((say("talk", "without", wish=wish, n=left), message))
        elif label:
            word = say("ask", label) if label in _WORDS else label
            told.append((word, word))
    return told


def repeats(reason: str, reply: str) -> bool:
    """Return whether a reply says most of a reason already: the conditions that were asked for."""
    found = SequenceMatcher(None, reason, reply, autojunk=False).find_longest_match()
    return 2 * found.size >= len(reason)


def draw_reply(text: str, quick: bool) -> None:
    """Show a reply; a new one appears word by word, though all of it is there for readers."""
    if quick:
        part("p", "reply", text)
        return
    pieces = _PIECE.findall(text)
    words = "".join(
        f'<span style="--n:{place}">{escape(piece)}</span>' for place, piece in enumerate(pieces)
    )
    ui.html(words, sanitize=False, tag="p").classes("reply streaming")
