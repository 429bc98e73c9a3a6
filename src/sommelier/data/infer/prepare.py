"""From what a source read to a dataset: schema inferred or given, log numbered, fields derived."""

import polars as pl

from sommelier.data.catalog import DTYPES, Catalog
from sommelier.data.dataset import Dataset
from sommelier.data.infer.correct import corrected
from sommelier.data.infer.derived import derived
from sommelier.data.infer.facts import learn
from sommelier.data.infer.fields import infer
from sommelier.data.infer.known import noun_among, plural_of
from sommelier.data.interactions import Interactions
from sommelier.data.schema import Field, Schema
from sommelier.data.settings import Settings
from sommelier.data.sources.base import Imported
from sommelier.types import ITEM_ID

__all__ = ["meaning", "prepare"]


def prepare(imported: Imported, settings: Settings) -> Dataset:
    """Return the dataset that a workspace keeps: inferred, with the kinds that people decided.

    ConfigError or UnknownName if a correction does not fit the new data.
    """
    table, understood = meaning(imported, settings)
    fields = list(understood)
    log = Interactions.from_frame(
        imported.events,
        item_index=table.select(ITEM_ID).with_row_index("item_num"),
        n_items=table.height,
    )
    for field, column in derived(log, {field.name for field in fields}):
        if imported.schema and field.name in imported.schema:
            field = learn(imported.schema[field.name], column)  # noqa: PLW2901  # its own words
        table, fields = table.with_columns(column), [*fields, field]
    schema = understood.model_copy(update={"fields": tuple(fields)})
    corrected(table, schema, settings)  # says now, not at the next opening, what does not fit
    return Dataset(Catalog(table, schema), log, imported.users)


def meaning(imported: Imported, settings: Settings) -> tuple[pl.DataFrame, Schema]:
    """Return the items in stored types and what their fields mean, before the log adds its own."""
    if imported.schema:
        table, fields = _declared(imported.items, imported.schema)
        return table, imported.schema.model_copy(update={"fields": tuple(fields)})
    kinds = {name: one.kind for name, one in settings.fields.items() if one.kind}
    table, fields = infer(imported.items, kinds)
    return table, _named(imported, fields)


def _declared(items: pl.DataFrame, schema: Schema) -> tuple[pl.DataFrame, list[Field]]:
    """Take the columns that a given schema names; it may name fields that only the log adds."""
    known = [field for field in schema if field.name in items.columns]
    table = items.select(pl.col(field.name).cast(DTYPES[field.kind]) for field in known)
    return table, [learn(field, table[field.name]) for field in known]


def _named(imported: Imported, fields: list[Field]) -> Schema:
    words = (imported.noun, noun_among(f.name for f in fields), noun_among([imported.name]))
    noun = next(filter(None, words), "item")
    return Schema(fields=tuple(fields), noun=noun, plural=plural_of(noun))
