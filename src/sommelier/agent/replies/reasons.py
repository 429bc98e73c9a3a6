"""Reasons in words, the most telling first, each once."""

from collections.abc import Callable, Iterator
from typing import Any

from sommelier.agent.outcome import Card
from sommelier.agent.replies.describe import conditions_text, describe, label, value_text
from sommelier.agent.replies.texts import Texts
from sommelier.data.predicates import Compare
from sommelier.data.schema import Kind
from sommelier.state.profiles import Profile
from sommelier.tools.base import Toolbox
from sommelier.tools.explain import Reason

__all__ = ["reasons_of"]

_ORDER = ("misses", "shares", "history", "leaning", "text", "meets", "like", "known")


def reasons_of(
    box: Toolbox, texts: Texts, card: Card, profile: Profile, simulated: bool
) -> list[str]:
    """Return the reasons of one card in words."""
    met = [r.condition for r in card.reasons if r.kind == "meets" and r.condition is not None]
    met = [one for one in met if getattr(one, "field", "") != box.schema.id_field]
    others = [r for r in card.reasons if r.kind not in ("meets", "shares")]
    if any(r.kind == "shares" for r in card.reasons):
        others = [r for r in others if r.kind != "like"]
    others += _shared(box, [r for r in card.reasons if r.kind == "shares"])
    meets = conditions_text(met, box.schema, texts, _titles(box, texts))
    joined = [Reason("meets", values=(meets,))] if met else []
    ordered = sorted([*others, *joined], key=lambda reason: _ORDER.index(reason.kind))
    told = (
        text
        for reason in ordered
        for text in _told(box, texts, reason, card.row, profile, simulated)
    )
    return list(dict.fromkeys(told))


def _titles(box: Toolbox, texts: Texts) -> Callable[[str], str]:
    """Return how items are called in a sentence."""
    return lambda item: texts.titled(box.lexicon.label_of(item), box.schema)


def _missed(box: Toolbox, texts: Texts, wish: Compare, row: dict[str, Any]) -> str:
    field, value = box.schema[wish.field], row.get(wish.field)
    told = describe(wish, box.schema, texts)
    if field.kind is Kind.NUMBER and value is not None:
        shown = texts.fill(
            "conditions", "equal", field=label(field, texts), value=value_text(field, value, texts)
        )
        return texts.fill("why", "misses", value=shown, condition=told)
    return texts.fill("why", "lacks", condition=told)


def _shared(box: Toolbox, reasons: list[Reason]) -> list[Reason]:
    """Join what an item shares with others: people first, then kinds; lands and tongues last."""

    def weight(reason: Reason) -> int:
        field = box.schema[reason.field]
        facet = not field.people and len(box.lexicon.postings(field.name).words) <= 40
        return 0 if field.people else 1 if facet and field.kind is Kind.TAGS else 2

    ordered = sorted(reasons, key=weight)
    telling = [r for r in ordered if weight(r) < 2 or box.lexicon.loose(r.field)] or ordered
    values = tuple(dict.fromkeys(value for r in telling for value in r.values))[:4]
    return [Reason("shares", values=values, items=reasons[0].items)] if values else []


def _told(
    box: Toolbox,
    texts: Texts,
    reason: Reason,
    row: dict[str, Any],
    profile: Profile,
    simulated: bool,
) -> Iterator[str]:
    items = texts.fill("conditions", "and_last").join(map(_titles(box, texts), reason.items))
    match reason.kind:
        case "meets":
            yield texts.fill("why", "meets", condition=reason.values[0])
        case "misses" if reason.condition is not None:
            yield _missed(box, texts, reason.condition, row)
        case "leaning" if reason.condition is not None:
            told = describe(reason.condition, box.schema, texts)
            yield texts.fill("why", "leaning", condition=told)
        case "history":
            liked = all(item in profile.liked for item in reason.items)
            yield texts.fill("why", "liked" if liked else "history", items=items)
        case "shares":
            yield texts.fill("why", "shares", values=texts.joined(reason.values), items=items)
        case "text":
            yield texts.fill("why", "text", values=texts.joined(reason.values))
        case "like":
            yield texts.fill("why", "like", items=items)
        case "known":
            name = "known_simulated" if simulated else "known"
            name += "_one" if reason.amount == 1 else ""
            yield texts.fill("why", name, n=f"{reason.amount:,.0f}")
