"""What is learned of a field from its values; people's corrections never change these."""

from typing import Any

import polars as pl

from sommelier.data.schema import Field, Kind

__all__ = ["learn"]

_EXAMPLES = 12


def learn(field: Field, column: pl.Series) -> Field:
    """Return the field with its range, number of different values, missing share and examples.

    `column` is stored by the field's kind. Dates range over days since 1970-01-01.
    """
    facts: dict[str, Any] = {"minimum": None, "maximum": None, "examples": ()}
    match field.kind:
        case Kind.TAGS:
            words = column.explode().drop_nulls()
            facts["missing"] = _share(int((column.list.len().fill_null(0) == 0).sum()), len(column))
        case _:
            words = column.drop_nulls()
            facts["missing"] = _share(column.null_count(), len(column))
    facts["distinct"] = words.n_unique()
    if field.kind in (Kind.NUMBER, Kind.DATE) and len(words):
        physical = words.to_physical()
        facts["minimum"], facts["maximum"] = float(physical.min()), float(physical.max())  # type: ignore[arg-type]  # not empty
    facts["examples"] = _examples(field.kind, words)
    return field.model_copy(update=facts)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _examples(kind: Kind, words: pl.Series) -> tuple[str, ...]:
    if kind in (Kind.ID, Kind.TITLE):
        return tuple(words.head(3).to_list())
    if kind is Kind.TEXT:
        return ()
    counts = words.value_counts(sort=False).sort(
        ["count", words.name], descending=[True, False], nulls_last=True
    )
    top = counts[words.name].head(_EXAMPLES if kind in (Kind.CATEGORY, Kind.TAGS) else 3)
    if kind is Kind.NUMBER:
        return tuple(f"{value:g}" for value in top)
    if kind is Kind.FLAG:
        return tuple("yes" if value else "no" for value in top)
    return tuple(map(str, top))
