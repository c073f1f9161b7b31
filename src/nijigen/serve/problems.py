"""Every mistake as a problem document (RFC 9457): ``application/problem+json``, and never a traceback."""

import re
import sys
import traceback
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from nijigen.collections.faults import DamagedError, UnavailableError
from nijigen.errors import NijigenError
from nijigen.images.decode import PictureError
from nijigen.serve.jobs import BrokenError, UnknownJobError
from nijigen.serve.library import ClosedModelError
from nijigen.serve.photos import MissingError
from nijigen.serve.shelf import UnknownModelError
from nijigen.serve.turns import BusyError
from nijigen.serve.workshop import LateError

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # of a request that is wrong in many places
UNAVAILABLE = (
    "the collections cannot be read or written now: ask again in a moment; whoever runs the server finds why in its log"
)
LONGEST = 300  # characters of what is told about one place


class Place(BaseModel):
    """What is wrong at one place of a request."""

    where: str = Field(examples=["body.count"])
    problem: str = Field(examples=["Input should be less than or equal to 64"])


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = Field("about:blank", description="The kind of problem; about:blank: its status says it.")
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["hair_color has no value 'plaid'; it can be black, pink"])
    errors: list[Place] | None = Field(None, description="Place by place, where a request is wrong in several.")


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, errors: list[Place] | None = None
) -> Response:
    """The answer that tells of a problem."""
    whole = _whole(detail)
    document = Problem(type="about:blank", title=_title(status), status=status, detail=whole, errors=errors)
    return JSONResponse(document.model_dump(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def told(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For OpenAPI: the problems that a route may answer with."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": _title(status), "content": content} for status in sorted({*statuses})}


def of_mistake(error: NijigenError) -> Response:
    """The problem that a mistake is, in the words of the API: ``--truncation`` is ``truncation`` here."""
    detail = re.sub(r"--([a-z][a-z-]*)", lambda match: match[1].replace("-", "_"), str(error))
    headers: dict[str, str] = {}
    if isinstance(error, BusyError):
        headers = {"Retry-After": str(error.after)}
        status = 503 if error.everybody else 429
    elif isinstance(error, LateError):
        status, headers = 503, {"Retry-After": "10"}
    elif isinstance(error, UnavailableError):
        print(error, file=sys.stderr)  # which may name a host
        status, headers, detail = 503, {"Retry-After": "10"}, UNAVAILABLE
    elif isinstance(error, BrokenError | ClosedModelError | DamagedError):
        status = 500
    elif isinstance(error, PictureError):
        status = {"too_large": 413, "unsupported": 415}.get(error.reason, 422)
    elif isinstance(error, MissingError):
        status = 503
    else:
        status = 404 if isinstance(error, UnknownModelError | UnknownJobError) else 422
    return problem(status, " ".join(detail.split()), headers)


def answer_with_problems(app: FastAPI) -> None:
    """Have an application answer every mistake with a problem document."""

    @app.exception_handler(NijigenError)
    async def mistake(_: Request, error: NijigenError) -> Response:
        return of_mistake(error)

    @app.exception_handler(RequestValidationError)
    async def wrong(_: Request, error: RequestValidationError) -> Response:
        places = [
            Place(where=_whole(".".join(map(str, one["loc"])))[:LONGEST], problem=_whole(str(one["msg"]))[:LONGEST])
            for one in error.errors()[:MOST_ERRORS]
        ]
        first = f"{places[0].where}: {places[0].problem}" if places else "the request is wrong"
        return problem(422, first, errors=places)

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> Response:
        detail = error.detail if error.detail and error.detail != _title(error.status_code) else _about(error)
        return problem(error.status_code, detail, error.headers)

    @app.exception_handler(Exception)
    async def broken(_: Request, error: Exception) -> Response:
        traceback.print_exception(error, file=sys.stderr)  # without the request: its texts are nobody's business
        return of_mistake(BrokenError())


def _whole(text: str) -> str:
    """A text without half characters, which JSON can name and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _about(error: HTTPException) -> str:
    if error.status_code == 404:
        return "there is nothing here: /openapi.json lists what there is"
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        return f"this takes {allowed or 'another method'} only"
    return _title(error.status_code)


def _title(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Problem"
