"""A language model as teacher: it says a wish in its own words, and only sound words are kept.

Asked for JSON under a schema. An answer that is empty, too long, names the target or shares nothing
with what was meant is dropped, and the row keeps its own words. Knows no server; any `ChatModel`
will do, and one with a replay cache is paid for every question once.
"""

import re
from importlib.resources import files
from typing import Any, Final

from sommelier.errors import ModelBadAnswer, ModelRefused
from sommelier.evaluation.instructions.rows import InstructionRow
from sommelier.llm.chat.base import ChatModel, Message
from sommelier.llm.chat.schema import Schema
from sommelier.tuning.instructions.source import Source

__all__ = ["reworded"]

_LONGEST: Final = 240  # characters of a wish
_BODY: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"wish": {"type": "string"}},
    "required": ["wish"],
    "additionalProperties": False,
}


async def reworded(teacher: ChatModel, row: InstructionRow, source: Source) -> InstructionRow:
    """Return a row whose wish the teacher has worded; the row as it is where that is unsound.

    Raises what stops every call: ModelUnreachable, OverBudget and the like.
    """
    if not row.wish:
        return row
    task = files("sommelier.tuning.instructions").joinpath("teacher.txt").read_text("utf-8")
    item = source.dataset.catalog.num(row.target)
    facts = "; ".join((*source.sayings.values[item][:6], *source.sayings.phrases.of[item][:6]))
    talk = [
        Message(role="system", content=task.strip()),
        Message(role="user", content=f"Wish: {row.wish}\nFacts: {facts}"),
    ]
    try:
        answer = await teacher.complete(talk, schema=Schema("wish", _BODY), max_tokens=120)
    except (ModelBadAnswer, ModelRefused):
        return row
    told = answer.data if isinstance(answer.data, dict) else {}
    said = " ".join(str(told.get("wish", "")).split())
    if not said or len(said) > _LONGEST or source.sayings.names(item, said):
        return row
    return row.model_copy(
        update={
            "wish": said,
            "strategy": f"{row.strategy}+teacher",
            "text": _swapped(row.text, row.wish, said),
            "spoken": _swapped(row.spoken, row.wish, said),
        }
    )


def _swapped(text: str, old: str, new: str) -> str:
    """Put a new wish where the old one stands, once."""
    return re.sub(re.escape(old), lambda _found: new, text, count=1)
