"""Where a model is served: the settings of an endpoint, and the client that connects to it.

Reads no environment variable, and keeps the client library from reading any.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import AfterValidator, AnyHttpUrl, BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic import Field as Setting

from sommelier.errors import ConfigError

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Endpoint", "connect"]


def _fit_for_a_header(key: SecretStr) -> SecretStr:
    text = key.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("holds characters that no key has")
    return key


class Endpoint(BaseModel):
    """Where a model is served, and how patiently it is asked."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Annotated[AnyHttpUrl, Setting(description="the address, usually ending in /v1")]
    model: Annotated[str, Setting(description="the model's name on that server", min_length=1)]
    key: Annotated[
        SecretStr,
        AfterValidator(_fit_for_a_header),
        Setting(description="the API key, empty where none is needed"),
    ] = SecretStr("")
    timeout: Annotated[float, Setting(description="seconds for one whole answer", gt=0)] = 60.0
    attempts: Annotated[int, Setting(description="calls at most for one answer", ge=1, le=10)] = 3
    longest_wait: Annotated[
        float, Setting(description="seconds to wait at most between two attempts", ge=0)
    ] = 20.0
    max_tokens: Annotated[int, Setting(description="longest answer, in tokens", ge=1)] = 1024
    length_key: Annotated[
        str, Setting(description="what the server calls that bound; some: max_completion_tokens")
    ] = "max_tokens"
    streams: Annotated[bool, Setting(description="whether the server can stream")] = True

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Self:
        """Return checked settings; ConfigError names the first that breaks its rule."""
        try:
            return cls.model_validate(dict(settings))
        except ValidationError as error:
            first = error.errors(include_input=False)[0]
            raise ConfigError(
                f"The endpoint's {'.'.join(map(str, first['loc']))}: {first['msg']}",
                hint=f"Known settings: {', '.join(cls.model_fields)}.",
            ) from None  # the cause would carry the key

    @property
    def address(self) -> str:
        """The base address, as messages show it."""
        return str(self.base_url).rstrip("/")


def connect(endpoint: Endpoint, transport: Any = None) -> "AsyncOpenAI":
    """Return a client of the running event loop; it opens nothing before its first call.

    `transport`, one of the library below, carries requests elsewhere than over the network.
    """
    import openai

    client = openai.AsyncOpenAI(
        base_url=endpoint.address,
        api_key=endpoint.key.get_secret_value() or "none",
        max_retries=0,  # the adapter repeats, by our own classes of errors
        timeout=endpoint.timeout,
        http_client=openai.DefaultAsyncHttpxClient(
            trust_env=False, timeout=endpoint.timeout, transport=transport
        ),
        # Each of these is read from the environment where it is None.
        admin_api_key="",
        organization="",
        project="",
        webhook_secret="",
    )
    client.organization = client.project = None  # or they would be sent as empty headers
    client._custom_headers = {}  # OPENAI_CUSTOM_HEADERS is read whatever was passed
    return client
