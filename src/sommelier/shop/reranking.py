"""Putting texts and items that a caller brings in order, in scores from 0 to 1.

Items alone are ranked as in every list: words, taste and fame together. Where free texts stand
among them, meaning decides for all alike, and taste moves the items.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sommelier.errors import NotInstalled
from sommelier.llm.encoder import open_encoder
from sommelier.shop.lists import Lists
from sommelier.state.profiles import Profile
from sommelier.tools.base import standard
from sommelier.tools.rank import Wishes, rank
from sommelier.tools.text import stems
from sommelier.types import Floats

__all__ = ["Document", "relevances"]

_TASTE = 0.2  # how far taste moves an item that stands among free texts


@dataclass(frozen=True)
class Document:
    """What is to be put in order: an item, or a text of the caller's own."""

    text: str = ""
    item_id: str | None = None


def relevances(
    lists: Lists, who: str | None, profile: Profile, query: str, documents: Sequence[Document]
) -> list[float | None]:
    """Return how well each document answers a query for a person, 0 to 1.

    None for items that the operator lets nobody see; UnknownName for a foreign item_id.
    """
    ids = [document.item_id for document in documents if document.item_id is not None]
    nums = lists.box.catalog.nums(ids)
    shown = dict(zip(ids, lists.may_be_shown(nums).tolist(), strict=True))
    taste = _taste(lists, who, profile, query if len(ids) == len(documents) else "", ids)
    if len(ids) == len(documents):
        return [taste[item] if shown[item] else None for item in ids]
    about = _near(query, _texts(lists, documents))
    moved = [
        float(near) if one.item_id is None else (1 - _TASTE) * near + _TASTE * taste[one.item_id]
        for near, one in zip(about.tolist(), documents, strict=True)
    ]
    return [
        value if one.item_id is None or shown[one.item_id] else None
        for value, one in zip(moved, documents, strict=True)
    ]


def _taste(
    lists: Lists, who: str | None, profile: Profile, query: str, ids: Sequence[str]
) -> dict[str, float]:
    """Return the score of each item from 0 to 1: words, taste and fame over these items."""
    if not ids:
        return {}
    nums = np.unique(lists.box.catalog.nums(dict.fromkeys(ids))).astype(np.int32)
    person = lists.person(who, profile)
    pool = lists.box.everything().narrowed(nums, "rerank", {}, 0.0)
    ranked = rank(lists.box, pool, Wishes(query=person.query, text=query), len(nums))
    values = standard(ranked.scores) if ranked.scores is not None else np.zeros(len(ranked))
    squeezed = (1 / (1 + np.exp(-values.astype(np.float64)))).round(6)
    return dict(zip(lists.box.ids(ranked.nums), squeezed.tolist(), strict=True))


def _texts(lists: Lists, documents: Sequence[Document]) -> list[str]:
    table = lists.box.catalog
    items = [one.item_id for one in documents if one.item_id is not None]
    read = dict(zip(items, table.texts(table.nums(items)), strict=True))
    return [one.text if one.item_id is None else read[one.item_id] for one in documents]


def _near(query: str, texts: Sequence[str]) -> Floats:
    """Return how near each text is to the query: in meaning, or in words without an encoder."""
    try:
        vectors = open_encoder(threads=1).encode([query, *texts])
    except NotInstalled:
        wanted = set(stems(query))
        shared = [len(wanted & set(stems(text))) / max(1, len(wanted)) for text in texts]
        return np.asarray(shared, np.float32)
    return np.asarray(np.clip(vectors[1:] @ vectors[0], 0, 1).round(6), np.float32)
