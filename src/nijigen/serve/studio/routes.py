"""Files of the page: its scripts and styles, drawings of words, and pictures by names nobody can guess."""

import mimetypes
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse

from nijigen.errors import NijigenError
from nijigen.serve.studio.making import first_avatars
from nijigen.serve.studio.rows import values
from nijigen.serve.studio.shelf import GoneError
from nijigen.serve.studio.speech import known_language
from nijigen.serve.studio.strips import strip
from nijigen.serve.studio.studio import Studio

KEPT_HERE = "private, max-age=31536000, immutable"  # a name is of one picture for ever
DRAWN = "public, max-age=86400"


@cache
def static_files() -> dict[str, bytes]:
    """Every file of the page by its name; nothing that a browser asks for becomes a path."""
    folder = files(__package__) / "static"
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


SHUT = ("upload", "upload_progress", "stream/{rest:path}", "file={rest:path}", "file/{rest:path}", "proxy={rest:path}")


def shut_doors() -> APIRouter:
    """Gradio's own ways for files: the studio has its own, which never name a file of this machine."""
    router = APIRouter(prefix="/gradio_api", include_in_schema=False)
    for door in SHUT:
        router.add_api_route(f"/{door}", _no_door, methods=["GET", "HEAD", "POST"])
    return router


def fetch_nothing() -> None:
    """Have Gradio refuse values that name a file by an address: it would download it, however large it is."""
    from gradio import processing_utils

    fetching: Any = processing_utils
    fetching.async_ssrf_protected_download = _no_fetching


async def _no_fetching(url: str, *_: Any, **__: Any) -> str:
    raise NijigenError("the studio fetches nothing: open the file instead")


def _no_door() -> Response:
    raise HTTPException(404, "the studio has no such door")


def studio_routes(studio: Studio) -> APIRouter:
    """The routes below ``/studio``."""
    router = APIRouter(prefix="/studio", include_in_schema=False)

    @router.get("/pictures/{ident}")
    def picture(ident: str) -> Response:
        try:
            shown = studio.shelf.get(ident)
        except GoneError as error:
            raise HTTPException(404, str(error)) from None
        headers = {
            "Cache-Control": KEPT_HERE,
            "Content-Disposition": f'inline; filename="{shown.name}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",  # an SVG is a document
        }
        return Response(shown.data, media_type=shown.media_type, headers=headers)

    @router.get("/strips/{attribute}.webp")
    def drawings(attribute: str) -> Response:
        if not values(attribute):  # what a browser may ask for is a closed list, so what is kept of it is bounded
            raise HTTPException(404, "no drawings of that")
        return Response(strip(attribute), media_type="image/webp", headers={"Cache-Control": DRAWN})

    @router.get("/first")
    async def first(request: Request, language: str = "") -> Response:
        """The avatars that the page opens with: asked for at once, while Gradio is still being loaded."""
        try:
            shown = await first_avatars(studio, studio.client(request), known_language(language))
        except NijigenError as error:
            raise HTTPException(503, str(error)) from None
        return JSONResponse(shown, headers={"Cache-Control": "no-store"})

    @router.get("/static/{name}")
    def static(name: str) -> Response:
        data = static_files().get(name)
        if data is None:
            raise HTTPException(404, "no such file of the page")
        kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
        return Response(data, media_type=kind, headers={"Cache-Control": "no-cache"})

    return router
