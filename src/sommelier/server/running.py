"""Runs the service with Uvicorn, in one process or several.

Several processes are told their settings through one environment variable, because each of them
starts afresh.
"""

import os
from typing import Any, Final

import uvicorn
from fastapi import FastAPI

from sommelier.server.app import make_app
from sommelier.server.settings import ServerSettings

__all__ = ["from_environment", "options", "run"]

_TOLD: Final = "SOMMELIER__SERVE"
_GRACE: Final = 20  # seconds that open answers have when the process is asked to end
_BUSY: Final = 60  # seconds that a worker may be silent, as while it opens a large workspace


def options(settings: ServerSettings) -> dict[str, Any]:
    """Return what Uvicorn is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "timeout_graceful_shutdown": _GRACE,
        "timeout_keep_alive": 30,
        "timeout_worker_healthcheck": _BUSY,
        "proxy_headers": True,
        "forwarded_allow_ips": settings.proxies,
        "server_header": False,
        "access_log": False,  # addresses hold user ids; the metrics count without them
        "log_level": "info",
    }


def run(settings: ServerSettings) -> None:
    """Serve until a signal; open answers are finished first."""
    if settings.workers == 1:
        uvicorn.run(make_app(settings), **options(settings))
        return
    os.environ[_TOLD] = settings.revealed()
    uvicorn.run(
        "sommelier.server.running:from_environment",
        factory=True,
        workers=settings.workers,
        **options(settings),
    )


def from_environment() -> FastAPI:
    """Return the service that the parent process described."""
    return make_app(ServerSettings.model_validate_json(os.environ[_TOLD]))
