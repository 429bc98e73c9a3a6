"""Amazon reviews and product metadata as JSON lines, with the fields of 2014, 2018 and 2023.

Reviews carry a reviewer and an `asin` or `parent_asin`; metadata describes products under the same
key. Pictures, videos and lists of other products are left out.
"""

from collections.abc import Callable
from typing import ClassVar, Final

import polars as pl

from sommelier.data.sources import jsonlines
from sommelier.data.sources.base import Imported, Rows, Sieve
from sommelier.data.sources.columns import events_of, items_of, link
from sommelier.data.sources.files import File, Files
from sommelier.data.sources.tables import events_only
from sommelier.errors import DataError
from sommelier.types import ITEM_ID

__all__ = ["Amazon"]

_EVENT: Final = (
    "reviewerID", "user_id", "asin", "parent_asin", "overall", "rating", "unixReviewTime",
    "timestamp",
)  # fmt: skip
_ITEM: Final = {
    "title": "title",
    "description": "description",
    "feature": "features",
    "features": "features",
    "category": "categories",
    "categories": "categories",
    "main_cat": "main_category",
    "main_category": "main_category",
    "brand": "brand",
    "store": "brand",
    "price": "price",
}


class Amazon:
    """Reviews and metadata; either may be packed."""

    name: ClassVar[str] = "amazon"
    expects: ClassVar[str] = (
        "Amazon reviews as JSON lines (reviewerID or user_id, with asin), and beside them the "
        "product metadata (asin or parent_asin, with title)"
    )

    def fits(self, files: Files) -> bool:
        """Return whether a file of reviews is there."""
        return bool(_having(files, _is_review))

    def read(self, files: Files, sieve: Sieve) -> Imported:
        """Read the reviews as events with stars, and the products that are reviewed."""
        reviews, meta = _having(files, _is_review), _having(files, _is_meta)
        if len(reviews) > 1:
            raise DataError(
                f"{files.path} holds {len(reviews)} files of reviews.",
                hint="Put one category, its reviews and its metadata, into a folder of its own.",
            )
        rows = jsonlines.read(reviews[0], sieve, wanted=lambda key: key in _EVENT)
        log = events_of(rows, sieve)
        notes = []
        if meta:
            items, again = _products(meta[0], sieve)
            reviewed = items.filter(pl.col(ITEM_ID).is_in(log.frame[ITEM_ID].unique().implode()))
            notes.append(
                f"{items.height - reviewed.height:,} products without a review are left out."
            )
            if again:
                notes.append(f"{again:,} products stand several times; the first counts.")
            items = reviewed
        else:
            items = events_only(log)
            notes.append("There is no metadata: the catalogue holds the ids in the reviews.")
        events = link(items, log, sieve).with_columns(pl.lit("review").alias("event_type"))
        return Imported(
            items, events, noun="product", notes=tuple(notes), rejects=tuple(sieve.rejects)
        )


def _having(files: Files, test: Callable[[set[str]], bool]) -> list[File]:
    found = []
    for file in files.with_suffix(".json", ".jsonl", ".ndjson"):
        try:
            if file.form == "json" and test(set(jsonlines.keys(file))):
                found.append(file)
        except DataError:
            continue  # one unreadable file among others is no reason to refuse them
    return found


def _is_review(keys: set[str]) -> bool:
    return bool(keys & {"reviewerID", "user_id"}) and bool(keys & {"asin", "parent_asin"})


def _is_meta(keys: set[str]) -> bool:
    return bool(keys & {"asin", "parent_asin"}) and "title" in keys and not _is_review(keys)


def _products(file: File, sieve: Sieve) -> tuple[pl.DataFrame, int]:
    """Return the products, and how many rows gave one again."""
    wanted = {*_ITEM, "asin", "parent_asin"}
    rows = jsonlines.read(file, sieve, wanted=lambda key: key in wanted)
    key = "parent_asin" if "parent_asin" in rows.frame.columns else "asin"
    kept = {key: ITEM_ID, **_ITEM}
    columns: dict[str, pl.Series] = {}
    for name, called in kept.items():
        if name in rows.frame.columns and called not in columns:
            columns[called] = rows.frame[name].alias(called)
    frame = pl.DataFrame(list(columns.values()))
    first = frame[ITEM_ID].is_first_distinct()
    once = Rows(rows.file, frame, rows.lines, rows.first).keep(first.to_numpy())
    return items_of(once, sieve), frame.height - once.frame.height
