"""A language model as judge of a plan, for what code cannot decide: was that what was meant?

It reads the message, the plan in the words of frames, and the titles found; it answers yes, or no
with one sentence of advice. A judge that cannot be reached has nothing to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from sommelier.agent.critic.findings import Finding
from sommelier.agent.digest.telling import told
from sommelier.agent.outcome import Outcome
from sommelier.agent.plan import Plan
from sommelier.agent.planners.base import View
from sommelier.errors import ModelError
from sommelier.llm.chat import schema as shapes
from sommelier.llm.chat.base import ChatModel, Message, Usage

__all__ = ["Judge", "Judged", "Verdict"]

_LONGEST: Final = 600  # characters of a message that the judge reads
_TOKENS: Final = 100  # of its answer
_SHOWN: Final = 8  # titles it is shown
_NOTHING: Final = Usage()


class Verdict(BaseModel):
    """What a judge answers."""

    model_config = ConfigDict(extra="forbid")

    fine: bool
    advice: Annotated[str, Setting(max_length=300)] = ""


@dataclass(frozen=True)
class Judged:
    """What the judge found, and what asking it took."""

    findings: tuple[Finding, ...] = ()
    spent: Usage = _NOTHING


@cache
def _instructions() -> str:
    return files(__package__).joinpath("judge.txt").read_text("utf-8")


class Judge:
    """Asks one language model about plans."""

    def __init__(self, model: ChatModel) -> None:
        self._model, self._shape = model, shapes.Schema.of(Verdict)

    async def judge(self, message: str, view: View, plan: Plan, outcome: Outcome) -> Judged:
        """Return what is wrong with a plan; nothing where it is fine or the model fails."""
        text = "\n".join(_case(message, view, plan, outcome))
        messages = [
            Message(role="system", content=_instructions()),
            Message(role="user", content=text),
        ]
        try:
            answer = await self._model.complete(
                messages, schema=self._shape, max_tokens=_TOKENS, temperature=0.0
            )
            verdict = Verdict.model_validate(answer.data)
        except ModelError:
            return Judged()
        advice = " ".join(verdict.advice.split())
        wrong = not verdict.fine and bool(advice)
        return Judged((Finding("judged", advice),) if wrong else (), answer.spent)


def _case(message: str, view: View, plan: Plan, outcome: Outcome) -> Iterator[str]:
    working = view.working
    if working.shown:
        shown = ", ".join(view.lexicon.label_of(item) for item in working.shown[:_SHOWN])
        yield f"list before: {told(working.plan, view.lexicon)}; shown: {shown}"
    yield f"message: {message[:_LONGEST]}"
    yield f"plan: {told(plan, view.lexicon)}"
    titles = [view.lexicon.label_of(card.item_id) for card in outcome.cards[:_SHOWN]]
    yield f"found: {', '.join(titles) or 'nothing to show'}"
