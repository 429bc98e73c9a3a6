"""What a catalogue's fields mean: one kind each, and what was learned of their values.

Everything that talks about a catalogue is derived from here: conditions, prompts, JSON schemas, the
rules brain's vocabulary. A new domain needs no code, only another schema. It is inferred on import
(`infer.py`) and corrected by people in `sommelier.toml`, table `[fields.<name>]`.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from sommelier.errors import ConfigError, PredicateError, UnknownName

__all__ = ["Field", "Kind", "Schema"]


class Kind(StrEnum):
    """What sort of thing a field holds, and so what may be asked of it."""

    ID = "id"  # the shop's own key, one per item
    TITLE = "title"  # the name that people call it by
    TEXT = "text"  # prose, searched by meaning
    CATEGORY = "category"  # one word out of a vocabulary
    TAGS = "tags"  # several words out of a vocabulary
    NUMBER = "number"  # a quantity, compared and sorted
    DATE = "date"  # a day, compared and sorted; held as whole days since 1970-01-01
    FLAG = "flag"  # yes or no


class Field(BaseModel):
    """One field: its kind, a plain description, and learned facts about its values."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    description: Annotated[str, Setting(description="one plain sentence for people and models")] = (
        ""
    )
    unit: Annotated[str, Setting(description="minutes, USD, pages; empty if it has none")] = ""
    aliases: Annotated[
        tuple[str, ...], Setting(description="other words people use for the field itself")
    ] = ()
    synonyms: Annotated[
        dict[str, str], Setting(description="a word people say -> the value it stands for")
    ] = {}
    people: Annotated[bool, Setting(description="its values are names of people")] = False
    hidden: Annotated[bool, Setting(description="stored, but never shown nor searched")] = False
    minimum: float | None = None
    maximum: float | None = None
    distinct: Annotated[int, Setting(description="how many different values", ge=0)] = 0
    missing: Annotated[float, Setting(description="share of items without it", ge=0, le=1)] = 0.0
    examples: Annotated[tuple[str, ...], Setting(description="its most frequent values")] = ()


class Schema(BaseModel):
    """The fields of a catalogue, in order. Exactly one `id`; at most one `title`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fields: tuple[Field, ...]
    noun: Annotated[str, Setting(description="what one item is called: film, book, product")] = (
        "item"
    )
    plural: str = "items"

    def model_post_init(self, _context: Any) -> None:
        """Check the rules that span fields."""
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ConfigError(f"A field name stands twice in the schema: {sorted(names)}.")
        if len(self.of(Kind.ID)) != 1:
            raise ConfigError("A schema needs exactly one field of kind 'id'.")
        if len(self.of(Kind.TITLE)) > 1:
            raise ConfigError(
                f"Only one field may be the title, not {[f.name for f in self.of(Kind.TITLE)]}.",
                hint="Set the kind of the others to 'text' in sommelier.toml.",
            )

    def __iter__(self) -> Iterator[Field]:  # type: ignore[override]  # fields, not pydantic pairs
        return iter(self.fields)

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def __getitem__(self, name: str) -> Field:
        for field in self.fields:
            if field.name == name:
                return field
        raise UnknownName("field", name, [field.name for field in self.fields])

    def of(self, *kinds: Kind) -> list[Field]:
        """Return the fields of these kinds, in order."""
        return [field for field in self.fields if field.kind in kinds]

    @property
    def id_field(self) -> str:
        """Name of the field that holds the shop's own key."""
        return self.of(Kind.ID)[0].name

    @property
    def title_field(self) -> str:
        """Name of the field that people call an item by; the id where there is no title."""
        titles = self.of(Kind.TITLE)
        return titles[0].name if titles else self.id_field

    def require(self, name: str, *kinds: Kind) -> Field:
        """Return the field if it is of one of `kinds`, else PredicateError names those that are."""
        field = self[name]
        if field.kind not in kinds:
            fit = [f.name for f in self.of(*kinds)]
            raise PredicateError(
                f"Field {name!r} is of kind {field.kind.value!r}, which cannot be used here.",
                hint=f"Fields that can: {', '.join(fit) or 'none in this catalogue'}.",
            )
        return field

    def to_toml(self) -> dict[str, Any]:
        """Return the tables that `sommelier.toml` holds; `from_toml` reads them back unchanged."""
        fields = {
            field.name: field.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)
            for field in self.fields
        }
        return {"catalog": {"noun": self.noun, "plural": self.plural}, "fields": fields}

    @classmethod
    def from_toml(cls, tables: dict[str, Any]) -> Self:
        """Read the tables that `to_toml` wrote; a wrong key or kind is a ConfigError."""
        try:
            fields = [{"name": name, **entry} for name, entry in tables["fields"].items()]
            return cls.model_validate({**tables.get("catalog", {}), "fields": fields})
        except (ValidationError, KeyError, TypeError) as error:
            kinds = ", ".join(kind.value for kind in Kind)
            raise ConfigError(
                f"The schema in sommelier.toml cannot be read: {error}",
                hint=f"Each [fields.<name>] needs a kind, one of: {kinds}.",
            ) from error
