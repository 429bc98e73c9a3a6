"""Which acts come how often, and the state of the conversation that each is said in."""

from collections.abc import Callable
from typing import Final

from sommelier.agent.working import Working
from sommelier.tuning.planner.examples.acts import asking, chatting, following, person, wishing
from sommelier.tuning.planner.examples.acts.draft import Draft, Scene
from sommelier.tuning.planner.examples.states import Stage
from sommelier.tuning.planner.examples.voice import Voice

__all__ = ["MIX", "Acts"]

MIX: Final = {  # how often each kind of message comes
    "find": 25, "find_like": 6, "find_vague": 2.5, "mixed": 7, "story": 3.5, "refine": 18,
    "facts": 7, "explain": 2.5, "compare": 2.5, "pick": 2.5, "tell": 9.5, "more": 2.5, "undo": 1.5,
    "restart": 1.5, "forget": 1.5, "answer": 3, "count": 2, "mean": 1.5, "most": 1.5, "values": 1.5,
    "talk": 6.5, "chat": 6, "recall": 1.5,
}  # fmt: skip
_NEEDS_A_LIST: Final = ("refine", "more", "undo", "pick", "explain")
_LIKELY: Final = {  # how often a list is on the table
    "facts": 0.65, "compare": 0.7, "tell": 0.5, "find_like": 0.4, "talk": 0.4, "restart": 0.9,
    "mixed": 0.15, "forget": 0.4, "chat": 0.6,
}  # fmt: skip
_MAKERS: Final[dict[str, Callable[[Scene], Draft | None]]] = {
    "find": wishing.find, "find_like": wishing.find_like, "find_vague": wishing.vague,
    "mixed": wishing.mixed, "story": wishing.story, "refine": following.refine,
    "more": following.more, "pick": following.pick, "undo": following.undo,
    "restart": following.restart, "facts": asking.facts, "explain": asking.explain,
    "compare": asking.compare, "count": asking.count, "mean": asking.mean, "most": asking.most,
    "values": asking.values, "tell": person.tell, "forget": person.forget, "answer": person.answer,
    "talk": person.talk, "chat": chatting.chat, "recall": chatting.recall,
}  # fmt: skip


class Acts:
    """Makes drafts of messages over one catalogue."""

    def __init__(self, voice: Voice, stage: Stage) -> None:
        self._voice, self._stage, self._rng = voice, stage, voice.rng

    def make(self, kind: str) -> Draft | None:
        """Return a draft of this kind, or None where the catalogue has nothing for it."""
        working = self._state(kind)
        self._voice.patterns.used.clear()  # those of the state are no part of the message
        draft = _MAKERS[kind](Scene(self._voice, working))
        if draft is not None:
            draft.working = working
        return draft

    def _state(self, kind: str) -> Working:
        if kind == "answer":
            return self._stage.asked()
        if kind in _NEEDS_A_LIST or self._rng.random() < _LIKELY.get(kind, 0.2):
            return self._stage.listed()
        return Working()
