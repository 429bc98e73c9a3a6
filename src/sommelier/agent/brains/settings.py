"""The settings of a brain: the `[brain]` table of `sommelier.toml`, over which options are laid.

Holds no key: `key_env` is only the name of the environment variable that a surface reads it from.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic import Field as Setting

from sommelier.errors import ConfigError
from sommelier.llm.chat.budget import Limits, Price

__all__ = ["BrainSettings"]


class BrainSettings(BaseModel):
    """Which brain plans, where its model is served, and what it may take."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[
        str, Setting(description="the brain; none: the best of what is installed, or the endpoint")
    ] = ""
    base_url: Annotated[str, Setting(description="an endpoint's address, usually with /v1")] = ""
    model: Annotated[str, Setting(description="the model on that endpoint, or a GGUF file")] = ""
    key_env: Annotated[
        str, Setting(description="the name of the environment variable that holds the key")
    ] = ""
    timeout: Annotated[float, Setting(description="seconds for one answer", gt=0)] = 30.0
    attempts: Annotated[int, Setting(description="calls at most for one answer", ge=1, le=10)] = 2
    longest_wait: Annotated[
        float, Setting(description="seconds to wait at most between two attempts", ge=0)
    ] = 5.0
    prompt: Annotated[
        Literal["", "brief", "full"],
        Setting(description="brief for a model tuned on our plans; full tells any other how"),
    ] = ""
    demonstrations: Annotated[
        int, Setting(description="examples shown to a model that gets the full prompt", ge=0, le=40)
    ] = 6
    max_tokens: Annotated[int, Setting(description="longest answer, in tokens", ge=16)] = 400
    turn: Annotated[Limits, Setting(description="what one turn may take")] = Limits()
    day: Annotated[Limits, Setting(description="what one day (UTC) may take")] = Limits()
    price: Annotated[Price | None, Setting(description="money per million tokens")] = None
    phrase: Annotated[bool, Setting(description="whether a model rewords the replies")] = False
    judge: Annotated[
        bool, Setting(description="whether the model also judges plans that pass the critic")
    ] = False
    record: Annotated[
        Path | None, Setting(description="a folder where every call is kept, to be replayed")
    ] = None
    replay: Annotated[
        Path | None, Setting(description="a folder of recordings to answer from, without a call")
    ] = None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.record and self.replay:
            raise ValueError("record and replay exclude each other")
        if self.price is None and (self.turn.cost, self.day.cost) != (None, None):
            raise ValueError("a limit of cost needs `price`; give 0 if the model costs nothing")
        return self

    @classmethod
    def read(cls, table: Mapping[str, Any], **options: Any) -> Self:
        """Read a `[brain]` table and lay options over it, but for those that are None or "".

        ConfigError names the key that breaks its rule.
        """
        given = {key: value for key, value in options.items() if value not in (None, "")}
        try:
            return cls.model_validate({**table, **given})
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"[brain] {key or 'as a whole'}: {first['msg']}.",
                hint=f"Known keys: {', '.join(cls.model_fields)}.",
            ) from error
