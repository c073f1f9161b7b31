"""The application: the API at ``/api/v1``, the studio at ``/``."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse

from nijigen import __version__
from nijigen.collections import Collections
from nijigen.errors import NijigenError
from nijigen.serve.api import ROUTERS
from nijigen.serve.bodies import BoundedBodies
from nijigen.serve.easel import Easel
from nijigen.serve.gate import Gate, Gated
from nijigen.serve.guard import Guard
from nijigen.serve.jobs import Jobs
from nijigen.serve.larger import Larger
from nijigen.serve.log import Log
from nijigen.serve.nowhere import Nowhere
from nijigen.serve.problems import answer_with_problems, told
from nijigen.serve.rates import Rates
from nijigen.serve.settings import MOST_ADDED, PREFIX, Settings
from nijigen.serve.studio import mount_studio
from nijigen.serve.token import TokenNeeded, declare_token
from nijigen.serve.workshop import Workshop


def build_app(settings: Settings) -> FastAPI:
    """The whole server as an ASGI application; its ``state`` holds what its routes share.

    Raises:
        NijigenError: a model that there is not, or a server for others without a token.
    """
    if settings.beyond_loopback and settings.token is None:
        raise NijigenError("beyond this machine a token is needed: give --token, or set NIJIGEN_TOKEN")
    workshop, easel, jobs, gate = Workshop(settings), Easel(), Jobs(), Gate()
    kept = Collections(settings.database, settings.folder)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        workshop.warm()
        yield
        await jobs.close()
        await workshop.close()
        easel.close()
        kept.close()

    app = FastAPI(
        title="nijigen",
        version=__version__,
        summary="Anime avatars: made, changed, mixed and made again.",
        docs_url=None,  # their pages are fetched from elsewhere
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.workshop, app.state.settings, app.state.easel = workshop, settings, easel
    app.state.collections, app.state.adding = kept, asyncio.Semaphore(MOST_ADDED)
    app.state.jobs, app.state.gate, app.state.larger = jobs, gate, Larger(settings.device)
    app.state.rates = Rates(settings.limits.burst, settings.limits.refill)
    answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix=PREFIX, responses=told(401, 403, 421, 500, 503))
    app.router.routes.append(Nowhere(app.router.routes))
    if settings.studio:
        mount_studio(app, workshop, kept, settings)
    else:
        app.add_api_route("/", plain_page, include_in_schema=False)
    # The last one is the outermost.
    if settings.token is not None:
        app.add_middleware(TokenNeeded, token=settings.token.get_secret_value())
        declare_token(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware, allow_origins=list(settings.origins), allow_methods=["*"],
            allow_headers=["Authorization", "Content-Type"], expose_headers=["ETag", "Retry-After"],
        )  # fmt: skip
    app.add_middleware(BoundedBodies, most=settings.limits.body)
    app.add_middleware(Guard, settings=settings)
    app.add_middleware(Gated, gate=gate)
    if not settings.quiet:
        app.add_middleware(Log)
    return app


async def plain_page() -> HTMLResponse:
    """What is at ``/`` where there is no studio."""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>nijigen</title><h1>nijigen</h1>'
        '<p>The API is at <code>/api/v1</code>, described in <a href="/openapi.json">/openapi.json</a>.</p></html>'
    )
