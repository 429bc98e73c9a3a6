"""What a model is sent: the catalogue, examples, where the conversation stands, the message.

Two kinds. "brief" is what the tuned model was trained on: the catalogue as system message, the turn
as user message. "full" tells any other model what a frame is, and adds profile and summary. The
system message is the same at every turn, so that servers and the embedded model keep it cached.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from textwrap import shorten
from typing import Literal, Protocol, TypeAlias

from sommelier.agent.planners.base import View
from sommelier.agent.planners.model.clauses import written
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.view import catalogue_text, turn_text
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.llm.chat.base import Message
from sommelier.state.profiles import Preference
from sommelier.tools.lexicon import Lexicon

__all__ = ["Demonstrations", "Prompt", "Prompter"]

Prompt: TypeAlias = Literal["brief", "full"]

_SAMPLES = 12  # values of a field that the full prompt shows
_ENTRIES = 12  # entries of the profile, the weightiest
_SUMMARY = 600  # characters


class Demonstrations(Protocol):
    """A store of requests and the frames they mean."""

    def nearest(
        self, message: str, k: int, *, follows: bool = False
    ) -> Sequence[tuple[str, Frame]]:
        """Return the `k` nearest as (what a model reads, its frame), best first.

        `follows` says whether there is a list on the table.
        """


class Prompter:
    """Writes prompts about one catalogue."""

    def __init__(
        self,
        lexicon: Lexicon,
        linker: Linker,
        kind: Prompt = "brief",
        demonstrations: Demonstrations | None = None,
        shots: int = 4,
    ) -> None:
        """`shots` is how many demonstrations are shown."""
        self._lexicon, self._linker = lexicon, linker
        self._kind, self._demonstrations, self._shots = kind, demonstrations, shots
        self._system = catalogue_text(lexicon) if kind == "brief" else _full(lexicon)

    def messages(self, text: str, view: View) -> list[Message]:
        """Return the messages of one call; `text` is one line."""
        turn = turn_text(text, view, self._linker)
        if self._kind == "full":
            turn = "\n".join([*self._background(view), turn])
        told = [("system", self._system)]
        for request, frame in self._shown(text, view):
            told += [("user", request), ("assistant", frame.to_text())]
        told.append(("user", turn))
        return [Message.model_validate({"role": role, "content": c}) for role, c in told]

    def _shown(self, text: str, view: View) -> Sequence[tuple[str, Frame]]:
        """Return demonstrations, the nearest last, where models heed it most."""
        if self._demonstrations is None:
            return ()
        follows = bool(view.working.shown)
        return self._demonstrations.nearest(text, self._shots, follows=follows)[::-1]

    def _background(self, view: View) -> Iterator[str]:
        weighty = sorted(view.profile.preferences, key=lambda p: -abs(p.weight))[:_ENTRIES]
        if weighty:
            yield "profile: " + "; ".join(self._entry(one) for one in weighty)
        if view.summary:
            yield f"summary: {shorten(view.summary, _SUMMARY, placeholder=' …')}"
        if view.advice:
            yield f"advice: {shorten(view.advice, _SUMMARY, placeholder=' …')}"

    def _entry(self, preference: Preference) -> str:
        entry = preference.entry
        if entry.item_id is not None:
            subject = self._lexicon.label_of(entry.item_id)
        elif entry.condition is not None:
            subject = " and ".join(written(entry.condition, self._lexicon.schema))
        else:
            subject = entry.wish or ""
        return f"{entry.polarity} {shorten(subject, 80, placeholder=' …')}"


def _full(lexicon: Lexicon) -> str:
    told = files(__package__).joinpath("prompts/full.txt").read_text("utf-8")
    return f"{told}\nThe catalogue, a line a field:\n{catalogue_text(lexicon, samples=_SAMPLES)}"
