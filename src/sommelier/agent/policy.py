"""What the operator demands, from the `[policy]` table of `sommelier.toml`.

Enforced by the executor and checked by the critic, whatever a brain says.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic import Field as Setting

from sommelier.errors import ConfigError

__all__ = ["Policy"]


class Policy(BaseModel):
    """The operator's rules for every conversation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    list_length: Annotated[int, Setting(description="items in a list", ge=1, le=50)] = 5
    show_consumed: Annotated[
        bool, Setting(description="whether items of the person's own log may be recommended")
    ] = False
    require: Annotated[
        str, Setting(description="a WHERE string that every shown item satisfies: in_stock = true")
    ] = ""
    reviews: Annotated[
        int,
        Setting(description="how often a model may plan anew where the critic objects", ge=0, le=3),
    ] = 1

    @classmethod
    def from_toml(cls, table: dict[str, Any]) -> Self:
        """Read the `[policy]` table; ConfigError names the key and its rule."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"[policy] {key} in sommelier.toml: {first['msg']}",
                hint=f"Known keys: {', '.join(cls.model_fields)}.",
            ) from error
