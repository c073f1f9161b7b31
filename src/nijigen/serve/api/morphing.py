"""From avatar to avatar as an animation: a job, its progress as server-sent events, then its file."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any, Literal, cast

import fastapi
from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from nijigen.errors import NijigenError
from nijigen.images.sheet import Pixels
from nijigen.serve.api.asking import AskedWorkshop, Client
from nijigen.serve.api.avatars_in import EXAMPLE, AvatarIn, editable
from nijigen.serve.api.avatars_out import files
from nijigen.serve.api.words import Request
from nijigen.serve.jobs import Job, Jobs
from nijigen.serve.problems import Problem, of_mistake, problem, told
from nijigen.serve.settings import PREFIX

router = APIRouter(tags=["changing"])

MOST_FRAME_PIXELS = 20_000_000  # of all frames: what an encoder does in some seconds
MOST_STOPS = 8
BEAT = 15.0  # seconds after which a line tells the connection's keepers that it lives
KINDS = {"webp": "image/webp", "gif": "image/gif", "png": "image/apng"}
STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}
JobName = Annotated[str, fastapi.Path(max_length=64, pattern="^[A-Za-z0-9_-]+$", examples=["Jw3nG1qf0rX8kq2y7uZbYA"])]


class Morph(Request):
    """An animation through avatars of one model."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"avatars": [EXAMPLE, EXAMPLE], "frames": 24}]})

    avatars: list[AvatarIn] = Field(min_length=2, max_length=MOST_STOPS)
    frames: int = Field(24, ge=1, le=120, description="From each avatar to the next.")
    fps: float = Field(24, gt=0, le=60, allow_inf_nan=False)
    easing: Literal["smooth", "linear", "sine", "hold"] = "smooth"
    loop: bool = Field(True, description="Back to the first, without a seam.")
    scale: int = Field(1, ge=1, le=8, description="Enlarged by a whole number.")
    format: Literal["webp", "gif", "png"] = "webp"


class JobFacts(BaseModel):
    """A job."""

    id: str = Field(examples=["Jw3nG1qf0rX8kq2y7uZbYA"])
    state: Literal["running", "finished", "failed"]
    done: int = Field(examples=[12])
    steps: int = Field(examples=[49])
    events: str = Field(description="Its progress, as server-sent events.", examples=["/api/v1/jobs/Jw3nG1/events"])
    file: str | None = Field(description="Where its file is, once it is finished.", examples=[None])
    problem: Problem | None = None


@router.post(
    "/morph", summary="Begin an animation from avatar to avatar", status_code=202, response_model=JobFacts,
    responses=told(400, 404, 413, 422, 429, 503),
)  # fmt: skip
async def morph(wanted: Morph, request: fastapi.Request, workshop: AskedWorkshop, client: Client) -> Response:
    stops = [await editable(one, workshop) for one in wanted.avatars]
    from nijigen.engine.editing import check_related
    from nijigen.engine.morphing import count_frames
    from nijigen.engine.morphing import morph as frames_of

    for stop in stops[1:]:
        check_related(stops[0], stop)
    limits = workshop.settings.limits
    total = count_frames(len(stops), wanted.frames, wanted.loop)
    side = stops[0].model.generator.shape.resolution * wanted.scale
    if total > limits.frames or side > limits.side or total * side**2 > MOST_FRAME_PIXELS:
        raise NijigenError(
            f"{total} frames of {side} pixels a side are too many: use up to {limits.frames} frames of up to"
            f" {limits.side} pixels, {MOST_FRAME_PIXELS:,} pixels in all"
        )

    def make() -> Iterator[Pixels]:
        return frames_of(stops, wanted.frames, wanted.loop, wanted.easing)

    async def work(job: Job) -> tuple[bytes, str]:
        frames = []
        async for frame in workshop.stream(client, make):
            frames.append(frame)
            job.advance()
        packed = _packed(wanted, frames)
        return await workshop.run(client, packed), KINDS[wanted.format]

    job = _jobs(request).begin(total, work, client)
    return Response(_facts(job).model_dump_json(), 202, {"Location": f"{PREFIX}/jobs/{job.name}"}, "application/json")


@router.get("/jobs/{name}", summary="How far a job is", response_model=JobFacts, responses=told(404, 422))
async def job_facts(name: JobName, request: fastapi.Request) -> JobFacts:
    return _facts(_jobs(request).get(name))


@router.get(
    "/jobs/{name}/events",
    summary="A job's progress, as it goes",
    description="Each event is `data:` with the job as `GET /jobs/{name}` shows it; the last is finished or failed.",
    response_class=StreamingResponse,
    responses=STREAM | told(404, 422),
)
async def job_events(name: JobName, request: fastapi.Request) -> StreamingResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(_jobs(request).get(name)), media_type="text/event-stream", headers=headers)


@router.get(
    "/jobs/{name}/file",
    summary="The file of a finished job",
    response_class=Response,
    responses=files(*KINDS.values()) | told(404, 409, 422),
)
async def job_file(name: JobName, request: fastapi.Request) -> Response:
    job = _jobs(request).get(name)
    if job.problem is not None:
        return of_mistake(job.problem)
    if job.file is None:
        return problem(409, "the job is not finished yet", {"Retry-After": "1"})
    job.fetched = True
    return Response(job.file, media_type=job.media_type)


async def _events(job: Job) -> AsyncIterator[str]:
    """Server-sent events; what comes faster than it can be sent is left out."""
    watched = job.watch()
    upcoming = asyncio.ensure_future(anext(watched, None))
    try:
        while True:
            await asyncio.wait((upcoming,), timeout=BEAT)
            if not upcoming.done():
                yield ": still at work\n\n"
                continue
            if upcoming.result() is None:
                return
            facts = _facts(job).model_dump(mode="json", exclude_none=True)
            yield f"data: {json.dumps(facts, ensure_ascii=False)}\n\n"
            upcoming = asyncio.ensure_future(anext(watched, None))
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)
        await watched.aclose()


def _packed(wanted: Morph, frames: list[Pixels]) -> Callable[[], bytes]:
    from nijigen.images.animation import encode_animation
    from nijigen.images.source import SourceType

    name = f"morph.{wanted.format}"
    return lambda: encode_animation(name, frames, wanted.fps, wanted.scale, source=SourceType.TRAINED)


def _facts(job: Job) -> JobFacts:
    place = f"{PREFIX}/jobs/{job.name}"
    wrong = None if job.problem is None else Problem.model_validate_json(bytes(of_mistake(job.problem).body))
    return JobFacts(
        id=job.name,
        state=cast(Literal["running", "finished", "failed"], job.state),
        done=job.done,
        steps=job.steps,
        events=f"{place}/events",
        file=None if job.file is None else f"{place}/file",
        problem=wrong,
    )


def _jobs(request: fastapi.Request) -> Jobs:
    return cast(Jobs, request.app.state.jobs)
