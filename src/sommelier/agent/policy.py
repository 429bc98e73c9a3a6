"""What the operator demands, from the `[policy]` table of `sommelier.toml`.

Here are its keys and what each may hold; `sommelier.agent.guard` fits it to a catalogue. Enforced
by the executor and checked by the critic, whatever a brain says.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Setting

from sommelier.data.predicates import Any_, Compare, Predicate, checked, conditions
from sommelier.data.schema import Kind, Schema
from sommelier.data.where import parse
from sommelier.errors import ConfigError, UnknownName, UsageError

__all__ = ["AgeRule", "Policy"]

_WHERE = ("require", "available", "sponsored")  # keys that hold a WHERE string


class AgeRule(BaseModel):
    """Which items only people of some age are shown, once they have said that they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: Annotated[str, Setting(description="the field that holds the rating")]
    over: Annotated[
        int, Setting(description="the age; of a number field, ratings from it on", ge=1, le=120)
    ] = 18
    values: Annotated[
        tuple[str, ...], Setting(description="ratings of a category or tags field: R, NC-17")
    ] = ()
    unrated: Annotated[
        bool, Setting(description="whether items without a rating need the confirmation too")
    ] = False

    def predicate(self, schema: Schema) -> Predicate:
        """Return the condition of a restricted item; ConfigError if the field holds no rating."""
        field = schema[self.field]
        match field.kind:
            case Kind.NUMBER:
                rated: Predicate = Compare(field.name, ">=", float(self.over))
            case Kind.FLAG:
                rated = Compare(field.name, "=", True)
            case Kind.CATEGORY | Kind.TAGS if self.values:
                rated = Any_(tuple(Compare(field.name, "=", value) for value in self.values))
            case Kind.CATEGORY | Kind.TAGS:
                raise ConfigError(
                    f"[policy] age: {field.name!r} holds words, so `values` has to name those for "
                    f"people of {self.over} or older.",
                    hint=f'age = {{ field = "{field.name}", values = ["R", "NC-17"] }}',
                )
            case _:
                raise ConfigError(
                    f"[policy] age.field: {field.name!r} is of kind {field.kind.value!r}, which "
                    "holds no rating.",
                    hint="It takes a number, flag, category or tags field.",
                )
        return Any_((rated, Compare(field.name, "is_null"))) if self.unrated else rated


class Policy(BaseModel):
    """The operator's rules for every conversation and every list."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list_length: Annotated[int, Setting(description="items in a list", ge=1, le=50)] = 5
    one_at_a_time: Annotated[
        bool, Setting(description="whether a list is one item, and then “another?” is asked")
    ] = False
    show_consumed: Annotated[
        bool, Setting(description="whether items of the person's own log may be recommended")
    ] = False
    require: Annotated[
        str, Setting(description="a WHERE string that every shown item satisfies: genre != 'Gore'")
    ] = ""
    available: Annotated[
        str, Setting(description="a WHERE string of what can be had now: in_stock = true")
    ] = ""
    age: Annotated[
        AgeRule | None, Setting(description="what is shown only to those who confirm their age")
    ] = None
    sponsored: Annotated[
        str, Setting(description="a WHERE string of what is paid for, which is then always said")
    ] = ""
    ask_before: Annotated[
        tuple[str, ...], Setting(description="fields asked about before the first list, once each")
    ] = ()
    relax: Annotated[
        bool, Setting(description="whether to offer letting a wish go where nothing fits")
    ] = True
    reviews: Annotated[
        int,
        Setting(description="how often a model may plan anew where the critic objects", ge=0, le=3),
    ] = 1

    @model_validator(mode="before")
    @classmethod
    def _abstain(cls, table: Any) -> Any:
        """Read `abstain = true` as `relax = false`: two words that people look for."""
        if isinstance(table, dict) and isinstance(table.get("abstain"), bool):
            if "relax" in table:
                raise ValueError("`abstain` and `relax` say the same: give one of them")
            rest = {key: value for key, value in table.items() if key != "abstain"}
            return rest | {"relax": not table["abstain"]}
        return table

    @property
    def length(self) -> int:
        """How many items a list has unless asked otherwise."""
        return 1 if self.one_at_a_time else self.list_length

    @classmethod
    def from_toml(cls, table: dict[str, Any], schema: Schema | None = None) -> Self:
        """Read the `[policy]` table; ConfigError names the key and its rule.

        With a schema, fields and values are looked at too.
        """
        try:
            policy = cls.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"[policy] {key} in sommelier.toml: {first['msg']}".replace("  ", " "),
                hint=f"Known keys: {', '.join(cls.model_fields)}.",
            ) from error
        if schema is not None:
            policy.check(schema)
        return policy

    def check(self, schema: Schema) -> None:
        """Raise a ConfigError where a key names what the schema lacks, or cannot be read."""
        for key in _WHERE:
            if getattr(self, key):
                self._checked(key, getattr(self, key), schema)
        if self.age is not None:
            if self.age.field not in schema:
                raise _lacking("age.field", UnknownName("field", self.age.field, _names(schema)))
            self.age.predicate(schema)
        for name in self.ask_before:
            self.asked_field(name, schema)

    @staticmethod
    def asked_field(name: str, schema: Schema) -> str:
        """Return the field that `ask_before` means by a name or an alias."""
        for field in schema:
            if name.casefold() in (field.name.casefold(), *(a.casefold() for a in field.aliases)):
                return field.name
        known = [*_names(schema), *(alias for field in schema for alias in field.aliases)]
        raise _lacking("ask_before", UnknownName("field", name, known))

    @staticmethod
    def _checked(key: str, where: str, schema: Schema) -> None:
        try:
            tree = parse(where)
            for one in conditions(tree):
                if one.field not in schema:
                    raise UnknownName("field", one.field, _names(schema))
            checked(tree, schema)
        except UsageError as error:
            raise _lacking(key, error) from error


def _names(schema: Schema) -> list[str]:
    return [field.name for field in schema]


def _lacking(key: str, error: UsageError) -> ConfigError:
    return ConfigError(f"[policy] {key} in sommelier.toml: {error.message}", hint=error.hint)
