"""What a service is told: flags over environment over a file over defaults.

The environment's names begin with SOMMELIER_ (SOMMELIER_PORT=8080); the file is TOML. Secrets stand
in the environment only.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field as Setting
from pydantic import SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from sommelier.errors import ConfigError

__all__ = ["ServerSettings"]


class ServerSettings(BaseSettings):
    """Everything `sommelier serve` can be told."""

    model_config = SettingsConfigDict(
        env_prefix="SOMMELIER_", extra="forbid", frozen=True, env_ignore_empty=True
    )

    workspaces: Annotated[
        tuple[Path, ...], Setting(description="folders; the first answers under /v1")
    ] = ()
    host: Annotated[str, Setting(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Setting(description="port to listen on", ge=0, le=65535)] = 8000
    workers: Annotated[int, Setting(description="processes", ge=1, le=64)] = 1
    open: Annotated[
        bool, Setting(description="serve without API keys on an address others can reach")
    ] = False
    brain: Annotated[str, Setting(description="the brain, over [brain] of the workspaces")] = ""
    page: Annotated[bool, Setting(description="whether the chat page is served at /")] = True
    mcp: Annotated[bool, Setting(description="whether the MCP server answers at /mcp")] = True
    hosts: Annotated[
        tuple[str, ...],
        Setting(description="names that MCP hosts reach the service by, besides this machine's"),
    ] = ()
    database: Annotated[
        SecretStr,
        Setting(description="a PostgreSQL URL for state; without one, a file a workspace"),
    ] = SecretStr("")
    secret: Annotated[SecretStr, Setting(description="signs the page's cookies")] = SecretStr("")
    cors: Annotated[
        tuple[str, ...], Setting(description="origins whose pages may call; none by default")
    ] = ()
    proxies: Annotated[
        str, Setting(description="addresses whose X-Forwarded-For is believed, comma between")
    ] = "127.0.0.1"
    per_key: Annotated[str, Setting(description="requests that a key may make")] = "6000/minute"
    per_address: Annotated[
        str, Setting(description="requests that an address without a key may make")
    ] = "600/minute"
    body_limit: Annotated[int, Setting(description="bytes of a request", ge=1024)] = 2_000_000
    body_seconds: Annotated[float, Setting(description="for a request to arrive", gt=0)] = 15.0
    answer_seconds: Annotated[float, Setting(description="for an answer to be made", gt=0)] = 60.0
    refresh_after: Annotated[
        float, Setting(description="seconds after catalogue edits; 0 leaves it to a command", ge=0)
    ] = 5.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, then the file that `read` was given."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @classmethod
    def read(cls, file: Path | None = None, **flags: Any) -> Self:
        """Return the settings; flags that are None say nothing. ConfigError names key and rule."""
        if file is not None and not file.is_file():
            raise ConfigError(f"There is no settings file {file}.")
        config = SettingsConfigDict(**cls.model_config)
        config["toml_file"] = file
        told = {key: value for key, value in flags.items() if value is not None}
        try:
            made: Self = type(cls.__name__, (cls,), {"model_config": config})(**told)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise ConfigError(
                f"The setting {key!r} of the service: {first['msg']}.",
                hint=f"Known: {', '.join(cls.model_fields)}.",
            ) from error
        return made

    def revealed(self) -> str:
        """Return everything as JSON, secrets too: for a process of our own, never for a log."""
        told = self.model_dump(mode="json")
        told |= {key: getattr(self, key).get_secret_value() for key in ("database", "secret")}
        return json.dumps(told)
