"""`sommelier serve`: workspaces behind REST, chat page, OpenAI-compatible API and MCP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sommelier.cli.screen import err
from sommelier.errors import ConfigError

__all__ = ["command", "films"]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def command(
    workspaces: Annotated[
        list[Path] | None, typer.Argument(help="Folders; the first answers under /v1.")
    ] = None,
    *,
    config: Annotated[Path | None, typer.Option(help="A TOML file of settings.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes.")] = None,
    brain: Annotated[str | None, typer.Option(help="rules, embedded, rules+embedded, openai.")] = (
        None
    ),
    page: Annotated[
        bool | None, typer.Option("--page/--no-page", help="The chat page.", show_default="")
    ] = None,
    open_: Annotated[
        bool | None,
        typer.Option("--open", help="Serve others without API keys.", show_default=""),
    ] = None,
) -> None:
    """Serve workspaces until Ctrl-C; without one, the bundled films."""
    from sommelier.server.settings import ServerSettings

    settings = ServerSettings.read(
        config,
        workspaces=tuple(workspaces) if workspaces else None,
        host=host,
        port=port,
        workers=workers,
        brain=brain,
        page=page,
        open=open_,
    )
    if not settings.workspaces:
        settings = settings.model_copy(update={"workspaces": (films(),)})
    _refuse_open(settings)
    from sommelier.server.running import run

    err.print(f"Sommelier at http://{settings.host}:{settings.port} (Ctrl-C ends it)")
    if settings.page and settings.workers > 1:
        err.print(
            f"No chat page with {settings.workers} workers: serve it by a process of its own, "
            f"with --workers 1 --port {settings.port + 1}.",
            soft_wrap=True,
        )
    run(settings)


def films() -> Path:
    """Return the folder of the bundled films, prepared when first asked for."""
    from sommelier import shop

    with err.status("Opening the bundled films …") as status:
        return shop.open_demo(report=lambda step: status.update(f"{step} …")).workspace.path


def _refuse_open(settings: object) -> None:
    """Refuse to listen where others can reach while anybody may do anything."""
    from sommelier import shop
    from sommelier.server.settings import ServerSettings

    if not isinstance(settings, ServerSettings) or settings.open or settings.host in _LOOPBACK:
        return
    for path in settings.workspaces:
        if not shop.open(path, settings.database.get_secret_value()).store.has_keys():
            raise ConfigError(
                f"{path} has no API keys, and {settings.host} can be reached by others.",
                hint=f"Make one: sommelier keys create {path} --scopes read,chat; or serve --open.",
            )
