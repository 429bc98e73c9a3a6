"""The service put together: workspaces, routes, guards, page. `sommelier serve` runs it."""

import contextlib
from collections.abc import AsyncIterator
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.middleware.cors import CORSMiddleware

from sommelier.server import problems
from sommelier.server.guard import Guard, Metrics
from sommelier.server.hosting import hosting
from sommelier.server.limiter import Limiter
from sommelier.server.mcp import Door
from sommelier.server.openai import Dialect
from sommelier.server.openai import handle as speak
from sommelier.server.routes import (
    chat,
    feedback,
    health,
    items,
    openai,
    profiles,
    recommend,
    rerank,
    sessions,
    users,
)
from sommelier.server.routes.addresses import Addresses
from sommelier.server.settings import ServerSettings

__all__ = ["make_app"]

_ROUTERS: tuple[APIRouter, ...] = (
    recommend.router,  # what is asked most stands first
    chat.router,
    openai.router,
    feedback.router,
    rerank.router,
    items.router,
    users.router,
    profiles.router,
    sessions.router,
)


def make_app(settings: ServerSettings) -> FastAPI:
    """Return the service of these settings; its workspaces open when it starts."""

    door = Door(settings)

    @contextlib.asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        async with hosting(settings) as hosts, door.opened(hosts):
            app.state.hosts = hosts
            yield

    app = FastAPI(
        title="Sommelier",
        version=version("sommelier"),
        summary="A recommender one can talk to.",
        lifespan=life,
        docs_url="/docs",
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings, app.state.metrics = settings, Metrics()
    app.state.limiter = Limiter(settings.per_key, settings.per_address)
    problems.handle(app)
    speak(app)
    problems.document(app)
    app.include_router(health.router)
    for router in _ROUTERS:
        app.include_router(router, prefix="/v1")
        app.include_router(router, prefix="/workspaces/{workspace}/v1", include_in_schema=False)
    if settings.mcp:
        app.router.routes.extend(door.routes())
    if settings.page:
        _page(app, settings)
    app.add_middleware(Guard, settings=settings, metrics=app.state.metrics)
    app.add_middleware(Dialect)
    app.add_middleware(Addresses)
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
        )
    return app


def _page(app: FastAPI, settings: ServerSettings) -> None:
    if settings.workers > 1:  # it keeps what a browser shows in its process
        from sommelier.server.ui.absent import mount_absent

        mount_absent(app, settings)
        return
    from sommelier.server.ui.mount import mount

    mount(app, settings)
