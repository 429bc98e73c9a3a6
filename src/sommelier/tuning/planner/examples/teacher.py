"""A language model as teacher: it words messages anew, and only those that still hold are kept.

Kept is a wording from which the same links can be read and that still holds every word which the
frame copies. Knows no server; any `ChatModel` will do.
"""

from typing import Final

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.view import linked
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.llm.chat.base import ChatModel, Message
from sommelier.tools.text import normal

__all__ = ["reworded"]

_TASK: Final = (
    "Say the message in other words, as a person might type it to a shop's assistant. Keep every "
    "name, number and wish, add none, and answer with the message alone."
)
_LONGEST: Final = 400  # characters of a wording that is kept


async def reworded(teacher: ChatModel, message: str, frame: Frame, view: View) -> str | None:
    """Return the message in the teacher's words; None if they do not say the same."""
    asked = f"Message: {message}\nMeaning: {frame.to_text()}"
    talk = [Message(role="system", content=_TASK), Message(role="user", content=asked)]
    answer = await teacher.complete(talk, max_tokens=120, temperature=0.8)
    said = " ".join(answer.text.split()).strip('"')
    return said if said != message and _holds(said, message, frame, view) else None


def _holds(said: str, message: str, frame: Frame, view: View) -> bool:
    linker = Linker(view.lexicon, words())
    copied = normal(frame.text)
    same = set(linked(said, view, linker)) == set(linked(message, view, linker))
    return 0 < len(said) <= _LONGEST and same and copied in normal(said)
