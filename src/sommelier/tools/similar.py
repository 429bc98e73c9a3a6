"""Likeness to named items: by who met them together, and by what they are about."""

from collections.abc import Sequence

import numpy as np

from sommelier.engines.query import Query
from sommelier.tools.base import Toolbox, standard
from sommelier.types import Floats, Json, Nums

__all__ = ["likeness", "shared", "similar"]

_ABOUT = 0.6  # the share of content beside company, both standardised


def likeness(box: Toolbox, seeds: Nums, pool: Nums | None) -> Floats:
    """Return how like the seeds each item of `pool` (None: every item) is, standardised."""
    size = len(box.catalog) if pool is None else len(pool)
    total = np.zeros(size, np.float32)
    query = [Query.of(liked=seeds)]
    if box.reader is not None:
        total += _ABOUT * standard(box.reader.score(query, pool)[0])
    if box.ranker is not None and box.counts[seeds].sum() > 0:
        total += (1 - _ABOUT) * standard(box.ranker.score(query, pool)[0])
    return standard(total)


def similar(box: Toolbox, item: str, n: int = 10) -> list[tuple[str, float]]:
    """Return the `n` items most like one item as (item_id, likeness), best first."""
    num = box.catalog.num(item)
    scores = likeness(box, np.asarray([num], np.int32), None)
    scores[num] = -np.inf
    order = np.argsort(-scores, kind="stable")[: min(n, len(scores) - 1)]
    return [(box.catalog.ids[int(i)], float(scores[i])) for i in order]


def shared(box: Toolbox, one: Json, others: Sequence[Json]) -> dict[str, list[str]]:
    """Return, by field, the values that an item row has in common with any of the other rows."""
    found: dict[str, list[str]] = {}
    for field in box.lexicon.value_fields:
        theirs = {value for other in others for value in _listed(other.get(field.name))}
        common = [value for value in _listed(one.get(field.name)) if value in theirs]
        if common:
            found[field.name] = common
    return found


def _listed(value: object) -> list[str]:
    if value is None:
        return []
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]
