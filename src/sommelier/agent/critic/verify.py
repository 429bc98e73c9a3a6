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
from sommelier.agent.guard.demands import Demands
from sommelier.agent.guard.questions import due
from sommelier.agent.memory import avoided
from sommelier.agent.outcome import Card, Explained, Facts, Outcome
from sommelier.agent.plan import Filter, Plan, Rank
from sommelier.agent.policy import Policy
from sommelier.agent.situation import Situation
from sommelier.data.predicates import Not, Predicate, from_json
from sommelier.data.schema import Schema
from sommelier.tools.base import Toolbox

__all__ = ["kept", "verify"]


def kept(
    outcome: Outcome, box: Toolbox, policy: Policy, at: Situation, demands: Demands | None = None
) -> Outcome:
    """Verify an outcome by everything that was promised: to the person, and to the operator.

    `demands` is the policy fitted to the box, where that was done before.
    """
    demands = demands or Demands(policy, box)
    grown = at.working.grown is True
    filters = [step.where for step in outcome.plan.of(Filter)]
    refused: frozenset[str] = frozenset()
    if not outcome.again:
        nums = at.person.refused if policy.show_consumed else at.person.known
        again = outcome.repeated or any(step.again for step in outcome.plan.of(Rank))
        refused = frozenset(box.ids(nums)) | (frozenset() if again else at.working.met)
    steps = tuple(s for s in outcome.plan.steps if s.kind in ("filter", "similar", "rank"))
    field = due(demands, Plan(steps=steps), at)
    if field is not None and outcome.cards:
        outcome.faults.append(f"a list before {field!r} was asked about")
        outcome.cards = []
    outcome = verify(
        outcome,
        box.schema,
        refused=refused,
        required=demands.shown(grown=grown) if not outcome.again else None,
        avoided=() if outcome.again else avoided(at.profile, filters),
        evidence=Evidence.of(box, at),
        longest=1 if policy.one_at_a_time and not outcome.again else None,
    )
    if demands.adult is not None and not grown:
        _without(outcome, demands.adult, box.schema)
    _disclosed(outcome, demands.paid, box.schema)
    return outcome


def _without(outcome: Outcome, adult: Predicate, schema: Schema) -> None:
    """Take out whatever names an item for confirmed ages: cards, facts, explanations, answers."""
    key = schema.id_field

    def allowed(row: dict[str, Any]) -> bool:
        fine = not holds(adult, row, schema)
        if not fine:
            outcome.faults.append(f"{row[key]}: its age rating was not confirmed")
        return fine

    outcome.cards = [card for card in outcome.cards if allowed(card.row)]
    outcome.explained = [one for one in outcome.explained if allowed(one.card.row)]
    outcome.compared = [
        Facts(rows, facts.fields)
        for facts in outcome.compared
        if (rows := tuple(row for row in facts.rows if allowed(row)))
    ]


def _disclosed(outcome: Outcome, paid: Predicate | None, schema: Schema) -> None:
    """Say of every shown item that is paid for that it is, whoever forgot it."""
    if paid is None:
        return
    for card in outcome.cards:
        if holds(paid, card.row, schema) and card.item_id not in outcome.sponsored:
            outcome.faults.append(f"{card.item_id}: sponsored, and it was not said")
            outcome.sponsored = (*outcome.sponsored, card.item_id)


def verify(
    outcome: Outcome,
    schema: Schema,
    *,
    refused: frozenset[str] = frozenset(),
    required: Predicate | None = None,
    avoided: Sequence[Predicate] = (),
    evidence: Evidence | None = None,
    longest: int | None = None,
) -> Outcome:
    """Take out every card that breaks a promise, note why, and number the rest anew.

    `refused` are ids that must not be shown (met, rejected, shown before), `required` is the
    operator's condition, `avoided` are conditions of the person that no item may satisfy. With
    `evidence`, reasons that it does not bear out are taken off the cards. `longest` bounds a list
    whatever its plan says.
    """
    demands = (
        [from_json(step.where) for step in outcome.plan.of(Filter)] if not outcome.again else []
    )
    if required is not None:
        demands.append(required)
    demands += [Not(condition) for condition in avoided]
    limit = max((step.n for step in outcome.plan.of(Rank)), default=len(outcome.cards))
    limit = limit if longest is None else min(limit, longest)
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
