"""People's corrections of the inferred schema, applied when a workspace is opened."""

import polars as pl

from sommelier.data.infer.cells import convert
from sommelier.data.infer.facts import learn
from sommelier.data.infer.guess import guess
from sommelier.data.infer.known import plural_of
from sommelier.data.schema import Field, Kind, Schema
from sommelier.data.settings import FieldSettings, Settings
from sommelier.errors import ConfigError, UnknownName

__all__ = ["corrected"]


def corrected(
    table: pl.DataFrame, schema: Schema, settings: Settings
) -> tuple[pl.DataFrame, Schema]:
    """Return the table and schema as people want them; columns follow a changed kind."""
    unknown = [name for name in settings.fields if name not in schema]
    if unknown:
        raise UnknownName(
            "field",
            unknown[0],
            [field.name for field in schema],
            hint=f"sommelier.toml corrects it in [fields.{unknown[0]}]: mend the name or remove "
            f"the table. Fields: {', '.join(field.name for field in schema)}.",
        )
    fields = []
    new_title = any(one.kind is Kind.TITLE for one in settings.fields.values())
    for field in schema:
        wish = settings.fields.get(field.name, FieldSettings())
        if new_title and field.kind is Kind.TITLE and wish.kind is None:
            wish = wish.model_copy(update={"kind": Kind.TEXT})
        column, field = _corrected(table[field.name], field, wish)  # noqa: PLW2901  # same field
        table = table.with_columns(column)
        fields.append(field)
    noun = settings.catalog.noun or schema.noun
    plural = settings.catalog.plural or (
        plural_of(noun) if settings.catalog.noun else schema.plural
    )
    return table, Schema(fields=tuple(fields), noun=noun, plural=plural)


def _corrected(column: pl.Series, field: Field, wish: FieldSettings) -> tuple[pl.Series, Field]:
    said = wish.model_dump(exclude_none=True)
    kind = said.get("kind", field.kind)
    if Kind.ID in (kind, field.kind) and kind is not field.kind:
        raise ConfigError(
            f"[fields.{field.name}] in sommelier.toml: the kind 'id' cannot be given or taken.",
            hint="Name the column of the key item_id in the items file and import again.",
        )
    changed = field.model_copy(update=said)
    if kind is field.kind:
        return column, changed
    read = guess(field.name, column, kind)
    values = read.values if read else convert(column, kind)
    return values.alias(field.name), learn(changed, values)
