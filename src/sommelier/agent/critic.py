"""The deterministic verifier: looks at every shown item once more, with other eyes.

It reads whole rows, one at a time, and shares no code with the packed scan that chose them. What it
finds wrong is taken out of the answer and written into the trace. Knows no language model.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sommelier.agent.outcome import Card, Outcome
from sommelier.agent.plan import Filter, Rank
from sommelier.data.predicates import All, Any_, Compare, Not, Predicate, day_number, from_json
from sommelier.data.schema import Kind, Schema

__all__ = ["holds", "verify"]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "between": lambda a, b: b[0] <= a <= b[1],
    "in": lambda a, b: a in b,
}


def verify(
    outcome: Outcome,
    schema: Schema,
    *,
    refused: frozenset[str] = frozenset(),
    required: Predicate | None = None,
    avoided: Sequence[Predicate] = (),
) -> Outcome:
    """Take out every card that breaks a promise, note why, and number the rest anew.

    `refused` are ids that must not be shown (met, rejected, shown before), `required` is the
    operator's condition, `avoided` are conditions of the person that no item may satisfy.
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
    return outcome


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


def holds(predicate: Predicate, row: dict[str, Any], schema: Schema) -> bool:
    """Return whether one whole row satisfies a predicate; a missing value satisfies nothing."""
    match predicate:
        case All(parts):
            return all(holds(part, row, schema) for part in parts)
        case Any_(parts):
            return any(holds(part, row, schema) for part in parts)
        case Not(part):
            return not holds(part, row, schema)
        case Compare(name, op, value):
            kind = schema[name].kind
            held = row.get(name)
            missing = held is None or held in ("", [])
            if op == "is_null":
                return missing
            if missing:
                return False
            if kind in (Kind.NUMBER, Kind.DATE, Kind.FLAG):
                return _ORDER[op](_number(held), _number(value))
            return _words(kind, op, held, value)


def _number(value: Any) -> Any:
    match value:
        case tuple() | list():
            return [_number(one) for one in value]
        case date():
            return float((value - date(1970, 1, 1)).days)
        case str():
            return float(day_number(value))
        case _:
            return float(value)


def _words(kind: Kind, op: str, held: Any, value: Any) -> bool:
    wanted = [str(v).casefold() for v in (value if isinstance(value, tuple | list) else (value,))]
    if kind is Kind.TAGS:
        own = {str(v).casefold() for v in held}
        return (
            all(w in own for w in wanted) if op == "contains_all" else any(w in own for w in wanted)
        )
    own_text = str(held).casefold()
    match op:
        case "!=":
            return own_text not in wanted
        case "contains":
            return wanted[0] in own_text
        case _:
            return own_text in wanted
