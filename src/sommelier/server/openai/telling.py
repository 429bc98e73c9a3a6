"""Turns as chat completions: the reply, the items as a readable list, and both as chunks.

The list is Markdown, as chat clients show it; the same items stand structured beside it
(`recommendations`), with the session to go on with and the recommendation to name in feedback.
"""

import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from textwrap import shorten
from typing import Any, Final

import orjson

from sommelier.agent.turn import Item, Turn
from sommelier.hostile import harmless
from sommelier.server.openai.history import Talked

__all__ = ["Teller", "event", "markdown"]

_PIECE: Final = re.compile(r"\S+\s*(?:\S+\s*){0,3}")  # four words a chunk
_MARKS: Final = re.compile(r"([\\`*_\[\]<>|~#])")
_FACTS: Final = 3
_TITLE: Final = 120  # characters


@dataclass(frozen=True)
class Teller:
    """Writes one completion, whole or in chunks."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, talked: Talked) -> dict[str, Any]:
        """Return the completion in one piece."""
        message = {
            "role": "assistant",
            "content": markdown(talked.turn),
            "refusal": None,
            "recommendations": _items(talked),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": _usage(talked.turn),
            **_place(talked),
        }

    def first(self) -> bytes:
        """Return the chunk that opens a stream, before anything is known."""
        return self._chunk({"role": "assistant", "content": ""})

    def rest(self, talked: Talked, *, usage: bool) -> Iterator[bytes]:
        """Yield what follows: the words in pieces, the end with the items, the usage if asked."""
        for piece in _PIECE.findall(markdown(talked.turn)):
            yield self._chunk({"content": piece})
        yield self._chunk({"recommendations": _items(talked)}, end="stop", more=_place(talked))
        if usage:
            told = {**self._head("chat.completion.chunk"), "choices": []}
            yield event({**told, "usage": _usage(talked.turn)})

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.model}

    def _chunk(
        self, delta: dict[str, Any], end: str | None = None, more: dict[str, Any] | None = None
    ) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": end}
        return event({**self._head("chat.completion.chunk"), "choices": [choice], **(more or {})})


def event(data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"data: " + orjson.dumps(data) + b"\n\n"


def markdown(turn: Turn) -> str:
    """Return the reply with its items below, fit for a chat window."""
    lines = [f"{item.rank}. {_line(item)}" for item in turn.items]
    return "\n\n".join(part for part in (_plain(turn.reply), "\n".join(lines)) if part)


def _line(item: Item) -> str:
    title = _plain(shorten(item.title, _TITLE, placeholder=" …"))
    lists = [v for v in item.row.values() if isinstance(v, list) and v]
    facts = "; ".join(_plain(", ".join(str(v) for v in listed[:_FACTS])) for listed in lists[:2])
    reasons = "; ".join(_plain(reason) for reason in item.reasons)
    told = f"**{title}**" + (f" ({facts})" if facts else "")
    return f"{told}: {reasons}" if reasons else told


def _plain(text: str) -> str:
    """Return text whose letters mean themselves in Markdown."""
    return _MARKS.sub(r"\\\1", harmless(text))


def _items(talked: Talked) -> list[dict[str, Any]]:
    told = [item.to_json() for item in talked.turn.items]
    return [{**item, "title": harmless(item["title"])} for item in told]


def _place(talked: Talked) -> dict[str, Any]:
    return {"session_id": talked.session_id, "recommendation_id": talked.recommendation_id}


def _usage(turn: Turn) -> dict[str, int]:
    usage = turn.usage
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.tokens,
    }
