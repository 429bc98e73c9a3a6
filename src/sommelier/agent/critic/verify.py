"""The deterministic verifier: looks at every shown item once more, with other eyes.

It reads whole rows, one at a time, and shares no code with the packed scan that chose them. What it
finds wrong is taken out of the answer, items and reasons alike, and written into the trace. Knows
no language model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sommelier.agent.critic.evidence import Evidence
from sommelier.agent.critic.rows import holds
from sommelier.agent.memory import avoided
from sommelier.agent.outcome import Card, Explained, Outcome
from sommelier.agent.plan import Filter, Rank
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.data.predicates import Not, Predicate, from_json
from sommelier.data.schema import Schema
from sommelier.data.where import parse
from sommelier.tools.base import Toolbox

__all__ = ["kept", "verify"]


def kept(outcome: Outcome, box: Toolbox, policy: Policy, at: Situation) -> Outcome:
    """Verify an outcome by everything that was promised: to the person, and to the operator."""
    filters = [step.where for step in outcome.plan.of(Filter)]
    refused: frozenset[str] = frozenset()
    if not outcome.again:
        nums = at.person.refused if policy.show_consumed else at.person.known
        again = outcome.repeated or any(step.again for step in outcome.plan.of(Rank))
        refused = frozenset(box.ids(nums)) | (frozenset() if again else at.working.met)
    return verify(
        outcome,
        box.schema,
        refused=refused,
        required=box.check(parse(policy.require)) if policy.require else None,
        avoided=() if outcome.again else avoided(at.profile, filters),
        evidence=Evidence.of(box, at),
    )


def verify(
    outcome: Outcome,
    schema: Schema,
    *,
    refused: frozenset[str] = frozenset(),
    required: Predicate | None = None,
    avoided: Sequence[Predicate] = (),
    evidence: Evidence | None = None,
) -> Outcome:
    """Take out every card that breaks a promise, note why, and number the rest anew.

    `refused` are ids that must not be shown (met, rejected, shown before), `required` is the
    operator's condition, `avoided` are conditions of the person that no item may satisfy. With
    `evidence`, reasons that it does not bear out are taken off the cards.
    """
    demands = (
        [from_json(step.where) for step in outcome.plan.of(Filter)] if not outcome.again else []
    )
    if required is not None:
        demands.append(required)
    demands += [Not(condition) for condition in avoided]
    limit = max((step.n for step in outcome.plan.of(Rank)), default=len(outcome.cards))
    kept: list[Card] = []
    ids: set[str] = set()
    for card in outcome.cards:
        fault = next(_faults(card.item_id, card.row, demands, schema, refused, ids), None)
        if fault is None and len(kept) >= limit and not outcome.again:
            fault = f"the list is longer than {limit}"
        if fault is None:
            kept.append(replace(card, rank=len(kept) + 1))
            ids.add(card.item_id)
        else:
            outcome.faults.append(f"{card.item_id}: {fault}")
    outcome.cards = kept
    if evidence is not None:
        _without_false_reasons(outcome, evidence)
    return outcome


def _without_false_reasons(outcome: Outcome, evidence: Evidence) -> None:
    """Take off reasons that their evidence does not bear out; the item itself stays."""
    text = "" if outcome.again else " ".join(step.text for step in outcome.plan.of(Rank))

    def clean(card: Card, words: str | None) -> Card:
        kept = tuple(reason for reason in card.reasons if evidence.bears(reason, card, words))
        for reason in card.reasons:
            if reason not in kept:
                outcome.faults.append(f"{card.item_id}: the reason {reason.kind!r} does not hold")
        return card if len(kept) == len(card.reasons) else replace(card, reasons=kept)

    outcome.cards = [clean(card, None if outcome.again else text) for card in outcome.cards]
    outcome.explained = [Explained(clean(one.card, None)) for one in outcome.explained]


def _faults(
    item_id: str,
    row: dict[str, Any],
    demands: Sequence[Predicate],
    schema: Schema,
    refused: frozenset[str],
    ids: set[str],
) -> Iterator[str]:
    if item_id in ids:
        yield "it stands twice"
    if item_id in refused:
        yield "it was met, refused or shown before"
    for demand in demands:
        if not holds(demand, row, schema):
            yield f"it breaks {demand}"
