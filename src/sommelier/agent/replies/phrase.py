"""A reply in a language model's words, from the written reply and its evidence only.

The model may phrase, not add: whatever of its text does not stand on the evidence is taken out, and
if nothing is left, or the model fails, the written reply stands. One call at most.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from sommelier.agent.outcome import Outcome
from sommelier.agent.replies.describe import label, value_text
from sommelier.agent.replies.grounded import Evidence, grounded
from sommelier.agent.replies.write import Reply
from sommelier.data.schema import Kind
from sommelier.errors import ModelError
from sommelier.hostile import orders
from sommelier.llm.chat.base import ChatModel, Message, Usage
from sommelier.tools.base import Toolbox

__all__ = ["Phrased", "Phraser"]

_LONGEST: Final = 240  # tokens of a wording
_ITEMS: Final = 8  # items a model reads of
_PROSE: Final = 240  # letters of one fact
_MEASURED: Final = (Kind.NUMBER, Kind.DATE, Kind.FLAG)  # fields that hold no words


@dataclass(frozen=True)
class Phrased:
    """What is said in the end, whether a model worded it, and what that took."""

    text: str
    by_model: bool = False
    usage: Usage = field(default_factory=Usage)


class Phraser:
    """Rewords replies about one catalogue."""

    def __init__(self, model: ChatModel, box: Toolbox) -> None:
        self._model, self._box = model, box
        text = files(__package__).joinpath("phrase.txt").read_text("utf-8")
        self._told = text.format(things=box.schema.plural)

    async def phrase(self, message: str, reply: Reply, outcome: Outcome) -> Phrased:
        """Return the reply reworded, or as it was written; never raises ModelError."""
        written = Phrased(reply.text)
        if outcome.asked or not (outcome.cards or outcome.facts or outcome.explained):
            return written  # questions keep their options, and small talk is well as it is
        evidence = Evidence(reply.body, dict(self._facts(outcome, reply)))
        told = {"message": message, "written": reply.body, "facts": evidence.items}
        asked = [
            Message(role="system", content=self._told),
            Message(role="user", content=json.dumps(told, ensure_ascii=False, indent=1)),
        ]
        try:
            found = await self._model.complete(asked, max_tokens=_LONGEST)
        except ModelError:
            return written
        whole = found.finish == "stop"  # the end of a text that was cut is no sentence
        said = found.text if whole else found.text.rpartition(".")[0] + "."
        kept = grounded(said, evidence, self._box.lexicon, secret=self._told)
        if not kept:
            return Phrased(reply.text, usage=found.spent)
        parts = (reply.notes, kept, reply.disclosed)
        said = " ".join(part for part in parts if part)
        return Phrased(said, by_model=True, usage=found.spent)

    def _facts(self, outcome: Outcome, reply: Reply) -> Iterator[tuple[str, str]]:
        """Yield each item's title and what may be said of it."""
        reasons = dict(zip(outcome.item_ids, reply.reasons, strict=True))
        rows = [card.row for card in outcome.cards]
        rows += [row for facts in (*outcome.facts, *outcome.compared) for row in facts.rows]
        rows += [one.card.row for one in outcome.explained]
        key = self._box.schema.id_field
        for row in {row[key]: row for row in rows[:_ITEMS]}.values():
            told = [*self._values(row), *reasons.get(row[key], ())]
            yield self._box.lexicon.label_of(row[key]), "; ".join(told)

    def _values(self, row: dict[str, Any]) -> Iterator[str]:
        """Yield an item's values; where they give orders, alone or joined, only the measured."""
        measured = self._speaks(row)
        for one in self._box.schema:
            value = row.get(one.name)
            plain = one.hidden or one.kind in (Kind.ID, Kind.TITLE)
            if plain or value in (None, "", []) or (measured and one.kind not in _MEASURED):
                continue
            if told := value_text(one, value)[:_PROSE]:
                yield f"{label(one)}: {told}"

    def _speaks(self, row: dict[str, Any]) -> bool:
        """Return whether the words of a row, joined in either order, speak to a machine."""
        texts = [row.get(one.name) for one in self._box.schema if one.kind not in _MEASURED]
        words = [" ".join(map(str, t)) if isinstance(t, list) else str(t) for t in texts if t]
        return (
            any(orders(w) for w in words)
            or orders(" ".join(words))
            or orders(" ".join(words[::-1]))
        )
