"""The application: the API at ``/api/v1``, the studio at ``/``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from nijigen import __version__
from nijigen.serve.api import ROUTERS
from nijigen.serve.bodies import BoundedBodies
from nijigen.serve.problems import answer_with_problems
from nijigen.serve.settings import Settings
from nijigen.serve.workshop import Workshop

PREFIX = "/api/v1"


def build_app(settings: Settings) -> FastAPI:
    """The whole server as an ASGI application; its ``state`` holds ``workshop`` and ``settings``.

    Raises:
        NijigenError: a model that there is not.
    """
    workshop = Workshop(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        workshop.warm()
        yield
        await workshop.close()

    app = FastAPI(
        title="nijigen",
        version=__version__,
        summary="Anime avatars: made, changed, mixed and made again.",
        docs_url=None,  # their pages are fetched from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.workshop, app.state.settings = workshop, settings
    answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX)
    _mount_page(app)
    app.add_middleware(BoundedBodies, most=settings.limits.body)
    return app


def _mount_page(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(
            "<!doctype html><html lang=en><meta charset=utf-8><title>nijigen</title><h1>nijigen</h1>"
            "<p>The API is at <code>/api/v1</code> and described in <a href=/openapi.json>/openapi.json</a>.</p>"
        )
