"""What a model may not invent: opinions that go into the lasting profile, and erasing all of it.

A small model now and then writes what nobody said. A list made from it is gone with the next
message; a profile entry stays. So what a frame tells about the person must leave a trace in the
message, and everything is forgotten only where the message says everything.
"""

import re
from collections.abc import Collection
from typing import Final

from sommelier.agent.planners.model.frame import Frame
from sommelier.tools.text import stems

__all__ = ["grounded"]

_ALL: Final = re.compile(r"\b(all|every\w*|any\w*|me|my|myself|profile|data|history)\b", re.I)
_SHORT: Final = 3  # letters of words that prove nothing: "the", "and"


def grounded(frame: Frame, message: str, links: Collection[str], *, strict: bool = False) -> Frame:
    """Return the frame without opinions that the message does not hold; `links` are its clauses.

    With `strict`, for models that only read what is linked, conditions on values go the same way.
    """
    said = set(stems(message).split())
    told = tuple(entry for entry in frame.told if _traced(entry, said, links))
    changes: dict[str, object] = {"told": told} if told != frame.told else {}
    for slot in ("must", "no", "prefer") if strict else ():
        held = getattr(frame, slot)
        kept = tuple(one for one in held if not _worded(one) or _traced(f"_ {one}", said, links))
        changes |= {slot: kept} if kept != held else {}
    return _narrowed(frame.model_copy(update=changes) if changes else frame, message)


def _narrowed(frame: Frame, message: str) -> Frame:
    """Return the frame; a forgetting of nothing named forgets what the message says, never all."""
    named = (frame.must, frame.no, frame.items, frame.fields, frame.drop, frame.text)
    if frame.do == "forget" and not any(named) and not _ALL.search(message):
        return frame.model_copy(update={"text": message})
    return frame


def _traced(entry: str, said: Collection[str], links: Collection[str]) -> bool:
    """Return whether an opinion points at the list, or shares a link or a word with the message."""
    _, _, subject = entry.partition(" ")
    if subject.startswith("#") or any(subject in link for link in links):
        return True
    words = stems(re.sub(r"\w+=", "", subject)).split()
    telling = [word for word in words if len(word) > _SHORT] or words
    return any(_near(word, said) for word in telling)


def _worded(clause: str) -> bool:
    """Return whether a clause is about words, "genres=Comedy"; amounts are linked otherwise."""
    _, sign, value = clause.partition("=")
    return bool(sign) and value[:1].isalpha() and value not in ("yes", "no")


def _near(word: str, said: Collection[str]) -> bool:
    """Return whether a word was said, or one that begins alike: "westren" tells of westerns."""
    return word in said or any(len(word) > _SHORT and other[:4] == word[:4] for other in said)
