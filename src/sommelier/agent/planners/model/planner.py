"""The model brain: one call to a language model, whose frame becomes the plan.

Whatever goes wrong with the model, the rules brain answers instead and the turn says so.
"""

from contextlib import suppress
from typing import Final

from sommelier.agent.plan import Plan, Say
from sommelier.agent.planners.base import Planned, Planner, View
from sommelier.agent.planners.model.bidden import bidden, unbidden
from sommelier.agent.planners.model.frame import Frame
from sommelier.agent.planners.model.grounding import grounded
from sommelier.agent.planners.model.heeding import Heeder
from sommelier.agent.planners.model.prompt import Demonstrations, Prompt, Prompter
from sommelier.agent.planners.model.resolve import Resolver
from sommelier.agent.planners.model.schema import frame_schema
from sommelier.agent.planners.model.view import linked, mentioned
from sommelier.agent.planners.rules.outcomes import readable
from sommelier.agent.planners.rules.planner import RulesPlanner
from sommelier.agent.planners.rules.reading.link import Linker
from sommelier.agent.planners.rules.reading.words import words
from sommelier.agent.working import Working
from sommelier.errors import (
    ContextTooLong,
    ModelBadAnswer,
    ModelError,
    ModelFault,
    ModelRateLimited,
    ModelRefused,
    ModelRejected,
    ModelTimeout,
    ModelUnauthorised,
    ModelUnreachable,
    NotRecorded,
    OverBudget,
    UsageError,
)
from sommelier.llm.chat.base import ChatModel, Completion, Usage
from sommelier.state.profiles import Profile
from sommelier.tools.lexicon import Lexicon

__all__ = ["ModelPlanner"]

_MAX_TOKENS: Final = 160  # a frame has 30; beyond this a model is going round in circles
_REASONS: Final[dict[type[ModelError], str]] = {
    ModelUnreachable: "it cannot be reached",
    ModelTimeout: "it took too long",
    ModelFault: "its server failed",
    ModelRateLimited: "too many requests for now",
    ModelUnauthorised: "its key was refused",
    ModelRejected: "its server did not take the request",
    ModelRefused: "it declined",
    ModelBadAnswer: "its answer was no plan",
    ContextTooLong: "too much to read at once",
    OverBudget: "the budget is spent",
    NotRecorded: "this was never recorded",
}
_CUT, _NO_FRAME, _NO_SENSE = "its answer broke off", "its answer was no plan", "it made no sense"


class ModelPlanner:
    """Plans with a language model over one catalogue."""

    def __init__(
        self,
        lexicon: Lexicon,
        model: ChatModel,
        *,
        prompt: Prompt = "brief",
        fallback: Planner | None = None,
        demonstrations: Demonstrations | None = None,
        shots: int = 4,
        name: str = "",
        language: str = "en",
    ) -> None:
        """`name` is what the brain is called; without it, as the model is.

        `shots` demonstrations are shown of those that there are.
        """
        self.name = name or model.name
        self._strict = prompt == "brief"  # such a model infers nothing beyond what is linked
        self._model, self._schema = model, frame_schema(lexicon)
        self._lexicon, self._linker = lexicon, Linker(lexicon, words(language))
        self._prompter = Prompter(lexicon, self._linker, prompt, demonstrations, shots)
        self._resolver = Resolver(lexicon, language)
        self._heeder = Heeder(lexicon, words(language))
        self._fallback = fallback or RulesPlanner(lexicon, language)

    async def warm(self) -> None:
        """Let the model read the catalogue now, so that no first message waits for it."""
        view = View(self._lexicon, Working(), Profile())
        with suppress(ModelError):  # the first message will tell
            await self._model.complete(self._prompter.messages("hi", view), max_tokens=1)

    async def plan(self, message: str, view: View) -> Planned:
        """Return the plan of the frame that the model writes, else the rules brain's."""
        text, notes = readable(message)
        unread = self._strict and view.language != "en"  # such a model was taught English alone
        if not text or unread:
            return await self._fallback.plan(message, view)
        try:
            completion = await self._model.complete(
                self._prompter.messages(text, view),
                schema=self._schema,
                max_tokens=_MAX_TOKENS,
                temperature=0.0,
            )
        except ModelError as error:
            reason = next((_REASONS[c] for c in type(error).__mro__ if c in _REASONS), "it failed")
            return await self._instead(message, view, reason)
        if completion.finish == "length":
            return await self._instead(message, view, _CUT, completion)
        try:
            frame = Frame.from_json(completion.data)  # type: ignore[arg-type]  # anything is refused
        except UsageError:
            return await self._instead(message, view, _NO_FRAME, completion)
        links = linked(text, view, self._linker)
        frame = grounded(frame, text, links, strict=self._strict)
        told, frame = frame, bidden(frame, text, links, self._lexicon)
        if unbidden(told, frame, text):
            return await self._instead(message, view, _NO_SENSE, completion)
        if self._strict:
            frame = self._heeder.heeded(frame, text, mentioned(text, view, self._linker)[1])
        plan = self._resolver.plan(frame, text, view)
        if _lost(plan):
            instead = await self._instead(message, view, _NO_SENSE, completion)
            if not _lost(instead.plan):  # else neither brain understood, which needs no excuse
                return instead
        return Planned(
            plan.model_copy(update={"notes": (*notes, *plan.notes)}),
            self.name,
            completion.spent,
            repaired=completion.repaired,
            wrote=frame.to_text(),
        )

    async def _instead(
        self, message: str, view: View, reason: str, completion: Completion | None = None
    ) -> Planned:
        """Return the fall-back's plan, and say that it is one and why."""
        planned = await self._fallback.plan(message, view)
        note = Say(topic="brain_fell_back", about=reason)
        plan = planned.plan.model_copy(update={"notes": (note, *planned.plan.notes)})
        return Planned(
            plan,
            planned.brain,
            planned.spent + (completion.spent if completion else Usage()),
            fell_back=reason,
            repaired=bool(completion and completion.repaired),
            wrote=completion.text if completion else "",
        )


def _lost(plan: Plan) -> bool:
    """Return whether a plan only says that nothing was understood."""
    return any(say.topic == "not_understood" for say in plan.of(Say))
