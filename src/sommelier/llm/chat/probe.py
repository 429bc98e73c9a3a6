"""The start-up check of a model: is it there, does it hold to a schema, does it stream.

Makes two short calls to a model that is well, one to a model that is not there, at most four. Knows
the contract only, so it checks any model; what it finds is a value to show, never an error.
"""

from collections.abc import Sequence
from importlib import resources
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict

from sommelier.errors import ModelBadAnswer, ModelError
from sommelier.llm.chat.base import ChatModel, Completion, Message
from sommelier.llm.chat.schema import Schema

__all__ = ["Finding", "Probe", "probe"]

_ASKED: Final = Schema(
    "readiness",
    {
        "type": "object",
        "properties": {
            "state": {"type": "string", "enum": ["amber", "violet"]},
            "level": {"type": "integer", "minimum": 3, "maximum": 5},
        },
        "required": ["state", "level"],
        "additionalProperties": False,
    },
)
_LONGEST: Final = 64  # tokens; the answer needs about twenty


class Finding(BaseModel):
    """One thing that is not as it should be, in a sentence, and what to do about it."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["no_answer", "no_schema", "no_streaming"]
    sentence: str
    hint: str = ""
    cause: str = ""  # the class of the error that showed it


class Probe(BaseModel):
    """What the check of a model has found."""

    model_config = ConfigDict(frozen=True)

    model: str
    findings: tuple[Finding, ...] = ()

    @property
    def answers(self) -> bool:
        """Whether the model can be talked to at all."""
        return not self._found("no_answer")

    @property
    def plans(self) -> bool:
        """Whether its structured answers can be relied on."""
        return self.answers and not self._found("no_schema")

    @property
    def streams(self) -> bool:
        """Whether its answers come in pieces."""
        return self.answers and not self._found("no_streaming")

    def _found(self, kind: str) -> bool:
        return any(finding.kind == kind for finding in self.findings)


async def probe(model: ChatModel) -> Probe:
    """Return what is wrong with a model; no findings if all is well."""
    text = resources.files("sommelier.llm.chat").joinpath("prompts/probe.txt").read_text("utf-8")
    messages = [Message(role="user", content=text.strip())]
    findings: list[Finding] = []
    try:
        found = await model.complete(messages, schema=_ASKED, max_tokens=_LONGEST)
        if found.repaired:
            findings.append(_ignores(model, "It first answered something else than was asked for."))
    except ModelBadAnswer as error:
        findings.append(_ignores(model, error.message))
    except ModelError as error:
        return Probe(model=model.name, findings=(_silent(model, error),))
    try:
        findings += await _streaming(model, messages)
    except ModelError as error:  # not even in plain words: nothing else matters then
        findings = [_silent(model, error)]
    return Probe(model=model.name, findings=tuple(findings))


async def _streaming(model: ChatModel, messages: Sequence[Message]) -> list[Finding]:
    """Return what streaming shows; ModelError if the model gives no plain answer either."""
    pieces = 0
    try:
        async for piece in model.stream(messages, max_tokens=_LONGEST):
            pieces += not isinstance(piece, Completion)
    except ModelError as error:
        await model.complete(messages, max_tokens=_LONGEST)
        return [_whole(model, error.message, type(error).__name__)]
    return [] if pieces else [_whole(model, "No piece came before the end.")]


def _silent(model: ChatModel, error: ModelError) -> Finding:
    return Finding(
        kind="no_answer",
        sentence=f"The model {model.name!r} gives no answer. {error.message}",
        hint=error.hint,
        cause=type(error).__name__,
    )


def _ignores(model: ChatModel, said: str) -> Finding:
    return Finding(
        kind="no_schema",
        sentence=f"The server of {model.name!r} does not hold answers to a JSON schema. {said}",
        hint="Plans will need repair or fail. Take a server that knows `response_format`, such as "
        "llama.cpp's or vLLM, or let the rules brain plan.",
    )


def _whole(model: ChatModel, said: str, cause: str = "") -> Finding:
    return Finding(
        kind="no_streaming",
        sentence=f"The server of {model.name!r} does not stream. {said}",
        hint="Set `streams` to false: replies then appear whole.",
        cause=cause,
    )
