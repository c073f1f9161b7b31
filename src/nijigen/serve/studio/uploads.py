"""Files that a visitor opens: straight into memory, onto the shelf, under a name that nobody can guess.

Gradio would write them to a folder first; a photograph of somebody is in no file here.
"""

from fastapi import APIRouter, HTTPException, Request

from nijigen.serve.studio.shelf import Shelf, Shown

HEADER = "x-nijigen"  # a page of another site cannot send it without being asked first (CORS, Fetch §3.2.2)
UPLOADED = "application/octet-stream"


def upload_routes(shelf: Shelf, most_bytes: int) -> APIRouter:
    """``POST /studio/uploads``: the body is the file, at most so many bytes; answers ``{"id": …}``."""
    router = APIRouter(prefix="/studio", include_in_schema=False)

    @router.post("/uploads")
    async def upload(request: Request) -> dict[str, str]:
        if HEADER not in request.headers:
            raise HTTPException(403, "only the studio's own page sends files")
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > most_bytes:
                raise HTTPException(413, f"a file of more than {most_bytes:,} bytes")
        if not data:
            raise HTTPException(400, "the file is empty")
        return {"id": shelf.put(Shown(bytes(data), UPLOADED, "upload.bin"))}

    return router
