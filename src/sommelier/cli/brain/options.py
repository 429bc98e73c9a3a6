"""How a brain is chosen on the command line: options over `[brain]` in `sommelier.toml`.

The only place that reads a key, from the environment variable that the settings name.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from sommelier.cli.screen import err
from sommelier.errors import ConfigError

if TYPE_CHECKING:
    from sommelier.agent.brains.settings import BrainSettings
    from sommelier.agent.brains.wiring import Brain
    from sommelier.llm.chat.probe import Probe

__all__ = ["Address", "KeyEnv", "Model", "Name", "greet", "key_of", "told"]

Name = Annotated[
    str | None, typer.Option("--brain", help="rules, embedded, rules+embedded or openai.")
]
Address = Annotated[
    str | None, typer.Option("--base-url", help="An OpenAI-compatible endpoint, usually with /v1.")
]
Model = Annotated[str | None, typer.Option("--model", help="The model there, or a GGUF file.")]
KeyEnv = Annotated[
    str | None, typer.Option("--key-env", help="The environment variable that holds the key.")
]


def key_of(settings: BrainSettings) -> str:
    """Return the key that an endpoint needs, none if it needs none; ConfigError if it is empty."""
    if not settings.key_env or not settings.base_url or settings.replay:
        return ""
    key = os.environ.get(settings.key_env, "")
    if not key:
        raise ConfigError(
            f"The environment variable {settings.key_env} is empty; the key should be in it.",
            hint=f"export {settings.key_env}=..., or name another one with --key-env.",
        )
    return key


async def greet(brain: Brain, *, replayed: bool) -> None:
    """Say which brain is on, and what is wrong with its endpoint if anything is."""
    from sommelier.llm.chat.probe import probe

    how = " (replayed)" if replayed else ""
    err.print(f"[dim]Brain: {escape(brain.name)}{how}[/]")
    if brain.model is not None and brain.remote and not replayed:
        with err.status("Saying hello to the model …"):
            found = await probe(brain.model)
        for line in told(found):
            err.print(f"[yellow]{escape(line)}[/]")


def told(found: Probe) -> list[str]:
    """Return what a probe found, in a sentence each, and what it means for the conversation."""
    if not found.answers:
        meant = "Until it does, the rules brain answers."
    elif not found.plans:
        meant = "Where it fails, the rules brain answers."
    else:
        meant = ""
    return [
        " ".join(part for part in (one.sentence, meant, one.hint) if part)
        for one in found.findings
        if one.kind != "no_streaming"  # nothing here streams
    ]
