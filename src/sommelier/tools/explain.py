"""Reasons that are true: read from a field, a score's parts, or the person's own history."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sommelier.data.predicates import Compare, Predicate
from sommelier.engines.base import Explains
from sommelier.tools.base import Toolbox
from sommelier.tools.candidates import Candidates
from sommelier.tools.rank import Wishes
from sommelier.tools.similar import shared
from sommelier.types import Nums

__all__ = ["Reason", "explain"]

_ReasonKind = Literal["meets", "misses", "history", "shares", "like", "text", "leaning", "known"]
_NEAR = 1.2  # deviations above the mean likeness from which words are worth naming
_SHARE = 0.2  # a history item below this share of the score is not worth naming


@dataclass(frozen=True)
class Reason:
    """One piece of evidence. The reply turns it into words; nothing else may."""

    kind: _ReasonKind
    field: str = ""
    values: tuple[str, ...] = ()
    items: tuple[str, ...] = ()  # item_ids
    condition: Compare | None = None
    amount: float = 0.0


def explain(
    box: Toolbox,
    ranked: Candidates,
    wishes: Wishes,
    conditions: Sequence[Predicate],
    *,
    alone: bool = False,
) -> list[list[Reason]]:
    """Return the reasons of every ranked item, in order, the strongest first.

    Taste is named where it lifts an item above the other candidates; `alone` names it anyway, for
    items that were ranked among themselves only.
    """
    rows = box.catalog.rows(ranked.nums)
    seed_rows = box.catalog.rows(wishes.seeds)
    seed_ids = tuple(box.ids(wishes.seeds))
    found: list[list[Reason]] = []
    for at, (num, row) in enumerate(zip(ranked.nums.tolist(), rows, strict=True)):
        parts = {name: float(scores[at]) for name, scores in ranked.parts.items()}
        reasons = [Reason("meets", condition=c) for c in conditions if isinstance(c, Compare)]
        for number, wish in enumerate(wishes.soft):
            met = bool(parts.get(f"soft{number}"))
            if isinstance(wish, Compare) and (met or not box.lexicon.loose(wish.field)):
                kind: _ReasonKind = "meets" if met else "misses"
                reasons.append(Reason(kind, condition=wish))
        if len(wishes.seeds):
            reasons += [
                Reason("shares", field=name, values=tuple(values[:3]), items=seed_ids)
                for name, values in shared(box, row, seed_rows).items()
            ]
            reasons.append(Reason("like", items=seed_ids, amount=parts.get("like", 0.0)))
        if wishes.text and parts.get("text", 0.0) > _NEAR:
            reasons.append(Reason("text", values=(wishes.text,), amount=parts["text"]))
        reasons += _tastes(box, wishes, num, parts, alone=alone)
        if box.counts[num] > 0:
            reasons.append(Reason("known", amount=float(box.counts[num])))
        found.append(reasons)
    return found


def _tastes(
    box: Toolbox, wishes: Wishes, num: int, parts: dict[str, float], *, alone: bool
) -> list[Reason]:
    reasons = []
    lifted = parts.get("taste", 0.0) > 0 or (alone and "taste" in parts)
    if lifted and isinstance(box.ranker, Explains):
        items = _sources(box.ranker.contributions(wishes.query, num), wishes.query.disliked)
        if len(items):
            reasons.append(Reason("history", items=tuple(box.ids(items))))
    if parts.get("lean", 0.0) > 0:
        one = np.asarray([num])
        reasons += [
            Reason("leaning", condition=wish)
            for wish, weight in wishes.leanings
            if weight > 0
            and isinstance(wish, Compare)
            and box.catalog.packed.mask(box.check(wish))[one][0]
        ]
    return reasons


def _sources(contributions: dict[int, float], disliked: Nums) -> Nums:
    """Return the two items met or liked that carried most of a score.

    Being unlike what is disliked lifts a score too, but nobody wants to hear that as a reason.
    """
    spoken = {num: value for num, value in contributions.items() if num not in disliked}
    total = sum(value for value in spoken.values() if value > 0)
    ordered = sorted(spoken.items(), key=lambda pair: -pair[1])[:2]
    return np.asarray([i for i, value in ordered if total and value / total >= _SHARE], np.int32)
