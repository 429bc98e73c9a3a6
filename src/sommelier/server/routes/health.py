"""Whether the process lives, whether it can answer, and what it counted."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from sommelier.server.problems import answers

__all__ = ["live", "metrics", "ready", "router"]

router = APIRouter(tags=["operation"])


@router.get("/health/live")
async def live() -> dict[str, str]:
    """Say that the process runs."""
    return {"status": "ok"}


@router.get("/health/ready", responses=answers())
async def ready(request: Request) -> dict[str, object]:
    """Say whether every workspace can answer now: its data are open and its store takes reads."""
    hosts = request.app.state.hosts
    for hosted in hosts.values():
        await asyncio.to_thread(hosted.store.check)
    return {"status": "ok", "workspaces": {name: one.told() for name, one in hosts.items()}}


@router.get("/metrics", response_class=Response)
async def metrics(request: Request) -> Response:
    """Tell Prometheus what was counted."""
    registry = request.app.state.metrics.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
