"""Whether the server is alive, and whether it can make avatars yet."""

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from nijigen import __version__
from nijigen.serve.api.asking import AskedWorkshop
from nijigen.serve.problems import problem, told

router = APIRouter(tags=["server"])


class Health(BaseModel):
    """Alive."""

    status: str = Field(examples=["ok"])
    version: str = Field(examples=["0.1.0"])


class Ready(BaseModel):
    """At work."""

    status: str = Field(examples=["ready"])
    model: str = Field(description="The default model.", examples=["chibi"])
    waiting: int = Field(description="Works that wait for a turn.", examples=[0])


@router.get("/health", summary="Whether the server is alive", response_model=Health)
async def health() -> Health:
    return Health(status="ok", version=__version__)


@router.get(
    "/ready", summary="Whether the default model is open, so that avatars come at once", response_model=Ready,
    responses=told(503),
)  # fmt: skip
async def ready(workshop: AskedWorkshop) -> Ready | Response:
    if not workshop.ready:
        return problem(503, "the model is still being opened", {"Retry-After": "2"})
    return Ready(status="ready", model=workshop.names[0], waiting=workshop.waiting)
