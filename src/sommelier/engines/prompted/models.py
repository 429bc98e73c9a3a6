"""The language model that settings name, opened: in this process, or behind any endpoint.

Reads no environment variable: a key lies in a file of its own, so that it is never kept with the
engine. Makes no call.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field as Setting

from sommelier.engines.base import EngineConfig
from sommelier.errors import ConfigError
from sommelier.llm.chat.base import ChatModel
from sommelier.llm.chat.budget import Budget, Limits
from sommelier.llm.chat.replay import ReplayModel

__all__ = ["Opened", "WithModel", "open_chat"]


class WithModel(EngineConfig):
    """Which language model is asked, and what it may take."""

    model: Annotated[
        str,
        Setting(description="at `base_url`, or a GGUF file; none: the small one that is installed"),
    ] = ""
    base_url: Annotated[
        str, Setting(description="address of an OpenAI-compatible endpoint, usually with /v1")
    ] = ""
    key_file: Annotated[
        Path | None, Setting(description="a file that holds the endpoint's key and nothing else")
    ] = None
    timeout: Annotated[float, Setting(description="seconds for one answer", gt=0)] = 60.0
    thinking: Annotated[
        int, Setting(description="tokens that it may take before an answer begins", ge=0)
    ] = 0
    at_once: Annotated[
        int, Setting(description="questions under way at the same time", ge=1, le=64)
    ] = 2
    calls: Annotated[int | None, Setting(description="calls a day at most (UTC)", ge=0)] = None
    tokens: Annotated[int | None, Setting(description="tokens a day at most (UTC)", ge=0)] = None
    recordings: Annotated[
        Path | None, Setting(description="a folder of answers that are not asked for twice")
    ] = None


async def _nothing() -> None:
    return None


@dataclass(frozen=True, eq=False)
class Opened:
    """A model, how its connections of the running loop are closed, and how it is freed."""

    model: ChatModel
    leave: Callable[[], Awaitable[object]] = _nothing
    close: Callable[[], object] = lambda: None


def open_chat(config: WithModel) -> Opened:
    """Return the model; NotInstalled or ConfigError say what is missing."""
    budget = Budget(day=Limits(calls=config.calls, tokens=config.tokens))
    opened = _endpoint(config, budget) if config.base_url else _embedded(config, budget)
    if config.recordings is None:
        return opened
    kept = ReplayModel(opened.model, config.recordings, "read-write")
    return Opened(kept, opened.leave, opened.close)


def _endpoint(config: WithModel, budget: Budget) -> Opened:
    from sommelier.llm.chat.openai import Endpoint, OpenAIModel

    told = {"base_url": config.base_url, "model": config.model, "timeout": config.timeout}
    model = OpenAIModel(Endpoint.read({**told, "key": _key(config.key_file)}), budget=budget)
    return Opened(model, model.aclose)


def _embedded(config: WithModel, budget: Budget) -> Opened:
    """Open the model as it was published: the adapter that ships was taught to plan, not rank."""
    from sommelier.llm.chat.embedded import open_embedded
    from sommelier.llm.chat.embedded.model import EMBEDDED
    from sommelier.llm.models import Store

    path = Path(config.model)
    if not config.model:
        manifest = Store().manifest(EMBEDDED)
        (name,) = manifest.files
        path = manifest.folder / name
    model = open_embedded(
        path,
        slots=config.at_once,
        threads=config.threads or 1,
        context=4096 * config.at_once,
        timeout=config.timeout,
        budget=budget,
    )
    return Opened(model, model.aclose, model.close)


def _key(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The key of the language model cannot be read from {path}: {error}",
            hint="Name a file with the key alone in it in the setting `key_file`.",
        ) from error
